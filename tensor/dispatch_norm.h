// Front ends of normalisations. The operations have checked the arguments, and that the device has
// the kernel.
#pragma once

#include <carousel/tensor/kernels.h>
#include <carousel/tensor/tensor.h>

namespace carousel::detail {

struct NormOutputs {
  Tensor y, stats;
};
// x's trailing axes of `cols` elements are a row (layer_norm, rms_norm), or its last axis holds the
// columns (batch_norm). scale and offset may be undefined.
// Groups divide the columns of group_norm, whose first axis is the samples.
NormOutputs run_norm(Kernel kernel, const Tensor& x, const Tensor& scale, const Tensor& offset,
                     std::int64_t cols, double epsilon, std::int64_t groups = 1);

struct NormGradients {
  Tensor x, scale, offset;
};
// Those of the gradients that are wanted; dscale and doffset of the shape of `scale_shape`.
NormGradients run_norm_grad(Kernel kernel, const Tensor& x, const Tensor& scale,
                            const Tensor& stats, const Tensor& dy, std::int64_t cols,
                            double epsilon, const Shape& scale_shape, bool wants_x,
                            bool wants_scale, bool wants_offset, std::int64_t groups = 1);

}  // namespace carousel::detail
