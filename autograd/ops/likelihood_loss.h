// Negative log-likelihoods, with PyTorch's names, formulas and defaults.
#pragma once

#include <carousel/autograd/ops/loss.h>

namespace carousel {

// Log probabilities (..., classes), integer labels (...): minus the one at the label; rows labelled
// `ignore` count nothing. IndexError for a label outside [0, classes).
Tensor nll(const Tensor& log_probabilities, const Tensor& labels,
           Reduction reduction = Reduction::mean, std::int64_t ignore = -100);
// cross_entropy with a weight for each class, and labels smoothed towards 1 / classes. The mean is
// divided by the weights of the labels that count.
struct CrossEntropyOptions {
  Tensor weight = {};  // (classes,)
  std::int64_t ignore = -100;
  double label_smoothing = 0;  // in [0, 1]
};
Tensor cross_entropy(const Tensor& logits, const Tensor& labels, const CrossEntropyOptions& options,
                     Reduction reduction = Reduction::mean);
// binary_cross_entropy_with_logits times `weight`, the part of targets of 1 times `pos_weight`;
// both broadcast to the logits.
struct BinaryCrossEntropyOptions {
  Tensor weight = {};
  Tensor pos_weight = {};
};
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        const BinaryCrossEntropyOptions& options,
                                        Reduction reduction = Reduction::mean);
// Of counts: exp(x) - t x, or x - t log(x + epsilon) where the prediction is no logarithm. full
// adds Stirling's approximation of log t! for t > 1.
struct PoissonNLLOptions {
  bool log_input = true;
  bool full = false;
  double epsilon = 1e-8;
};
Tensor poisson_nll(const Tensor& prediction, const Tensor& target,
                   const PoissonNLLOptions& options = {}, Reduction reduction = Reduction::mean);
// 0.5 (log v + (x - t)^2 / v), v = max(variance, epsilon), of one shape; full adds 0.5 log 2 pi.
struct GaussianNLLOptions {
  bool full = false;
  double epsilon = 1e-6;
};
Tensor gaussian_nll(const Tensor& prediction, const Tensor& target, const Tensor& variance,
                    const GaussianNLLOptions& options = {}, Reduction reduction = Reduction::mean);
// Log probabilities and a target distribution: t (log t - x), 0 where t is 0.
Tensor kl_div(const Tensor& log_probabilities, const Tensor& target,
              Reduction reduction = Reduction::mean);

}  // namespace carousel
