// How windows lie over sequences and images. For the library's own use.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <carousel/nn/sizes.h>
#include <carousel/tensor/shape.h>
#include <carousel/tensor/tensor.h>

namespace carousel::nn::detail {

using Sizes = std::vector<std::int64_t>;  // one number an axis
using Padding = std::vector<std::pair<std::int64_t, std::int64_t>>;

inline Sizes list_of(std::int64_t size) { return {size}; }
inline Sizes list_of(const Size2D& size) { return {size.height, size.width}; }
inline Sizes list_of(const Size3D& size) { return {size.depth, size.height, size.width}; }

// ValueError naming `op`, unless all are at least `least`.
void check_sizes(const char* op, const char* name, const Sizes& sizes, std::int64_t least = 1);
// The same, for what is multiplied: also at most kMostExtent.
void check_extents(const char* op, const char* name, const Sizes& sizes);
// "valid", "same" or, where allowed, "causal"; ValueError.
void check_padding(const char* op, const std::string& padding, bool causal);
// Strides and dilation above 1 do not go together.
void check_dilation(const char* op, const Sizes& strides, const Sizes& dilation);

// What `padding` means for inputs of these sizes (the axes of x (batch, <axes>, channels)).
Padding padding_of(const std::string& padding, const Shape& x, const Sizes& size,
                   const Sizes& strides, const Sizes& dilation);

}  // namespace carousel::nn::detail
