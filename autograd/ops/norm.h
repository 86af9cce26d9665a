// Normalisations, each one operation with a composed twin of primitives: what it is tested against,
// how its gradient is differentiated again, and what runs on a device without its kernel.
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel {

// Ba et al., 2016: (x - mean) / sqrt(variance + epsilon) over the last `axes` axes, times scale,
// plus offset. Scale and offset have the shape of these axes, or are undefined. ShapeError,
// ValueError for a negative epsilon.
Tensor layer_norm(const Tensor& x, const Tensor& scale, const Tensor& offset, int axes = 1,
                  double epsilon = 1e-5);
Tensor layer_norm_composed(const Tensor& x, const Tensor& scale, const Tensor& offset, int axes = 1,
                           double epsilon = 1e-5);

// Zhang and Sennrich, 2019: x / sqrt(mean of x^2 + epsilon) over the last `axes` axes, times scale.
Tensor rms_norm(const Tensor& x, const Tensor& scale, int axes = 1, double epsilon = 1e-6);
Tensor rms_norm_composed(const Tensor& x, const Tensor& scale, int axes = 1, double epsilon = 1e-6);

struct BatchNormResult {
  Tensor output;
  Tensor mean, variance;  // of the batch, (channels,), without gradients; divided by the count
};

// Ioffe and Szegedy, 2015: each channel (the last axis) minus its mean over all other axes, by its
// deviation, times scale, plus offset, each (channels,) or undefined.
BatchNormResult batch_norm(const Tensor& x, const Tensor& scale, const Tensor& offset,
                           double epsilon = 1e-3);
BatchNormResult batch_norm_composed(const Tensor& x, const Tensor& scale, const Tensor& offset,
                                    double epsilon = 1e-3);

// Wu and He, 2018: as layer normalisation, of each sample (the first axis) over `groups` of
// neighbouring channels (the last axis) and all positions between; scale and offset are (channels,)
// or undefined. ShapeError also where the groups do not divide the channels.
Tensor group_norm(const Tensor& x, std::int64_t groups, const Tensor& scale, const Tensor& offset,
                  double epsilon = 1e-5);
Tensor group_norm_composed(const Tensor& x, std::int64_t groups, const Tensor& scale,
                           const Tensor& offset, double epsilon = 1e-5);

}  // namespace carousel
