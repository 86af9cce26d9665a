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
Tensor hard_swish(const Tensor& x);    // x * hard_sigmoid(x)
Tensor hard_tanh(const Tensor& x, double low = -1, double high = 1);  // gradient 1 at the ends
Tensor relu6(const Tensor& x);  // relu, at most 6; gradient 0 at the ends
// x above 0, else alpha (e^(x / alpha) - 1); Barron, 2017. ValueError unless alpha > 0.
Tensor celu(const Tensor& x, double alpha = 1.0);
Tensor mish(const Tensor& x);  // x tanh(softplus(x)); Misra, 2019
Tensor log_sigmoid(const Tensor& x);
Tensor tanh_shrink(const Tensor& x);  // x - tanh(x)
// x less what lies within the threshold; x where it lies beyond; x above a bound, else value.
Tensor soft_shrink(const Tensor& x, double threshold = 0.5);
Tensor hard_shrink(const Tensor& x, double threshold = 0.5);
Tensor threshold(const Tensor& x, double bound, double value);
// The first half along an axis times the second one's sigmoid (Dauphin et al., 2016). ShapeError.
Tensor glu(const Tensor& x, int axis = -1);
// x above 0, else slope x; slope broadcasts to x (He et al., 2015). ShapeError.
Tensor prelu(const Tensor& x, const Tensor& slope);
// Along one axis; stable for large values. A row of -inf only gives NaN.
Tensor softmax(const Tensor& x, int axis = -1);
Tensor log_softmax(const Tensor& x, int axis = -1);

// dy times the derivative, from the output y (tanh, sigmoid, relu) or the input x (the others).
Tensor tanh_grad(const Tensor& y, const Tensor& dy);
Tensor sigmoid_grad(const Tensor& y, const Tensor& dy);
Tensor relu_grad(const Tensor& y, const Tensor& dy);

}  // namespace carousel
