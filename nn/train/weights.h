// The weights of rows in training; for the library's own use.
#pragma once

#include <carousel/nn/data/dataset.h>
#include <carousel/nn/train/train.h>

namespace carousel::nn::detail {

// options.sample_weight, or a weight for each row by its class: (rows,), f32. Undefined where
// neither is given. ValueError: both are, several outputs, a negative weight. ShapeError: targets
// of more than two axes beside class_weight.
Tensor fit_weight(const data::Dataset& rows, const FitOptions& options);

}  // namespace carousel::nn::detail
