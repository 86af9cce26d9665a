#include <string>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/norm.h>
#include <carousel/autograd/ops/norm_checks.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/dispatch_norm.h>
#include <carousel/tensor/error.h>

namespace carousel {
namespace {

void check(const char* op, const Tensor& x, std::int64_t groups, const Tensor& scale,
           const Tensor& offset, double epsilon) {
  detail::check_floating(op, x);
  if (x.rank() < 2)
    throw ShapeError(op, "needs (batch, ..., channels), got shape " + to_string(x.shape()));
  if (groups < 1 || x.dim(-1) % groups != 0)
    throw ShapeError(op, std::to_string(groups) + " groups do not divide " +
                             std::to_string(x.dim(-1)) + " channels of x " + to_string(x.shape()));
  detail::check_norm_operands(op, x, scale, offset, 1, epsilon);
}

// x as (batch, positions, groups, channels of a group), and the axes of a group's numbers.
Tensor by_group(const Tensor& x, std::int64_t groups) {
  const std::int64_t batch = x.dim(0), channels = x.dim(-1);
  std::int64_t positions = 1;
  for (int i = 1; i + 1 < x.rank(); ++i) positions *= x.dim(i);
  return x.reshape({batch, positions, groups, channels / groups});
}
Axes of_group() { return {1, 3}; }

struct Normal {
  Tensor rdev, value;  // 1 / deviation, and what it normalises to, by group
};
Normal normal_of(const Tensor& x, std::int64_t groups, double epsilon) {
  const Tensor rows = by_group(x, groups);
  const Tensor d = rows - mean(rows, of_group(), true);
  const Tensor rdev = rsqrt(mean(square(d), of_group(), true) + epsilon);
  return {rdev, d * rdev};
}

struct Settings {
  std::int64_t groups;
  double epsilon;
};

// Saved: x, scale, stats. The gradients as operations, so that they can be differentiated again.
void composed_gradients(Backward& b, const Settings& s) {
  const Tensor x = b.saved(0), scale = b.saved(1), dy = b.dy();
  const Normal normal = normal_of(x, s.groups, s.epsilon);
  if (b.needs(0)) {
    const Tensor g = by_group(scale.defined() ? dy * scale : dy, s.groups);
    const Tensor along = mean(g * normal.value, of_group(), true);
    const Tensor dx = normal.rdev * (g - mean(g, of_group(), true) - normal.value * along);
    b.grad(0) = dx.reshape(x.shape());
  }
  if (b.needs(1)) b.grad(1) = dy * normal.value.reshape(x.shape());
  if (b.needs(2)) b.grad(2) = dy;
}

void gradients(Backward& b, const Settings& s) {
  if (GradMode::enabled()) return composed_gradients(b, s);
  const Tensor x = b.saved(0), scale = b.saved(1);
  const auto g = detail::run_norm_grad(Kernel::group_norm_grad, x, scale, b.saved(2), b.dy(),
                                       x.dim(-1), s.epsilon, Shape{x.dim(-1)}, b.needs(0),
                                       b.needs(1), b.needs(2), s.groups);
  b.grad(0) = g.x, b.grad(1) = g.scale, b.grad(2) = g.offset;
}

}  // namespace

Tensor group_norm_composed(const Tensor& x, std::int64_t groups, const Tensor& scale,
                           const Tensor& offset, double epsilon) {
  check("group_norm_composed", x, groups, scale, offset, epsilon);
  const Tensor y = normal_of(x, groups, epsilon).value.reshape(x.shape());
  return detail::scaled_and_offset(y, scale, offset);
}

Tensor group_norm(const Tensor& x, std::int64_t groups, const Tensor& scale, const Tensor& offset,
                  double epsilon) {
  check("group_norm", x, groups, scale, offset, epsilon);
  if (x.numel() == 0 || !detail::runs_fused("group_norm", Kernel::group_norm, x))
    return group_norm_composed(x, groups, scale, offset, epsilon);
  const auto [y, stats] =
      detail::run_norm(Kernel::group_norm, x, scale, offset, x.dim(-1), epsilon, groups);
  const Settings s{groups, epsilon};
  return record("group_norm", y, {x, scale, offset}, {x, scale, stats},
                [s](Backward& b) { gradients(b, s); });
}

}  // namespace carousel
