// Arithmetic, element by element. Operands broadcast as in NumPy and must share dtype and device; a
// C++ scalar takes the tensor's dtype.
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel {

Tensor add(const Tensor& a, const Tensor& b);
Tensor add(const Tensor& a, Scalar b);
Tensor sub(const Tensor& a, const Tensor& b);
Tensor sub(const Tensor& a, Scalar b);
Tensor sub(Scalar a, const Tensor& b);
Tensor mul(const Tensor& a, const Tensor& b);
Tensor mul(const Tensor& a, Scalar b);
// Floating only: DTypeError on integers says floor_divide.
Tensor div(const Tensor& a, const Tensor& b);
Tensor div(const Tensor& a, Scalar b);
Tensor div(Scalar a, const Tensor& b);
// Rounded towards minus infinity; integer division by zero is a ValueError. Gradient 0.
Tensor floor_divide(const Tensor& a, const Tensor& b);
Tensor floor_divide(const Tensor& a, Scalar b);
// a - floor(a / b) * b: the sign of the divisor. ValueError as above.
Tensor remainder(const Tensor& a, const Tensor& b);
Tensor remainder(const Tensor& a, Scalar b);
// Floating only. A negative base with a broken exponent gives NaN.
Tensor pow(const Tensor& a, const Tensor& b);
Tensor pow(const Tensor& a, double exponent);
// The rest of a / b with a's sign, as C's; floating only.
Tensor fmod(const Tensor& a, const Tensor& b);
// NaN wins. Equal operands share the gradient in halves.
Tensor minimum(const Tensor& a, const Tensor& b);
Tensor minimum(const Tensor& a, Scalar b);
Tensor maximum(const Tensor& a, const Tensor& b);
Tensor maximum(const Tensor& a, Scalar b);
// The same, but a number wins over NaN. Floating only.
Tensor fmax(const Tensor& a, const Tensor& b);
Tensor fmin(const Tensor& a, const Tensor& b);
// |a| with b's sign, that of -0, too; no gradient goes into b. Floating only.
Tensor copysign(const Tensor& a, const Tensor& b);
// a + weight (b - a); x + value a b; x + value a / b. All operands broadcast.
Tensor lerp(const Tensor& a, const Tensor& b, const Tensor& weight);
Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, Scalar value = 1);
Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, double value = 1);
// NaN stays. ValueError unless low <= high; DTypeError for a fraction beside integers. The gradient
// at the bounds is 1.
Tensor clip(const Tensor& x, double low, double high);
// a where the bool condition holds, else b.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
Tensor where(const Tensor& condition, const Tensor& a, Scalar b);
Tensor where(const Tensor& condition, Scalar a, const Tensor& b);

}  // namespace carousel
