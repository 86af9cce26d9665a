// var, std, logsumexp, norm: composites with the right limits.
#include <algorithm>
#include <cmath>
#include <limits>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/reduce_axes.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A divisor that turns dy into 0 where y is 0.
Tensor infinite_at_zero(const Tensor& y) { return where(equal(y, 0), kInfinity, y); }

// sqrt(x) whose gradient at 0 is 0.
Tensor root(const char* name, const Tensor& x) {
  return record(name, detail::run(Kernel::sqrt, x), {x}, {saved_output(0)}, [](Backward& b) {
    b.grad(0) = div(mul(b.dy(), 0.5), infinite_at_zero(b.saved(0)));
  });
}

}  // namespace

Tensor var(const Tensor& x, const Axes& axes, bool keepdims, double correction) {
  detail::check_floating("var", x);
  const double count = detail::reduced_count(x.shape(), axes.mask(x.shape(), "var"));
  const Tensor squares = square(sub(x, mean(x, axes, true)));
  return div(sum(squares, axes, keepdims), std::max(count - correction, 0.0));
}

Tensor std(const Tensor& x, const Axes& axes, bool keepdims, double correction) {
  detail::check_floating("std", x);
  axes.mask(x.shape(), "std");
  return root("std", var(x, axes, keepdims, correction));
}

Tensor logsumexp(const Tensor& x, const Axes& axes, bool keepdims) {
  detail::check_floating("logsumexp", x);
  const std::uint32_t mask = axes.mask(x.shape(), "logsumexp");
  if (x.numel() == 0) return log(sum(exp(x), axes, keepdims));
  const Shape shape = detail::reduced_shape(x.shape(), mask, keepdims);
  const Tensor rows = detail::reduced_last(x, mask);
  const Tensor y =
      detail::run_row(Kernel::logsumexp, {&rows, nullptr, nullptr, nullptr}, "logsumexp")[0];
  // dy softmax(x); a row of -inf has no gradient.
  return reshape(record("logsumexp", y, {rows}, {rows, saved_output(0)},
                        [](Backward& b) {
                          const Tensor total = b.saved(1);
                          const Tensor safe = where(equal(total, -kInfinity), 0, total);
                          b.grad(0) =
                              mul(unsqueeze(b.dy(), -1), exp(sub(b.saved(0), unsqueeze(safe, -1))));
                        }),
                 shape);
}

namespace {

// sign(x) |x|^(p-1) y^(1-p) dy; 0 where x or y is 0.
Tensor power_norm(const Tensor& x, double p, const Axes& axes, bool keepdims) {
  const std::uint32_t mask = axes.mask(x.shape(), "norm");
  const auto forward = [&] {
    const NoGrad guard;
    return pow(sum(pow(abs(x), p), axes, keepdims), 1 / p);
  };
  return record("norm", forward(), {x}, {x, saved_output(0)}, [mask, p](Backward& b) {
    const Tensor values = b.saved(0);
    const Shape kept = detail::kept_shape(values.shape(), mask);
    const Tensor y = reshape(b.saved(1), kept);
    const Tensor size = abs(where(equal(values, 0), 1, values));
    const Tensor total = where(equal(y, 0), 1, y);
    b.grad(0) =
        mul(mul(sign(values), pow(size, p - 1)), mul(pow(total, 1 - p), reshape(b.dy(), kept)));
  });
}

}  // namespace

Tensor norm(const Tensor& x, double p, const Axes& axes, bool keepdims) {
  detail::check_floating("norm", x);
  if (p == -kInfinity) {
    axes.mask(x.shape(), "norm");
    return min(abs(x), axes, keepdims);
  }
  if (!(p >= 0)) throw ValueError("norm", "p must be at least 0, got " + std::to_string(p));
  axes.mask(x.shape(), "norm");
  if (p == 2) return root("norm", sum(square(x), axes, keepdims));
  if (p == 1) return sum(abs(x), axes, keepdims);
  if (p == kInfinity) return max(abs(x), axes, keepdims);
  if (p > 0) return power_norm(x, p, axes, keepdims);
  const Tensor values = x.detach();
  const Tensor ones = where(isnan(values), values, not_equal(values, 0).to(x.dtype()));
  const Tensor count = sum(ones, axes, keepdims);
  return record("norm", count, {x}, {x}, [](Backward& b) { b.grad(0) = zeros_like(b.saved(0)); });
}

}  // namespace carousel
