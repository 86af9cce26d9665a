#include <carousel/autograd/ops/trigonometry.h>

#include <numbers>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>

namespace carousel {
namespace {

constexpr double kPi = std::numbers::pi, kLn2 = std::numbers::ln2;
// Beyond, x^2 + 1 is x^2 in f64, too; far below, its square overflows in neither type.
constexpr double kLarge = 1e9;

using Function = Tensor (*)(const Tensor& x);

// y = value(x), whose own steps would lose the derivative where they cancel or divide by 0.
Tensor with_slope(const char* name, const Tensor& x, Function value, Function slope) {
  detail::check_floating(name, x);
  return record(name, value(x.detach()), {x}, {x},
                [slope](Backward& b) { b.grad(0) = b.dy() * slope(b.saved(0)); });
}

void check_pair(const char* name, const Tensor& a, const Tensor& b) {
  detail::check_floating(name, a);
  detail::check_same_dtype(name, a, b);
  detail::check_same_device(name, a, b);
}

// (1 - x) (1 + x), exact where 1 - x^2 cancels.
Tensor rest_of_one(const Tensor& x) { return (1 - x) * (1 + x); }

// True for -0, too.
Tensor is_negative(const Tensor& x) { return logical_or(less(x, 0), less(reciprocal(x), 0)); }

// The angle of (x, y) from values alone. Both infinite: as (1, 1) in their quadrant.
Tensor angle(const Tensor& y_given, const Tensor& x_given) {
  const Tensor both = logical_and(isinf(y_given), isinf(x_given));
  const Tensor y = where(both, sign(y_given), y_given), x = where(both, sign(x_given), x_given);
  const Tensor steep = greater(abs(y), abs(x)), origin = logical_and(equal(y, 0), equal(x, 0));
  const Tensor below = is_negative(y), left = is_negative(x);
  const Tensor half = where(below, -kPi / 2, full_like(y, kPi / 2));
  const Tensor turn = where(left, where(below, -kPi, full_like(y, kPi)), full_like(x, 0));
  const Tensor flat = where(origin, y, y / where(origin, 1, x));
  return where(steep, half - atan(x / y), atan(flat) + turn);
}

}  // namespace

Tensor tan(const Tensor& x) {
  detail::check_floating("tan", x);
  return sin(x) / cos(x);
}

Tensor atan(const Tensor& x) {
  return record("atan", detail::run(Kernel::atan, x), {x}, {x},
                [](Backward& b) { b.grad(0) = b.dy() / (square(b.saved(0)) + 1); });
}

Tensor asin(const Tensor& x) {
  return with_slope(
      "asin", x, [](const Tensor& v) { return atan(v / sqrt(rest_of_one(v))); },
      [](const Tensor& v) { return rsqrt(rest_of_one(v)); });
}

Tensor acos(const Tensor& x) {
  return with_slope(
      "acos", x, [](const Tensor& v) { return 2 * atan(sqrt((1 - v) / (1 + v))); },
      [](const Tensor& v) { return -rsqrt(rest_of_one(v)); });
}

Tensor atan2(const Tensor& y, const Tensor& x) {
  check_pair("atan2", y, x);
  return record("atan2", angle(y.detach(), x.detach()), {y, x}, {y, x}, [](Backward& b) {
    const Tensor up = b.saved(0), right = b.saved(1), squares = square(up) + square(right);
    if (b.needs(0)) b.grad(0) = b.dy() * (right / squares);
    if (b.needs(1)) b.grad(1) = -b.dy() * (up / squares);
  });
}

Tensor sinh(const Tensor& x) {
  detail::check_floating("sinh", x);
  return (expm1(x) - expm1(-x)) * 0.5;
}

Tensor cosh(const Tensor& x) {
  detail::check_floating("cosh", x);
  return (exp(x) + exp(-x)) * 0.5;
}

Tensor asinh(const Tensor& x) {
  return with_slope(
      "asinh", x,
      [](const Tensor& v) {
        const Tensor size = abs(v), small = minimum(size, kLarge), squares = square(small);
        const Tensor near = log1p(small + squares / (1 + sqrt(squares + 1)));
        return where(v == 0, v, sign(v) * where(size > kLarge, log(size) + kLn2, near));
      },
      [](const Tensor& v) { return rsqrt(square(v) + 1); });
}

Tensor acosh(const Tensor& x) {
  return with_slope(
      "acosh", x,
      [](const Tensor& v) {
        const Tensor small = minimum(v, kLarge), more = small - 1;
        return where(v > kLarge, log(v) + kLn2, log1p(more + sqrt(more * (small + 1))));
      },
      [](const Tensor& v) { return rsqrt((v - 1) * (v + 1)); });
}

Tensor atanh(const Tensor& x) {
  return with_slope(
      "atanh", x,
      [](const Tensor& v) {
        const Tensor size = abs(v);
        return where(v == 0, v, sign(v) * log1p(2 * size / (1 - size)) * 0.5);
      },
      [](const Tensor& v) { return 1 / rest_of_one(v); });
}

Tensor hypot(const Tensor& a, const Tensor& b) {
  check_pair("hypot", a, b);
  const Tensor large = maximum(abs(a.detach()), abs(b.detach()));
  const Tensor small = minimum(abs(a.detach()), abs(b.detach()));
  const Tensor plain = logical_or(large == 0, isinf(large));
  const Tensor y = where(plain, large, large * sqrt(square(small / where(plain, 1, large)) + 1));
  return record("hypot", y, {a, b}, {a, b}, [](Backward& g) {
    const Tensor length = hypot(g.saved(0), g.saved(1)), divisor = where(length == 0, 1, length);
    if (g.needs(0)) g.grad(0) = g.dy() * (g.saved(0) / divisor);
    if (g.needs(1)) g.grad(1) = g.dy() * (g.saved(1) / divisor);
  });
}

Tensor deg2rad(const Tensor& x) {
  detail::check_floating("deg2rad", x);
  return x * (kPi / 180);
}

}  // namespace carousel
