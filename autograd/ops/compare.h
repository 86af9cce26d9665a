// Questions with bool answers, element by element. No gradients.
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel {

Tensor equal(const Tensor& a, const Tensor& b);
Tensor equal(const Tensor& a, Scalar b);
Tensor not_equal(const Tensor& a, const Tensor& b);
Tensor not_equal(const Tensor& a, Scalar b);
Tensor less(const Tensor& a, const Tensor& b);
Tensor less(const Tensor& a, Scalar b);
Tensor less_equal(const Tensor& a, const Tensor& b);
Tensor less_equal(const Tensor& a, Scalar b);
Tensor greater(const Tensor& a, const Tensor& b);
Tensor greater(const Tensor& a, Scalar b);
Tensor greater_equal(const Tensor& a, const Tensor& b);
Tensor greater_equal(const Tensor& a, Scalar b);
// Of bool tensors.
Tensor logical_and(const Tensor& a, const Tensor& b);
Tensor logical_or(const Tensor& a, const Tensor& b);
Tensor logical_xor(const Tensor& a, const Tensor& b);
Tensor logical_not(const Tensor& x);
// Of floating tensors.
Tensor isnan(const Tensor& x);
Tensor isinf(const Tensor& x);
Tensor isfinite(const Tensor& x);
// |a - b| <= atol + rtol |b|, or equal; NaNs are close to each other only if equal_nan.
Tensor isclose(const Tensor& a, const Tensor& b, double rtol = 1e-5, double atol = 1e-8,
               bool equal_nan = false);

}  // namespace carousel
