#include <carousel/autograd/ops/compare.h>

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
