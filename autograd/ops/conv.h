// Convolutions over 1, 2 or 3 axes, as one operation each: images (batch, <axes>, channels).
#pragma once

#include <utility>
#include <vector>

#include <carousel/tensor/tensor.h>

namespace carousel {

// Lists of one number a spatial axis, or one for all.
struct ConvOptions {
  std::vector<std::int64_t> strides = {1};
  std::vector<std::int64_t> dilation = {1};  // steps between the places of a window
  std::vector<std::pair<std::int64_t, std::int64_t>> padding = {};  // zeros {before, after}
  std::int64_t groups = 1;  // of channels, each with its own filters
};

// kernel (<axes>, channels / groups, filters) to (batch, <axes>, filters), as Keras has them (it
// correlates: the kernel is not flipped). One product of windows and kernel, over blocks of images.
// ShapeError, ValueError, DTypeError.
Tensor conv(const Tensor& x, const Tensor& kernel, const ConvOptions& options = {});
// The same of primitives, with all windows in memory.
Tensor conv_composed(const Tensor& x, const Tensor& kernel, const ConvOptions& options = {});

// The transpose of a convolution from `output_shape` (batch, <axes>, filters) to x's shape: kernel
// (<axes>, filters, channels), x (batch, <axes>, channels). No groups.
Tensor conv_transpose(const Tensor& x, const Tensor& kernel, const Shape& output_shape,
                      const ConvOptions& options = {});
Tensor conv_transpose_composed(const Tensor& x, const Tensor& kernel, const Shape& output_shape,
                               const ConvOptions& options = {});

// Each channel by itself, with `multiplier` filters: kernel (<axes>, channels, multiplier) to
// (batch, <axes>, channels multiplier). No groups.
Tensor depthwise_conv(const Tensor& x, const Tensor& kernel, const ConvOptions& options = {});
Tensor depthwise_conv_composed(const Tensor& x, const Tensor& kernel,
                               const ConvOptions& options = {});

}  // namespace carousel
