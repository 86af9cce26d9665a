#include <carousel/autograd/ops/compare.h>

#include <carousel/autograd/ops/arithmetic.h>
#include <carousel/autograd/ops/math.h>
#include <carousel/tensor/dispatch.h>

namespace carousel {

using detail::run;

Tensor equal(const Tensor& a, const Tensor& b) { return run(Kernel::equal, a, b); }
Tensor equal(const Tensor& a, Scalar b) { return run(Kernel::equal, a, b); }
Tensor not_equal(const Tensor& a, const Tensor& b) { return run(Kernel::not_equal, a, b); }
Tensor not_equal(const Tensor& a, Scalar b) { return run(Kernel::not_equal, a, b); }
Tensor less(const Tensor& a, const Tensor& b) { return run(Kernel::less, a, b); }
Tensor less(const Tensor& a, Scalar b) { return run(Kernel::less, a, b); }
Tensor less_equal(const Tensor& a, const Tensor& b) { return run(Kernel::less_equal, a, b); }
Tensor less_equal(const Tensor& a, Scalar b) { return run(Kernel::less_equal, a, b); }
Tensor greater(const Tensor& a, const Tensor& b) { return run(Kernel::greater, a, b); }
Tensor greater(const Tensor& a, Scalar b) { return run(Kernel::greater, a, b); }
Tensor greater_equal(const Tensor& a, const Tensor& b) { return run(Kernel::greater_equal, a, b); }
Tensor greater_equal(const Tensor& a, Scalar b) { return run(Kernel::greater_equal, a, b); }
Tensor logical_and(const Tensor& a, const Tensor& b) { return run(Kernel::logical_and, a, b); }
Tensor logical_or(const Tensor& a, const Tensor& b) { return run(Kernel::logical_or, a, b); }
Tensor logical_xor(const Tensor& a, const Tensor& b) { return run(Kernel::logical_xor, a, b); }
Tensor logical_not(const Tensor& x) { return run(Kernel::logical_not, x); }
Tensor isnan(const Tensor& x) { return run(Kernel::isnan, x); }
Tensor isinf(const Tensor& x) { return run(Kernel::isinf, x); }
Tensor isfinite(const Tensor& x) { return run(Kernel::isfinite, x); }

Tensor isclose(const Tensor& a_given, const Tensor& b_given, double rtol, double atol,
               bool equal_nan) {
  detail::check_floating("isclose", a_given);
  const Tensor a = a_given.detach(), b = b_given.detach();
  const Tensor distance = abs(sub(a, b)), bound = add(mul(abs(b), rtol), atol);
  const Tensor near = logical_and(isfinite(distance), less_equal(distance, bound));
  const Tensor close = logical_or(equal(a, b), near);
  return equal_nan ? logical_or(close, logical_and(isnan(a), isnan(b))) : close;
}

Tensor operator==(const Tensor& a, const Tensor& b) { return equal(a, b); }
Tensor operator==(const Tensor& a, Scalar b) { return equal(a, b); }
Tensor operator!=(const Tensor& a, const Tensor& b) { return not_equal(a, b); }
Tensor operator!=(const Tensor& a, Scalar b) { return not_equal(a, b); }
Tensor operator<(const Tensor& a, const Tensor& b) { return less(a, b); }
Tensor operator<(const Tensor& a, Scalar b) { return less(a, b); }
Tensor operator<=(const Tensor& a, const Tensor& b) { return less_equal(a, b); }
Tensor operator<=(const Tensor& a, Scalar b) { return less_equal(a, b); }
Tensor operator>(const Tensor& a, const Tensor& b) { return greater(a, b); }
Tensor operator>(const Tensor& a, Scalar b) { return greater(a, b); }
Tensor operator>=(const Tensor& a, const Tensor& b) { return greater_equal(a, b); }
Tensor operator>=(const Tensor& a, Scalar b) { return greater_equal(a, b); }

}  // namespace carousel
