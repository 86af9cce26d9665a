#include <carousel/autograd/ops/conv.h>

#include <algorithm>
#include <array>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/window.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/dispatch_window.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel {
namespace {

using detail::Images;
using detail::WindowRows;
using std::int64_t;

// Numbers in a block of windows. It does not stay in L2, but its product is worth more than a step
// of two threads costs: 1 << 17 takes 20 % longer with them, and 3 % with one.
constexpr int64_t kBlock = 1 << 20;

struct Conv {
  WindowGeometry geometry;
  int64_t groups, filters;

  int64_t width() const { return detail::places_of(geometry) * geometry.channels / groups; }
  int64_t windows() const { return detail::windows_of(geometry); }
  int64_t rows() const { return geometry.batch * windows(); }
  // Whether the windows are the image itself.
  bool is_plain() const {
    constexpr std::array<int64_t, 3> kOnes{1, 1, 1}, kNone{};
    return geometry.size == kOnes && geometry.stride == kOnes && geometry.before == kNone &&
           geometry.out == geometry.in;
  }
  // Whether all of it is one product of the image and the kernel.
  bool is_product() const { return groups == 1 && is_plain(); }
};

Conv conv_of(const char* op, const Tensor& x, const Tensor& kernel, const ConvOptions& options) {
  detail::check_conv(op, x, kernel);
  const int64_t groups = options.groups, filters = kernel.dim(-1);
  if (groups < 1 || x.dim(-1) % groups != 0 || filters % groups != 0)
    throw ValueError(op, "groups must divide channels and filters, got " + std::to_string(groups) +
                             " for x " + to_string(x.shape()) + " and kernel " +
                             to_string(kernel.shape()));
  if (kernel.dim(-2) != x.dim(-1) / groups)
    throw ShapeError(op, "kernel " + to_string(kernel.shape()) + " must have " +
                             std::to_string(x.dim(-1) / groups) + " channels for x " +
                             to_string(x.shape()) +
                             (groups == 1 ? "" : " in " + std::to_string(groups) + " groups"));
  return {detail::conv_geometry(op, x, kernel, options), groups, filters};
}

Tensor dense(const Tensor& x) { return x.is_contiguous() ? x : detail::run_copy(x); }

// The kernel's columns of one group, (width, filters / groups), as a view without gradient.
Tensor group_kernel(const Tensor& kernel, const Conv& c, int64_t group) {
  const Tensor flat = detail::view_reshape(dense(kernel), {c.width(), c.filters});
  return detail::view_slice(flat, 1, group * c.filters / c.groups, c.filters / c.groups, 1);
}

// The filters of a block's group, of y (batch, windows, filters) that is dense.
Tensor group_rows(const Tensor& y, const Conv& c, const WindowRows& block, int64_t group) {
  const Tensor flat = detail::view_reshape(y, {c.rows(), c.filters});
  const Tensor rows = detail::view_slice(flat, 0, block.first, block.count, 1);
  return detail::view_slice(rows, 1, group * c.filters / c.groups, c.filters / c.groups, 1);
}

Tensor columns(const Tensor& x, const Conv& c, const WindowRows& block) {
  if (!c.is_plain()) return detail::run_im2col(x, c.geometry, block);
  const Tensor flat = detail::view_reshape(x, {c.rows(), c.geometry.channels});
  const Tensor rows = detail::view_slice(flat, 0, block.first, block.count, 1);
  return detail::view_slice(rows, 1, block.first_channel, block.channels, 1);
}

// Calls body(rows, group) for all blocks of at least `unit` rows, and groups.
template <class Body>
void for_blocks(const Conv& c, int64_t unit, const Body& body) {
  const int64_t channels = c.geometry.channels / c.groups;
  const int64_t units = kBlock / std::max<int64_t>(1, unit * c.width());
  const int64_t most = std::max<int64_t>(1, units) * unit;
  for (int64_t first = 0; first < c.rows(); first += most)
    for (int64_t group = 0; group < c.groups; ++group)
      body(WindowRows{first, std::min(most, c.rows() - first), group * channels, channels}, group);
}

Tensor raw_conv(const Tensor& x_given, const Tensor& kernel, const Conv& c, const Shape& shape) {
  const Tensor x = dense(x_given);
  if (c.is_product()) {
    const Tensor rows = detail::view_reshape(x, {c.rows(), c.width()});
    return detail::view_reshape(detail::run_matmul(rows, group_kernel(kernel, c, 0)), shape);
  }
  Tensor y = detail::empty(shape, x.dtype(), x.device());
  if (y.numel() == 0) return y;
  for_blocks(c, 1, [&](const WindowRows& block, int64_t group) {
    const Tensor product = detail::run_matmul(columns(x, c, block), group_kernel(kernel, c, group));
    detail::run_copy_into(group_rows(y, c, block, group), product);
  });
  return y;
}

// Whether x's gradient is a convolution, too: of dy, with the kernel turned around. Worth it unless
// dy is much wider than x.
bool is_turned(const Conv& c) {
  return detail::has_turned(c.geometry) && !c.is_plain() && c.filters <= 2 * c.geometry.channels;
}
Conv turned(const Conv& c) {
  return {detail::turned(c.geometry, c.filters), c.groups, c.geometry.channels};
}
// (places, channels of a group, filters) as (places from the last, filters of a group, channels).
Tensor turned_kernel(const Tensor& kernel, const Conv& c) {
  const int64_t places = detail::places_of(c.geometry), channels = c.geometry.channels;
  const Tensor from_last = arange(places, {.dtype = i64, .device = kernel.device()});
  const Tensor order = detail::run(Kernel::sub, Scalar(places - 1), from_last);
  const Tensor parts = detail::view_reshape(
      dense(kernel), {places, channels / c.groups, c.groups, c.filters / c.groups});
  const Tensor turned =
      detail::run_index_select(detail::run_copy(detail::view_transpose(parts, 1, 3)), 0, order);
  return detail::view_reshape(turned, {places, c.filters / c.groups, channels});
}

// The gradient by x, of x's shape.
Tensor raw_conv_to_x(const Tensor& dy_given, const Tensor& kernel, const Conv& c,
                     const Shape& shape) {
  const Tensor dy = dense(dy_given);
  if (c.is_product()) {
    const Tensor rows = detail::view_reshape(dy, {c.rows(), c.filters});
    const Tensor weights = detail::view_transpose(group_kernel(kernel, c, 0), 0, 1);
    return detail::view_reshape(detail::run_matmul(rows, weights), shape);
  }
  if (dy.numel() > 0 && is_turned(c))
    return raw_conv(dy, turned_kernel(kernel, c), turned(c), shape);
  Tensor dx = detail::empty(shape, dy.dtype(), dy.device());
  detail::run_fill(dx, 0);
  if (dy.numel() == 0) return dx;
  for_blocks(c, c.windows(), [&](const WindowRows& block, int64_t group) {
    const Tensor weights = detail::view_transpose(group_kernel(kernel, c, group), 0, 1);
    const Images images{block.first / c.windows(), block.count / c.windows(), block.first_channel,
                        block.channels};
    detail::run_col2im(dx, detail::run_matmul(group_rows(dy, c, block, group), weights), c.geometry,
                       images);
  });
  return dx;
}

// The gradient by the kernel, of its shape: blocks are added in order. Products of many columns are
// the faster ones, so where windows are wider than the filters are many, it is summed transposed.
Tensor raw_conv_to_kernel(const Tensor& x_given, const Tensor& dy_given, const Conv& c,
                          const Shape& shape) {
  const Tensor x = dense(x_given), dy = dense(dy_given);
  const int64_t filters = c.filters / c.groups;
  const bool flat = c.width() > filters;
  const int64_t rows = flat ? filters : c.width(), cols = flat ? c.width() : filters;
  const Tensor sums = detail::empty({c.groups * rows, cols}, x.dtype(), x.device());
  detail::run_fill(sums, 0);
  const auto of_group = [&](int64_t group) {
    return detail::view_slice(sums, 0, group * rows, rows, 1);
  };
  for_blocks(c, 1, [&](const WindowRows& block, int64_t group) {
    const Tensor seen = columns(x, c, block), slope = group_rows(dy, c, block, group);
    detail::run_add_into(of_group(group),
                         flat ? detail::run_matmul(detail::view_transpose(slope, 0, 1), seen)
                              : detail::run_matmul(detail::view_transpose(seen, 0, 1), slope));
  });
  Tensor dkernel = detail::empty(shape, x.dtype(), x.device());
  for (int64_t group = 0; group < c.groups; ++group)
    detail::run_copy_into(group_kernel(dkernel, c, group),
                          flat ? detail::view_transpose(of_group(group), 0, 1) : of_group(group));
  return dkernel;
}

// The same of operations. Windows are (batch, windows, places, channels).
Tensor grouped(const Tensor& seen, const Conv& c) {
  const WindowGeometry& g = c.geometry;
  return seen
      .reshape({g.batch * c.windows(), detail::places_of(g), c.groups, g.channels / c.groups})
      .permute({2, 0, 1, 3})
      .reshape({c.groups, g.batch * c.windows(), c.width()});
}
Tensor ungrouped(const Tensor& rows, const Conv& c) {
  const WindowGeometry& g = c.geometry;
  return rows
      .reshape({c.groups, g.batch * c.windows(), detail::places_of(g), g.channels / c.groups})
      .permute({1, 2, 0, 3})
      .reshape({g.batch, c.windows(), detail::places_of(g), g.channels});
}
// (width, filters) as (groups, width, filters / groups), and (rows, filters) likewise.
Tensor split_filters(const Tensor& x, const Conv& c, int64_t rows) {
  return x.reshape({rows, c.groups, c.filters / c.groups}).permute({1, 0, 2});
}
Tensor joined_filters(const Tensor& x, int64_t rows, const Shape& shape) {
  return x.permute({1, 0, 2}).reshape({rows, x.dim(0) * x.dim(2)}).reshape(shape);
}

Tensor composed_conv(const Tensor& x, const Tensor& kernel, const Conv& c, const Shape& shape) {
  const Tensor product =
      matmul(grouped(detail::unfold(x, c.geometry), c), split_filters(kernel, c, c.width()));
  return joined_filters(product, c.geometry.batch * c.windows(), shape);
}
Tensor composed_to_x(const Tensor& dy, const Tensor& kernel, const Conv& c, const Shape& shape) {
  const Tensor rows = split_filters(dy, c, c.geometry.batch * c.windows());
  const Tensor weights = transpose(split_filters(kernel, c, c.width()), -1, -2);
  return detail::fold(ungrouped(matmul(rows, weights), c), c.geometry, shape);
}
Tensor composed_to_kernel(const Tensor& x, const Tensor& dy, const Conv& c, const Shape& shape) {
  const Tensor rows = split_filters(dy, c, c.geometry.batch * c.windows());
  const Tensor seen = transpose(grouped(detail::unfold(x, c.geometry), c), -1, -2);
  return joined_filters(matmul(seen, rows), c.width(), shape);
}

bool is_fused(const char* op, const Tensor& x) { return detail::runs_fused(op, Kernel::im2col, x); }

// The forward convolution whose transpose is asked for: from the output to x.
Conv transposed_of(const char* op, const Tensor& x, const Tensor& kernel, const Shape& output,
                   const ConvOptions& options) {
  detail::check_conv(op, x, kernel);
  if (options.groups != 1) throw ValueError(op, "has no groups");
  if (kernel.dim(-1) != x.dim(-1))
    throw ShapeError(op, "kernel " + to_string(kernel.shape()) + " must end in the channels of x " +
                             to_string(x.shape()));
  const Tensor image = detail::empty(output, x.dtype(), DeviceKind::meta);
  const WindowGeometry g = output.rank() == x.rank()
                               ? detail::conv_geometry(op, image, kernel, options)
                               : WindowGeometry{};
  if (output.rank() != x.rank() || output[output.rank() - 1] != kernel.dim(-2) ||
      !(detail::output_shape(image, g, x.dim(-1)) == x.shape()))
    throw ShapeError(op, "no convolution with kernel " + to_string(kernel.shape()) +
                             " leads from " + to_string(output) + " to x " + to_string(x.shape()));
  return {g, 1, x.dim(-1)};
}

}  // namespace

