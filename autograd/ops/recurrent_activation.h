// The activations of recurrent kernels, as operations.
#pragma once

#include <carousel/tensor/recurrent.h>
#include <carousel/tensor/tensor.h>

namespace carousel::detail {

Tensor activate(Activation activation, const Tensor& x);
// Its derivative at x from y, its value there.
Tensor activation_slope(Activation activation, const Tensor& y);

}  // namespace carousel::detail
