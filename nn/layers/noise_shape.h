// Which sizes a layer's noise has. For the library's own use.
#pragma once

#include <cstdint>
#include <vector>

#include <carousel/tensor/tensor.h>

namespace carousel::nn::detail {

// x's sizes where noise_shape says so or is -1, else 1; all of x's for an empty one. ShapeError.
Shape shape_of_noise(const char* op, const std::vector<std::int64_t>& noise_shape, const Tensor& x);

}  // namespace carousel::nn::detail
