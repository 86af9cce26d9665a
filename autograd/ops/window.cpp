#include <carousel/autograd/ops/window.h>

#include <string>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/dispatch_window.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel::detail {
namespace {

// The number of spatial axes; ShapeError.
int check_image(const char* op, const Tensor& x) {
  if (x.rank() < 3 || x.rank() > 5)
    throw ShapeError(op,
                     "needs (batch, <1 to 3 axes>, channels), got shape " + to_string(x.shape()));
  return x.rank() - 2;
}

template <class T>
T along(const char* op, const char* what, const std::vector<T>& list, int axis, int axes,
        const T& absent) {
  if (list.empty()) return absent;
  if (list.size() != 1 && list.size() != static_cast<std::size_t>(axes))
    throw ValueError(op, std::string(what) + " has " + std::to_string(list.size()) +
                             " numbers for " + std::to_string(axes) + " axes");
  return list.size() == 1 ? list[0] : list[static_cast<std::size_t>(axis)];
}

std::int64_t at_least_one(const char* op, const char* what, std::int64_t value) {
  if (value < 1)
    throw ValueError(op, std::string(what) + " must be at least 1, got " + std::to_string(value));
  return value;
}

// Each window's places as positions among an image's pixels, and whether they lie inside.
struct Places {
  std::vector<std::int64_t> pixel;
  std::vector<double> inside;
};

// Of one axis: the window's k-th input, or -1.
std::int64_t input_of(const WindowGeometry& g, std::size_t axis, std::int64_t window,
                      std::int64_t k) {
  const std::int64_t in = g.in[axis], out = g.out[axis];
  if (g.stride[axis] == 0) {
    const std::int64_t i = window * in / out + k;
    return i < ((window + 1) * in + out - 1) / out ? i : -1;
  }
  const std::int64_t i = window * g.stride[axis] - g.before[axis] + k * g.dilation[axis];
  return i < in ? i : -1;
}

Places places(const WindowGeometry& g) {
  Places all;
  for (std::int64_t w = 0; w < windows_of(g); ++w)
    for (std::int64_t p = 0; p < places_of(g); ++p) {
      const std::int64_t window[] = {w / g.out[2] / g.out[1], w / g.out[2] % g.out[1],
                                     w % g.out[2]};
      const std::int64_t place[] = {p / g.size[2] / g.size[1], p / g.size[2] % g.size[1],
                                    p % g.size[2]};
      std::int64_t pixel = 0;
      bool within = true;
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const std::int64_t i = input_of(g, axis, window[axis], place[axis]);
        within = within && i >= 0;
        pixel = pixel * g.in[axis] + i;
      }
      all.pixel.push_back(within ? pixel : 0);
      all.inside.push_back(within ? 1 : 0);
    }
  return all;
}

Shape columns_shape(const WindowGeometry& g) {
  return {g.batch, windows_of(g), places_of(g), g.channels};
}

Tensor pixels_index(const Places& at, const Tensor& like) {
  return from_vector(at.pixel, {static_cast<std::int64_t>(at.pixel.size())}).to(like.device());
}

bool on_meta(const Tensor& x) { return x.device().kind == DeviceKind::meta; }

}  // namespace

WindowGeometry geometry_of(const char* op, const Tensor& x, const WindowSizes& sizes) {
  const int axes = check_image(op, x);
  WindowGeometry g;
  g.batch = x.dim(0), g.channels = x.dim(-1);
  for (int i = 0; i < axes; ++i) {
    const auto axis = static_cast<std::size_t>(3 - axes + i);
    const auto one = std::int64_t{1};
    g.in[axis] = x.dim(i + 1);
    g.size[axis] = at_least_one(op, "a window's size", along(op, "size", sizes.size, i, axes, one));
    g.stride[axis] = at_least_one(op, "strides", along(op, "strides", sizes.strides, i, axes, one));
    g.dilation[axis] =
        at_least_one(op, "dilation", along(op, "dilation", sizes.dilation, i, axes, one));
    const auto padding = along(op, "padding", sizes.padding, i, axes, {0, 0});
    if (padding.first < 0 || padding.second < 0)
      throw ValueError(op, "padding must be from 0, got (" + std::to_string(padding.first) + ", " +
                               std::to_string(padding.second) + ")");
    g.before[axis] = padding.first;
    const std::int64_t covered = (g.size[axis] - 1) * g.dilation[axis] + 1;
    const std::int64_t padded = g.in[axis] + padding.first + padding.second;
    if (padded < covered)
      throw ShapeError(op, "a window over " + std::to_string(covered) + " does not fit axis " +
                               std::to_string(i + 1) + " of " + to_string(x.shape()) +
                               (padded == g.in[axis] ? "" : " with its padding"));
    g.out[axis] = (padded - covered) / g.stride[axis] + 1;
  }
  return g;
}

