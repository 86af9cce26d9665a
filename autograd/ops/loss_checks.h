// What losses share; for the library's own use.
#pragma once

#include <carousel/autograd/ops/loss.h>

namespace carousel::detail {

// Floating, of one dtype, device and shape.
void check_pair(const char* op, const Tensor& prediction, const Tensor& target);
// Integer labels of the shape without the last axis.
void check_labels(const char* op, const Tensor& logits, const Tensor& labels);
Tensor reduced(const Tensor& loss, Reduction reduction);

}  // namespace carousel::detail
