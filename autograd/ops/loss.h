// Losses as operations.
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel {

enum class Reduction { mean, sum, none };

// Of (prediction - target), element by element, then reduced.
Tensor mse(const Tensor& prediction, const Tensor& target, Reduction reduction = Reduction::mean);
Tensor mae(const Tensor& prediction, const Tensor& target, Reduction reduction = Reduction::mean);
// Quadratic within delta, linear outside.
Tensor huber(const Tensor& prediction, const Tensor& target, double delta = 1.0,
             Reduction reduction = Reduction::mean);
// logits (..., classes), integer labels (...): -log softmax at the label; rows labelled `ignore`
// count nothing. IndexError for a label outside [0, classes).
Tensor cross_entropy(const Tensor& logits, const Tensor& labels,
                     Reduction reduction = Reduction::mean, std::int64_t ignore = -1);
// Target probabilities, of the prediction's shape: -t log p - (1 - t) log(1 - p), p clipped to
// [epsilon, 1 - epsilon].
Tensor binary_cross_entropy(const Tensor& probability, const Tensor& target,
                            Reduction reduction = Reduction::mean, double epsilon = 1e-7);
// The same of sigmoid(logits), stable: max(x, 0) - x t + log(1 + exp(-|x|)).
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        Reduction reduction = Reduction::mean);

}  // namespace carousel
