// What reductions share; for the library's own use.
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel::detail {

// `shape` with the masked axes at size 1.
Shape kept_shape(const Shape& shape, std::uint32_t axes);
// How many elements are reduced together.
double reduced_count(const Shape& shape, std::uint32_t axes);
// x with the masked axes moved behind the others and merged into one; with gradients.
Tensor reduced_last(const Tensor& x, std::uint32_t axes);
// A reduction's result: without the masked axes, or with them at size 1.
Shape reduced_shape(const Shape& shape, std::uint32_t axes, bool keepdims);

}  // namespace carousel::detail
