// What arithmetic.h has beside sums, products and powers: mixtures of operands.
#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>

namespace carousel {
namespace {

void check_alike(const char* op, const Tensor& a, const Tensor& b) {
  detail::check_floating(op, a);
  detail::check_same_dtype(op, a, b);
  detail::check_same_device(op, a, b);
}

// True for -0, too.
Tensor is_negative(const Tensor& x) { return logical_or(less(x, 0), less(reciprocal(x), 0)); }

}  // namespace

Tensor fmod(const Tensor& a, const Tensor& b) {
  check_alike("fmod", a, b);
  const Tensor left = a.detach();
  const Tensor size = remainder(abs(left), abs(b.detach()));
  return record("fmod", where(less(left, 0), -size, size), {a, b}, {a, b}, [](Backward& g) {
    g.grad(0) = g.dy();
    if (g.needs(1)) g.grad(1) = -g.dy() * trunc(g.saved(0) / g.saved(1));
  });
}

Tensor fmax(const Tensor& a, const Tensor& b) {
  check_alike("fmax", a, b);
  return maximum(where(isnan(a), b, a), where(isnan(b), a, b));
}

Tensor fmin(const Tensor& a, const Tensor& b) {
  check_alike("fmin", a, b);
  return minimum(where(isnan(a), b, a), where(isnan(b), a, b));
}

Tensor copysign(const Tensor& a, const Tensor& b) {
  check_alike("copysign", a, b);
  const Tensor size = abs(a);
  return where(is_negative(b), -size, size);
}

Tensor lerp(const Tensor& a, const Tensor& b, const Tensor& weight) {
  check_alike("lerp", a, b);
  check_alike("lerp", a, weight);
  return a + weight * (b - a);
}

Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, Scalar value) {
  detail::check_same_dtype("addcmul", x, a);
  detail::check_same_dtype("addcmul", x, b);
  return x + a * b * value;
}

Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, double value) {
  check_alike("addcdiv", x, a);
  check_alike("addcdiv", x, b);
  return x + a / b * value;
}

}  // namespace carousel
