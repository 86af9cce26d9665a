// PyTorch's clip_grad_norm_ and clip_grad_value_.
#pragma once

#include <span>

#include <carousel/tensor/tensor.h>

namespace carousel::optim::torch {

struct ClipGradNormOptions {
  double max_norm = 1;
  double norm_type = 2;  // p >= 1, or infinity for the largest element
};

// All gradients together, seen as one vector, multiplied by max_norm / (norm + 1e-6) where that is
// below 1. Returns the norm before. ValueError: max_norm not positive and finite, norm_type below
// 1; NumericError if the norm is not finite; then nothing has changed.
double clip_grad_norm(std::span<const Tensor> parameters, const ClipGradNormOptions& options);

// Each element into [-clip_value, clip_value]; as optim::clip_by_value.
void clip_grad_value(std::span<const Tensor> parameters, double clip_value);

}  // namespace carousel::optim::torch
