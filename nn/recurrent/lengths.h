// Lengths of sequences as masks.
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel::nn {

// (batch, time) bool on `device`, true at the first lengths[b] steps of row b. ShapeError unless
// lengths is (batch,), DTypeError unless it is i32 or i64, ValueError naming `op` for a length
// outside [0, time].
Tensor mask_of_lengths(const Tensor& lengths, std::int64_t batch, std::int64_t time, Device device,
                       const char* op);

}  // namespace carousel::nn
