#include <carousel/autograd/ops/likelihood_loss.h>

#include <cmath>
#include <numbers>
#include <string>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/loss_checks.h>
#include <carousel/tensor/error.h>

namespace carousel {

using detail::check_pair;
using detail::reduced;

Tensor nll(const Tensor& log_probabilities, const Tensor& labels, Reduction reduction,
           std::int64_t ignore) {
  detail::check_labels("nll", log_probabilities, labels);
  const Tensor counts = not_equal(labels.to(i64), ignore);
  const Tensor at = where(counts, labels.to(i64), 0);
  if (at.numel() > 0 && at.device().kind == DeviceKind::cpu && min(at).item() < 0)
    throw IndexError("nll", "label " + std::to_string(static_cast<std::int64_t>(min(at).item())) +
                                " is out of range for " +
                                std::to_string(log_probabilities.dim(-1)) + " classes");
  const Tensor of_label = gather(log_probabilities, -1, at.unsqueeze(-1)).squeeze(-1);
  const Tensor loss = -where(counts, of_label, 0);
  if (reduction != Reduction::mean) return reduced(loss, reduction);
  return sum(loss) / sum(counts).to(loss.dtype());
}

Tensor cross_entropy(const Tensor& logits, const Tensor& labels, const CrossEntropyOptions& options,
                     Reduction reduction) {
  const double smoothing = options.label_smoothing;
  if (!(smoothing >= 0 && smoothing <= 1))
    throw ValueError("cross_entropy",
                     "label_smoothing must be in [0, 1], got " + std::to_string(smoothing));
  detail::check_labels("cross_entropy", logits, labels);
  const Tensor each = cross_entropy(logits, labels, Reduction::none, options.ignore);
  const std::int64_t classes = logits.dim(-1);
  const Tensor weight = options.weight.defined()
                            ? options.weight
                            : ones({classes}, {.dtype = logits.dtype(), .device = logits.device()});
  const Tensor counts = not_equal(labels.to(i64), options.ignore);
  const Tensor of_label = where(counts, take(weight, where(counts, labels.to(i64), 0), 0), 0);
  Tensor loss = each * of_label * (1 - smoothing);
  if (smoothing > 0) {
    const Tensor spread = -sum(log_softmax(logits, -1) * weight, -1);
    loss = loss + where(counts, spread, 0) * (smoothing / static_cast<double>(classes));
  }
  return reduction == Reduction::mean ? sum(loss) / sum(of_label) : reduced(loss, reduction);
}

Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        const BinaryCrossEntropyOptions& options,
                                        Reduction reduction) {
  check_pair("binary_cross_entropy_with_logits", logits, target);
  Tensor positive = target;
  if (options.pos_weight.defined()) positive = target * options.pos_weight;
  // -t log sigmoid(x) = t softplus(-x), -(1 - t) log(1 - sigmoid(x)) = (1 - t) softplus(x)
  Tensor loss = positive * softplus(-logits) + (1 - target) * softplus(logits);
  if (options.weight.defined()) loss = loss * options.weight;
  return reduced(loss, reduction);
}

Tensor poisson_nll(const Tensor& prediction, const Tensor& target, const PoissonNLLOptions& options,
                   Reduction reduction) {
  check_pair("poisson_nll", prediction, target);
  Tensor loss = options.log_input ? exp(prediction) - target * prediction
                                  : prediction - target * log(prediction + options.epsilon);
  if (options.full) {
    const Tensor counted = greater(target, 1), safe = where(counted, target, 1);
    const Tensor stirling = safe * log(safe) - safe + 0.5 * log(safe * (2 * std::numbers::pi));
    loss = loss + where(counted, stirling, 0);
  }
  return reduced(loss, reduction);
}

Tensor gaussian_nll(const Tensor& prediction, const Tensor& target, const Tensor& variance,
                    const GaussianNLLOptions& options, Reduction reduction) {
  check_pair("gaussian_nll", prediction, target);
  check_pair("gaussian_nll", prediction, variance);
  if (!(options.epsilon > 0))
    throw ValueError("gaussian_nll",
                     "epsilon must be positive, got " + std::to_string(options.epsilon));
  const Tensor spread = maximum(variance, options.epsilon);
  const double constant = options.full ? 0.5 * std::log(2 * std::numbers::pi) : 0;
  return reduced((log(spread) + square(prediction - target) / spread) * 0.5 + constant, reduction);
}

Tensor kl_div(const Tensor& log_probabilities, const Tensor& target, Reduction reduction) {
  check_pair("kl_div", log_probabilities, target);
  const Tensor present = not_equal(target, 0);
  const Tensor safe = where(present, target, 1);
  return reduced(where(present, target * (log(safe) - log_probabilities), 0), reduction);
}

}  // namespace carousel