Tensor conv_composed(const Tensor& x, const Tensor& kernel, const ConvOptions& options) {
  const Conv c = conv_of("conv_composed", x, kernel, options);
  return composed_conv(x, kernel, c, detail::output_shape(x, c.geometry, c.filters));
}

Tensor conv(const Tensor& x, const Tensor& kernel, const ConvOptions& options) {
  const Conv c = conv_of("conv", x, kernel, options);
  const Shape shape = detail::output_shape(x, c.geometry, c.filters);
  if (!is_fused("conv", x)) return composed_conv(x, kernel, c, shape);
  return record("conv", raw_conv(x, kernel, c, shape), {x, kernel}, {x, kernel}, [c](Backward& b) {
    const Tensor image = b.saved(0), weights = b.saved(1);
    const bool again = GradMode::enabled();
    if (b.needs(0))
      b.grad(0) = (again ? composed_to_x : raw_conv_to_x)(b.dy(), weights, c, b.input_shape(0));
    if (b.needs(1))
      b.grad(1) =
          (again ? composed_to_kernel : raw_conv_to_kernel)(image, b.dy(), c, b.input_shape(1));
  });
}

Tensor conv_transpose_composed(const Tensor& x, const Tensor& kernel, const Shape& output_shape,
                               const ConvOptions& options) {
  const Conv c = transposed_of("conv_transpose_composed", x, kernel, output_shape, options);
  return composed_to_x(x, kernel, c, output_shape);
}

Tensor conv_transpose(const Tensor& x, const Tensor& kernel, const Shape& output_shape,
                      const ConvOptions& options) {
  const Conv c = transposed_of("conv_transpose", x, kernel, output_shape, options);
  if (!is_fused("conv_transpose", x)) return composed_to_x(x, kernel, c, output_shape);
  return record("conv_transpose", raw_conv_to_x(x, kernel, c, output_shape), {x, kernel},
                {x, kernel}, [c](Backward& b) {
                  const Tensor image = b.saved(0), weights = b.saved(1);
                  const bool again = GradMode::enabled();
                  if (b.needs(0))
                    b.grad(0) =
                        (again ? composed_conv : raw_conv)(b.dy(), weights, c, b.input_shape(0));
                  if (b.needs(1))
                    b.grad(1) = (again ? composed_to_kernel : raw_conv_to_kernel)(b.dy(), image, c,
                                                                                  b.input_shape(1));
                });
}

}  // namespace carousel
