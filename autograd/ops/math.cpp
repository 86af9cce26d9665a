#include <carousel/autograd/ops/math.h>

#include <limits>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>

namespace carousel {

using detail::run;

Tensor neg(const Tensor& x) {
  return record("neg", run(Kernel::neg, x), {x}, {}, [](Backward& b) { b.grad(0) = neg(b.dy()); });
}

Tensor abs(const Tensor& x) {
  return record("abs", run(Kernel::abs, x), {x}, {x},
                [](Backward& b) { b.grad(0) = mul(b.dy(), sign(b.saved(0))); });
}

Tensor square(const Tensor& x) {
  return record("square", run(Kernel::square, x), {x}, {x},
                [](Backward& b) { b.grad(0) = mul(mul(b.dy(), b.saved(0)), 2); });
}

Tensor sqrt(const Tensor& x) {
  return record("sqrt", run(Kernel::sqrt, x), {x}, {saved_output(0)},
                [](Backward& b) { b.grad(0) = div(mul(b.dy(), 0.5), b.saved(0)); });
}

Tensor rsqrt(const Tensor& x) {
  return record("rsqrt", run(Kernel::rsqrt, x), {x}, {saved_output(0)}, [](Backward& b) {
    const Tensor y = b.saved(0);
    b.grad(0) = mul(mul(b.dy(), -0.5), mul(y, square(y)));
  });
}

Tensor reciprocal(const Tensor& x) {
  return record("reciprocal", run(Kernel::reciprocal, x), {x}, {saved_output(0)},
                [](Backward& b) { b.grad(0) = neg(mul(b.dy(), square(b.saved(0)))); });
}

Tensor exp(const Tensor& x) {
  return record("exp", run(Kernel::exp, x), {x}, {saved_output(0)},
                [](Backward& b) { b.grad(0) = mul(b.dy(), b.saved(0)); });
}

Tensor expm1(const Tensor& x) {
  return record("expm1", run(Kernel::expm1, x), {x}, {saved_output(0)},
                [](Backward& b) { b.grad(0) = mul(b.dy(), add(b.saved(0), 1)); });
}

Tensor log(const Tensor& x) {
  return record("log", run(Kernel::log, x), {x}, {x},
                [](Backward& b) { b.grad(0) = div(b.dy(), b.saved(0)); });
}

Tensor log1p(const Tensor& x) {
  return record("log1p", run(Kernel::log1p, x), {x}, {x},
                [](Backward& b) { b.grad(0) = div(b.dy(), add(b.saved(0), 1)); });
}

Tensor sin(const Tensor& x) {
  return record("sin", run(Kernel::sin, x), {x}, {x},
                [](Backward& b) { b.grad(0) = mul(b.dy(), cos(b.saved(0))); });
}

Tensor cos(const Tensor& x) {
  return record("cos", run(Kernel::cos, x), {x}, {x},
                [](Backward& b) { b.grad(0) = neg(mul(b.dy(), sin(b.saved(0)))); });
}

namespace {

// dy 2 / sqrt(pi) e^(-x^2).
Tensor erf_grad(const Tensor& x, const Tensor& dy) {
  return record("erf_grad", run(Kernel::erf_grad, x, dy), {x, dy}, {x, dy}, [](Backward& b) {
    const Tensor slope = erf_grad(b.saved(0), b.dy());
    if (b.needs(0)) b.grad(0) = mul(mul(slope, b.saved(1)), mul(b.saved(0), -2));
    if (b.needs(1)) b.grad(1) = slope;
  });
}

Tensor step(const char* name, Kernel kernel, const Tensor& x) {
  return record(name, run(kernel, x), {x}, {}, [](Backward& b) { b.grad(0) = zeros_like(b.dy()); });
}

}  // namespace

Tensor erf(const Tensor& x) {
  return record("erf", run(Kernel::erf, x), {x}, {x},
                [](Backward& b) { b.grad(0) = erf_grad(b.saved(0), b.dy()); });
}

Tensor sign(const Tensor& x) { return step("sign", Kernel::sign, x); }
Tensor floor(const Tensor& x) { return step("floor", Kernel::floor, x); }
Tensor ceil(const Tensor& x) { return step("ceil", Kernel::ceil, x); }
Tensor round(const Tensor& x) { return step("round", Kernel::round, x); }

Tensor trunc(const Tensor& x) {
  detail::check_floating("trunc", x);
  return where(less(x, 0), ceil(x), floor(x));
}

Tensor frac(const Tensor& x) {
  detail::check_floating("frac", x);
  return sub(x, trunc(x));
}

Tensor nan_to_num(const Tensor& x, double nan, std::optional<double> positive,
                  std::optional<double> negative) {
  detail::check_floating("nan_to_num", x);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double largest = x.dtype() == f32 ? double{std::numeric_limits<float>::max()}
                                          : std::numeric_limits<double>::max();
  const Tensor known = where(isnan(x), nan, x);
  const Tensor bounded = where(equal(known, kInfinity), positive.value_or(largest), known);
  return where(equal(bounded, -kInfinity), negative.value_or(-largest), bounded);
}

}  // namespace carousel
