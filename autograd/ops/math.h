// Functions of one variable, element by element; floating unless noted.
#pragma once

#include <optional>

#include <carousel/tensor/tensor.h>

namespace carousel {

Tensor neg(const Tensor& x);     // integers too
Tensor abs(const Tensor& x);     // integers too; gradient 0 at 0
Tensor sign(const Tensor& x);    // integers too; -1, 0 or 1; NaN stays; gradient 0
Tensor square(const Tensor& x);  // integers too
Tensor sqrt(const Tensor& x);
Tensor rsqrt(const Tensor& x);
Tensor reciprocal(const Tensor& x);
Tensor exp(const Tensor& x);
Tensor expm1(const Tensor& x);
Tensor log(const Tensor& x);
Tensor log1p(const Tensor& x);
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor erf(const Tensor& x);
Tensor floor(const Tensor& x);  // gradient 0
Tensor ceil(const Tensor& x);   // gradient 0
Tensor round(const Tensor& x);  // half to even; gradient 0
Tensor trunc(const Tensor& x);  // towards 0; gradient 0
Tensor frac(const Tensor& x);   // what trunc leaves, with x's sign
// Numbers in place of NaN and infinities, by default 0 and the largest ones; gradient 0 there.
Tensor nan_to_num(const Tensor& x, double nan = 0, std::optional<double> positive = {},
                  std::optional<double> negative = {});

}  // namespace carousel
