// Running extremes and sums along an axis, and differences.
#pragma once

#include <carousel/autograd/ops/sort.h>
#include <carousel/tensor/tensor.h>

namespace carousel {

// The largest (smallest) so far and its position, the last of equals; a NaN stays. The gradient
// goes to that position.
SortResult cummax(const Tensor& x, int axis);
SortResult cummin(const Tensor& x, int axis);
// log of the running sum of e^x, without overflow. Floating only. Differentiated again, it takes
// the square of the length.
Tensor logcumsumexp(const Tensor& x, int axis);
// x[i + 1] - x[i] along an axis, `n` times. ValueError if n is negative.
Tensor diff(const Tensor& x, int n = 1, int axis = -1);

}  // namespace carousel
