// What the normalisations check before they do anything.
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel::detail {

// The last `axes` axes.
Shape trailing_shape(const Shape& shape, int axes);
// x floating, with from 1 to all axes; epsilon from 0; scale and offset like its last axes.
void check_norm_operands(const char* op, const Tensor& x, const Tensor& scale, const Tensor& offset,
                         int axes, double epsilon);
// x scale + offset, each where it is defined.
Tensor scaled_and_offset(const Tensor& x, const Tensor& scale, const Tensor& offset);

}  // namespace carousel::detail
