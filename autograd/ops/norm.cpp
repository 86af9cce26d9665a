#include <carousel/autograd/ops/norm.h>

#include <vector>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/norm_checks.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/dispatch_norm.h>
#include <carousel/tensor/error.h>

namespace carousel {

Shape detail::trailing_shape(const Shape& shape, int axes) {
  return Shape(std::span<const std::int64_t>(shape.end() - axes, shape.end()));
}

namespace {

void check_like(const char* op, const char* what, const Tensor& x, const Tensor& y, int axes) {
  if (!y.defined()) return;
  detail::check_same_dtype(op, x, y);
  detail::check_same_device(op, x, y);
  if (!(y.shape() == detail::trailing_shape(x.shape(), axes)))
    throw ShapeError(op, std::string(what) + " " + to_string(y.shape()) +
                             " must have the shape of the last " +
                             (axes == 1 ? "axis" : std::to_string(axes) + " axes") + " of x " +
                             to_string(x.shape()));
}

}  // namespace

void detail::check_norm_operands(const char* op, const Tensor& x, const Tensor& scale,
                                 const Tensor& offset, int axes, double epsilon) {
  detail::check_floating(op, x);
  if (axes < 1 || axes > x.rank())
    throw ShapeError(op, "normalises from 1 to all axes, asked for " + std::to_string(axes) +
                             " of x " + to_string(x.shape()));
  if (!(epsilon >= 0))
    throw ValueError(op, "epsilon must be from 0, got " + std::to_string(epsilon));
  check_like(op, "scale", x, scale, axes);
  check_like(op, "offset", x, offset, axes);
}

Tensor detail::scaled_and_offset(const Tensor& x, const Tensor& scale, const Tensor& offset) {
  const Tensor y = scale.defined() ? x * scale : x;
  return offset.defined() ? y + offset : y;
}

using detail::trailing_shape;

namespace {

Axes last(int axes) {
  std::vector<int> list;
  for (int i = -axes; i < 0; ++i) list.push_back(i);
  return Axes(std::span<const int>(list));
}

// The last `axes` axes, or, of batch normalisation, all others.
Axes reduced(const Tensor& x, int axes, bool others) {
  if (!others) return last(axes);
  std::vector<int> list;
  for (int i = 0; i + axes < x.rank(); ++i) list.push_back(i);
  return Axes(std::span<const int>(list));
}

struct Normal {
  Tensor rdev, value;  // 1 / deviation, and what it normalises to
};
Normal normal_of(const Tensor& x, const Axes& over, bool centred, double epsilon) {
  const Tensor d = centred ? x - mean(x, over, true) : x;
  const Tensor rdev = rsqrt(mean(square(d), over, true) + epsilon);
  return {rdev, d * rdev};
}

std::int64_t product(const Shape& shape, int axes) { return trailing_shape(shape, axes).numel(); }

struct Settings {
  Kernel gradient;
  int axes;
  bool centred, others;  // around the mean; over all other axes
  double epsilon;
};

// Saved: x, scale, stats. The gradients as operations, so that they can be differentiated again.
void composed_gradients(Backward& b, const Settings& s) {
  const Tensor x = b.saved(0), scale = b.saved(1), dy = b.dy();
  const Axes over = reduced(x, s.axes, s.others);
  const Normal normal = normal_of(x, over, s.centred, s.epsilon);
  if (b.needs(0)) {
    const Tensor g = scale.defined() ? dy * scale : dy;
    Tensor level = g - normal.value * mean(g * normal.value, over, true);
    if (s.centred) level = level - mean(g, over, true);
    b.grad(0) = normal.rdev * level;
  }
  if (b.needs(1)) b.grad(1) = dy * normal.value;
  if (b.needs(2)) b.grad(2) = dy;
}

void gradients(Backward& b, const Settings& s) {
  if (GradMode::enabled()) return composed_gradients(b, s);
  const Tensor x = b.saved(0), scale = b.saved(1);
  const auto g = detail::run_norm_grad(
      s.gradient, x, scale, b.saved(2), b.dy(), product(x.shape(), s.axes), s.epsilon,
      trailing_shape(x.shape(), s.axes), b.needs(0), b.needs(1), b.needs(2));
  b.grad(0) = g.x, b.grad(1) = g.scale, b.grad(2) = g.offset;
}

bool is_fused(Kernel kernel, const Tensor& x) {
  return x.numel() > 0 && detail::runs_fused(name_of(kernel), kernel, x);
}

}  // namespace

Tensor layer_norm_composed(const Tensor& x, const Tensor& scale, const Tensor& offset, int axes,
                           double epsilon) {
  detail::check_norm_operands("layer_norm_composed", x, scale, offset, axes, epsilon);
  return detail::scaled_and_offset(normal_of(x, last(axes), true, epsilon).value, scale, offset);
}

Tensor layer_norm(const Tensor& x, const Tensor& scale, const Tensor& offset, int axes,
                  double epsilon) {
  detail::check_norm_operands("layer_norm", x, scale, offset, axes, epsilon);
  if (!is_fused(Kernel::layer_norm, x)) return layer_norm_composed(x, scale, offset, axes, epsilon);
  const auto [y, stats] =
      detail::run_norm(Kernel::layer_norm, x, scale, offset, product(x.shape(), axes), epsilon);
  const Settings s{Kernel::layer_norm_grad, axes, true, false, epsilon};
  return record("layer_norm", y, {x, scale, offset}, {x, scale, stats},
                [s](Backward& b) { gradients(b, s); });
}

Tensor rms_norm_composed(const Tensor& x, const Tensor& scale, int axes, double epsilon) {
  detail::check_norm_operands("rms_norm_composed", x, scale, {}, axes, epsilon);
  return detail::scaled_and_offset(normal_of(x, last(axes), false, epsilon).value, scale, {});
}

Tensor rms_norm(const Tensor& x, const Tensor& scale, int axes, double epsilon) {
  detail::check_norm_operands("rms_norm", x, scale, {}, axes, epsilon);
  if (!is_fused(Kernel::rms_norm, x)) return rms_norm_composed(x, scale, axes, epsilon);
  const auto [y, stats] =
      detail::run_norm(Kernel::rms_norm, x, scale, {}, product(x.shape(), axes), epsilon);
  const Settings s{Kernel::rms_norm_grad, axes, false, false, epsilon};
  return record("rms_norm", y, {x, scale, Tensor()}, {x, scale, stats},
                [s](Backward& b) { gradients(b, s); });
}

BatchNormResult batch_norm_composed(const Tensor& x, const Tensor& scale, const Tensor& offset,
                                    double epsilon) {
  detail::check_norm_operands("batch_norm_composed", x, scale, offset, 1, epsilon);
  const Axes over = reduced(x, 1, true);
  const Tensor center = x.rank() == 1 ? x : mean(x, over, true);
  const Tensor d = x - center;
  const Tensor variance = x.rank() == 1 ? square(d) : mean(square(d), over, true);
  const Shape channels{x.dim(-1)};
  return {detail::scaled_and_offset(d * rsqrt(variance + epsilon), scale, offset),
          center.reshape(channels).detach(), variance.reshape(channels).detach()};
}

BatchNormResult batch_norm(const Tensor& x, const Tensor& scale, const Tensor& offset,
                           double epsilon) {
  detail::check_norm_operands("batch_norm", x, scale, offset, 1, epsilon);
  if (!is_fused(Kernel::batch_norm, x) || x.rank() == 1)
    return batch_norm_composed(x, scale, offset, epsilon);
  const auto [y, stats] =
      detail::run_norm(Kernel::batch_norm, x, scale, offset, x.dim(-1), epsilon);
  const Settings s{Kernel::batch_norm_grad, 1, true, true, epsilon};
  const Tensor output = record("batch_norm", y, {x, scale, offset}, {x, scale, stats},
                               [s](Backward& b) { gradients(b, s); });
  const NoGrad no_grad;
  return {output, stats.select(0, 0), stats.select(0, 1)};
}

}  // namespace carousel
