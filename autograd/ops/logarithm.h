// Exponentials and logarithms to other bases, and of sums and products that would overflow or be
// undefined on the way; element by element, floating. Two operands broadcast.
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel {

Tensor exp2(const Tensor& x);
Tensor log2(const Tensor& x);
Tensor log10(const Tensor& x);
// log(x / (1 - x)), the sigmoid's inverse; NaN outside [0, 1].
Tensor logit(const Tensor& x);
// log(e^a + e^b), and the same to base 2.
Tensor logaddexp(const Tensor& a, const Tensor& b);
Tensor logaddexp2(const Tensor& a, const Tensor& b);
// x log(y) and x log(1 + y), 0 where x is 0 unless y is NaN.
Tensor xlogy(const Tensor& x, const Tensor& y);
Tensor xlog1py(const Tensor& x, const Tensor& y);

}  // namespace carousel
