// Circular and hyperbolic functions and their inverses, element by element; floating.
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel {

Tensor tan(const Tensor& x);
// NaN outside [-1, 1].
Tensor asin(const Tensor& x);
Tensor acos(const Tensor& x);
Tensor atan(const Tensor& x);
// The angle of the point (x, y), in [-pi, pi]; the signs of zeros count, as in C. Broadcasts. The
// gradient at the origin is NaN.
Tensor atan2(const Tensor& y, const Tensor& x);
Tensor sinh(const Tensor& x);
Tensor cosh(const Tensor& x);
Tensor asinh(const Tensor& x);
Tensor acosh(const Tensor& x);  // NaN below 1
Tensor atanh(const Tensor& x);  // NaN outside [-1, 1]
// sqrt(a^2 + b^2) without overflow on the way. Broadcasts. Gradient 0 at the origin.
Tensor hypot(const Tensor& a, const Tensor& b);
Tensor deg2rad(const Tensor& x);

}  // namespace carousel
