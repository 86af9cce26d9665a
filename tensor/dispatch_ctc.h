// Front end of connectionist temporal classification. The operation has checked the arguments, and
// that the device has the kernel.
#pragma once

#include <carousel/tensor/kernels.h>
#include <carousel/tensor/tensor.h>

namespace carousel::detail {

struct CTCOutputs {
  Tensor loss, gradient;
};
// Log probabilities (batch, time, classes), i64 labels (batch, width) and lengths (batch,) to the
// losses (batch,) and, if wanted, their derivatives by x.
CTCOutputs run_ctc(const Tensor& x, const Tensor& labels, const Tensor& input_lengths,
                   const Tensor& label_lengths, std::int64_t blank, bool zero_infinity,
                   bool wants_gradient);

}  // namespace carousel::detail
