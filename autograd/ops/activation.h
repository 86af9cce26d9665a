// Activation functions, element by element, and their derivatives as operations of their own.
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel {

Tensor tanh(const Tensor& x);
Tensor sigmoid(const Tensor& x);
Tensor relu(const Tensor& x);  // gradient 0 at 0; NaN stays
Tensor leaky_relu(const Tensor& x, double slope = 0.01);
Tensor elu(const Tensor& x, double alpha = 1.0);
Tensor selu(const Tensor& x);
Tensor softplus(const Tensor& x);
Tensor softsign(const Tensor& x);
// x * Phi(x), exact (erf), or the tanh approximation.
Tensor gelu(const Tensor& x, bool approximate = false);
Tensor silu(const Tensor& x);
Tensor hard_sigmoid(const Tensor& x);  // relu6(x + 3) / 6, as in Keras 3
// Along one axis; stable for large values. A row of -inf only gives NaN.
Tensor softmax(const Tensor& x, int axis = -1);
Tensor log_softmax(const Tensor& x, int axis = -1);

// dy times the derivative, from the output y (tanh, sigmoid, relu) or the input x (the others).
Tensor tanh_grad(const Tensor& y, const Tensor& dy);
Tensor sigmoid_grad(const Tensor& y, const Tensor& dy);
Tensor relu_grad(const Tensor& y, const Tensor& dy);

}  // namespace carousel