void check_conv(const char* op, const Tensor& x, const Tensor& kernel) {
  check_floating(op, x);
  check_same_dtype(op, x, kernel);
  check_same_device(op, x, kernel);
  if (kernel.rank() != x.rank())
    throw ShapeError(op, "kernel " + to_string(kernel.shape()) + " must have the rank of x " +
                             to_string(x.shape()));
}

WindowGeometry conv_geometry(const char* op, const Tensor& x, const Tensor& kernel,
                             const ConvOptions& options) {
  std::vector<std::int64_t> size;
  for (int i = 0; i + 2 < kernel.rank(); ++i) size.push_back(kernel.dim(i));
  return geometry_of(op, x, {size, options.strides, options.dilation, options.padding});
}

WindowGeometry adaptive_geometry(const char* op, const Tensor& x,
                                 const std::vector<std::int64_t>& out) {
  const int axes = check_image(op, x);
  WindowGeometry g;
  g.batch = x.dim(0), g.channels = x.dim(-1);
  for (int i = 0; i < axes; ++i) {
    const auto axis = static_cast<std::size_t>(3 - axes + i);
    g.in[axis] = x.dim(i + 1);
    g.out[axis] =
        at_least_one(op, "output_size", along(op, "output_size", out, i, axes, std::int64_t{1}));
    if (g.in[axis] == 0)
      throw ShapeError(
          op, "axis " + std::to_string(i + 1) + " of " + to_string(x.shape()) + " is empty");
    g.stride[axis] = 0;
    for (std::int64_t o = 0; o < g.out[axis]; ++o) {
      const std::int64_t begin = o * g.in[axis] / g.out[axis];
      const std::int64_t end = ((o + 1) * g.in[axis] + g.out[axis] - 1) / g.out[axis];
      g.size[axis] = std::max(g.size[axis], end - begin);
    }
  }
  return g;
}

Shape output_shape(const Tensor& x, const WindowGeometry& g, std::int64_t channels) {
  Shape shape{g.batch};
  for (int i = 0; i + 2 < x.rank(); ++i)
    shape.append(g.out[static_cast<std::size_t>(5 - x.rank() + i)]);
  shape.append(channels);
  return shape;
}

Tensor inside(const WindowGeometry& g, const Tensor& like) {
  return from_vector(places(g).inside, {windows_of(g), places_of(g), 1})
      .to(like.dtype())
      .to(like.device());
}

Tensor unfold(const Tensor& x, const WindowGeometry& g) {
  if (on_meta(x)) return empty(columns_shape(g), x.dtype(), x.device());
  if (!has_device_kernel(Kernel::im2col, x)) {
    const Tensor flat = x.reshape({g.batch, g.in[0] * g.in[1] * g.in[2], g.channels});
    const Tensor seen = index_select(flat, 1, pixels_index(places(g), x)).reshape(columns_shape(g));
    return where(inside(g, x) > 0, seen, 0);
  }
  const Tensor rows = run_im2col(x, g, {0, g.batch * windows_of(g), 0, g.channels});
  return record("unfold", view_reshape(rows, columns_shape(g)), {x}, {},
                [g](Backward& b) { b.grad(0) = fold(b.dy(), g, b.input_shape(0)); });
}

Tensor fold(const Tensor& columns, const WindowGeometry& g, const Shape& shape) {
  if (on_meta(columns)) return empty(shape, columns.dtype(), columns.device());
  if (!has_device_kernel(Kernel::col2im, columns)) {
    const Tensor counted = where(inside(g, columns) > 0, columns, 0)
                               .reshape({g.batch, windows_of(g) * places_of(g), g.channels});
    const Tensor none = zeros({g.batch, g.in[0] * g.in[1] * g.in[2], g.channels},
                              {.dtype = columns.dtype(), .device = columns.device()});
    return index_add(none, 1, pixels_index(places(g), columns), counted).reshape(shape);
  }
  Tensor image = empty(shape, columns.dtype(), columns.device());
  run_fill(image, 0);
  run_col2im(image, columns, g, {0, g.batch, 0, g.channels});
  return record("fold", image, {columns}, {}, [g](Backward& b) { b.grad(0) = unfold(b.dy(), g); });
}

}  // namespace carousel::detail
