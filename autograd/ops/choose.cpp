// Operations that choose between operands: minimum, maximum, clip, where.
#include <cmath>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel {

using detail::run;

namespace {

// dy where this operand won, half of it where both are equal. A NaN never loses.
Tensor winners_part(const Tensor& dy, const Tensor& lost, const Tensor& tied) {
  return where(tied, mul(dy, 0.5), where(lost, 0, dy));
}

Tensor beside(const Tensor& x, Scalar value) {
  detail::check_scalar("where", value, x.dtype());
  return scalar(value, {x.dtype(), x.device()});
}

Tensor clip_grad(const Tensor& x, const Tensor& dy, double low, double high) {
  return record("clip_grad", run(Kernel::clip_grad, x, dy, low, high), {x, dy}, {x},
                [low, high](Backward& g) {
                  if (g.needs(1)) g.grad(1) = clip_grad(g.saved(0), g.dy(), low, high);
                });
}

}  // namespace

Tensor minimum(const Tensor& a, const Tensor& b) {
  return record("minimum", run(Kernel::minimum, a, b), {a, b}, {a, b}, [](Backward& g) {
    const Tensor left = g.saved(0), right = g.saved(1), tied = equal(left, right);
    if (g.needs(0)) g.grad(0) = winners_part(g.dy(), greater(left, right), tied);
    if (g.needs(1)) g.grad(1) = winners_part(g.dy(), less(left, right), tied);
  });
}

Tensor minimum(const Tensor& a, Scalar b) {
  return record("minimum", run(Kernel::minimum, a, b), {a}, {a}, [b](Backward& g) {
    const Tensor x = g.saved(0);
    g.grad(0) = winners_part(g.dy(), greater(x, b), equal(x, b));
  });
}

Tensor maximum(const Tensor& a, const Tensor& b) {
  return record("maximum", run(Kernel::maximum, a, b), {a, b}, {a, b}, [](Backward& g) {
    const Tensor left = g.saved(0), right = g.saved(1), tied = equal(left, right);
    if (g.needs(0)) g.grad(0) = winners_part(g.dy(), less(left, right), tied);
    if (g.needs(1)) g.grad(1) = winners_part(g.dy(), greater(left, right), tied);
  });
}

Tensor maximum(const Tensor& a, Scalar b) {
  return record("maximum", run(Kernel::maximum, a, b), {a}, {a}, [b](Backward& g) {
    const Tensor x = g.saved(0);
    g.grad(0) = winners_part(g.dy(), less(x, b), equal(x, b));
  });
}

Tensor clip(const Tensor& x, double low, double high) {
  if (!(low <= high))
    throw ValueError("clip", "low must not exceed high, got " + std::to_string(low) + " and " +
                                 std::to_string(high));
  if (!is_floating(x.dtype()))
    for (double bound : {low, high})
      if (bound != std::trunc(bound)) detail::check_scalar("clip", bound, x.dtype());
  return record("clip", run(Kernel::clip, x, detail::Immediates{low, high}), {x}, {x},
                [low, high](Backward& g) { g.grad(0) = clip_grad(g.saved(0), g.dy(), low, high); });
}

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  return record("where", detail::run_where(condition, a, b), {a, b}, {condition}, [](Backward& g) {
    if (g.needs(0)) g.grad(0) = where(g.saved(0), g.dy(), 0);
    if (g.needs(1)) g.grad(1) = where(g.saved(0), 0, g.dy());
  });
}

Tensor where(const Tensor& condition, const Tensor& a, Scalar b) {
  return where(condition, a, beside(a, b));
}
Tensor where(const Tensor& condition, Scalar a, const Tensor& b) {
  return where(condition, beside(b, a), b);
}

}  // namespace carousel
