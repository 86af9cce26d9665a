// What convolutions and pooling share; for the library's own use.
#pragma once

#include <utility>
#include <vector>

#include <carousel/autograd/ops/conv.h>
#include <carousel/tensor/tensor.h>
#include <carousel/tensor/window_geometry.h>

namespace carousel::detail {

// Sizes along the spatial axes of x (batch, <1 to 3 axes>, channels); a list of one is for all,
// an empty one the default.
struct WindowSizes {
  std::vector<std::int64_t> size, strides, dilation;
  std::vector<std::pair<std::int64_t, std::int64_t>> padding;
};
// ShapeError or ValueError, naming `op`, for what does not fit x or gives no window.
WindowGeometry geometry_of(const char* op, const Tensor& x, const WindowSizes& sizes);
// Of a convolution, whose kernel (<axes>, ..., ...) has x's rank, dtype and device.
void check_conv(const char* op, const Tensor& x, const Tensor& kernel);
WindowGeometry conv_geometry(const char* op, const Tensor& x, const Tensor& kernel,
                             const ConvOptions& options);
// Windows of any sizes that share each axis out among `out` of them.
WindowGeometry adaptive_geometry(const char* op, const Tensor& x,
                                 const std::vector<std::int64_t>& out);

// (batch, out..., channels) and (batch, in..., channels) of x's rank.
Shape output_shape(const Tensor& x, const WindowGeometry& geometry, std::int64_t channels);

// What each window sees, 0 outside the image: (batch, windows, places, channels); and its
// transpose, which adds that up into an image of `shape`. Each is the other's derivative.
Tensor unfold(const Tensor& x, const WindowGeometry& geometry);
Tensor fold(const Tensor& columns, const WindowGeometry& geometry, const Shape& shape);
// 1 where a place lies within the image, else 0: (windows, places, 1).
Tensor inside(const WindowGeometry& geometry, const Tensor& like);

}  // namespace carousel::detail
