// Second moments of matrices as means of rows and columns; for the library's own use.
#pragma once

#include <carousel/optim/optimizer.h>

namespace carousel::optim::detail {

// "r" without the last axis, "c" without the one before it, for two axes and more; else all of
// "velocity". Undefined for the others.
std::optional<Tensor> make_factor(const Slot& slot, const NamedTensor& parameter);

// The root of the mean of squares, as a tensor of rank 0.
Tensor rms(const Tensor& x);

// a += (x - a) * weight, under NoGrad.
void move(Tensor a, const Tensor& x, double weight);

}  // namespace carousel::optim::detail
