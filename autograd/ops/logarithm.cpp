#include <carousel/autograd/ops/logarithm.h>

#include <limits>
#include <numbers>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>

namespace carousel {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLn2 = std::numbers::ln2;

// a - b, 0 where they are the same infinity.
Tensor difference(const Tensor& a, const Tensor& b) { return where(equal(a, b), 0, a - b); }

}  // namespace

// As a power: x log 2 alone would be rounded before it is an exponent.
Tensor exp2(const Tensor& x) {
  detail::check_floating("exp2", x);
  return record("exp2", detail::run(Kernel::pow, Scalar(2.0), x), {x}, {saved_output(0)},
                [](Backward& b) { b.grad(0) = b.dy() * b.saved(0) * kLn2; });
}

Tensor log2(const Tensor& x) {
  detail::check_floating("log2", x);
  return log(x) * std::numbers::log2e;
}

Tensor log10(const Tensor& x) {
  detail::check_floating("log10", x);
  return log(x) * std::numbers::log10e;
}

Tensor logit(const Tensor& x) {
  detail::check_floating("logit", x);
  return log(x) - log1p(-x);
}

Tensor logaddexp(const Tensor& a, const Tensor& b) {
  detail::check_floating("logaddexp", a);
  detail::check_same_dtype("logaddexp", a, b);
  detail::check_same_device("logaddexp", a, b);
  const Tensor apart = difference(a.detach(), b.detach());
  const Tensor y = maximum(a.detach(), b.detach()) + log1p(exp(-abs(apart)));
  return record("logaddexp", y, {a, b}, {a, b}, [](Backward& g) {
    const Tensor left = g.saved(0), right = g.saved(1);
    if (g.needs(0)) g.grad(0) = g.dy() * sigmoid(difference(left, right));
    if (g.needs(1)) g.grad(1) = g.dy() * sigmoid(difference(right, left));
  });
}

Tensor logaddexp2(const Tensor& a, const Tensor& b) {
  detail::check_floating("logaddexp2", a);
  return logaddexp(a * kLn2, b * kLn2) * std::numbers::log2e;
}

// Where x is 0, a y whose logarithm is no number is taken for 1: the product, and its derivatives,
// don't multiply 0 by infinity.
Tensor xlogy(const Tensor& x, const Tensor& y) {
  detail::check_floating("xlogy", x);
  const Tensor odd = logical_or(less_equal(y, 0), equal(y, kInfinity));
  return x * log(where(logical_and(equal(x, 0), odd), 1, y));
}

Tensor xlog1py(const Tensor& x, const Tensor& y) {
  detail::check_floating("xlog1py", x);
  const Tensor odd = logical_or(less_equal(y, -1), equal(y, kInfinity));
  return x * log1p(where(logical_and(equal(x, 0), odd), 0, y));
}

}  // namespace carousel
