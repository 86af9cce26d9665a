// Losses of probabilities.
#include <limits>
#include <span>
#include <vector>

#include <carousel/autograd/ops.h>
#include <carousel/nn/losses/rules.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

namespace carousel::nn::detail {
namespace {

constexpr std::int64_t kIgnoreNothing = std::numeric_limits<std::int64_t>::min();

Tensor mean_of(const char* op, const Tensor& values, int axis) {
  return values.rank() < 2 ? values : mean(values, normalize_axis(axis, values.shape(), op));
}

Tensor probabilities(const Tensor& p) { return clip(p, kLossEpsilon, 1 - kLossEpsilon); }

void check_classes(const char* op, const Tensor& prediction, int axis) {
  if (prediction.rank() > 0 && prediction.dim(normalize_axis(axis, prediction.shape(), op)) > 1)
    return;
  throw ShapeError(op, fmt::format("needs one output a class, got prediction {}: give the last "
                                   "layer as many units as there are classes, or use "
                                   "binary_crossentropy for two",
                                   to_string(prediction.shape())));
}

Tensor binary_targets(const char* op, const Tensor& p, const Tensor& t, double smoothing) {
  check_unit_targets(op, t);
  const Tensor y = fit_target(op, p, t);
  return smoothing == 0 ? y : y * (1 - smoothing) + 0.5 * smoothing;
}

Tensor binary_values(const Tensor& p, const Tensor& y, bool from_logits, Reduction reduction) {
  return from_logits ? binary_cross_entropy_with_logits(p, y, reduction)
                     : binary_cross_entropy(p, y, reduction, kLossEpsilon);
}

Tensor class_targets(const char* op, const Tensor& p, const Tensor& t, const LossArguments& a) {
  check_classes(op, p, a.axis);
  if (t.rank() + 1 == p.rank() || (t.rank() == p.rank() && t.dim(-1) == 1))
    throw ShapeError(op, fmt::format("prediction {} and target {} differ in shape; integer labels "
                                     "want sparse_categorical_crossentropy",
                                     to_string(p.shape()), to_string(t.shape())));
  const Tensor y = fit_target(op, p, t);
  if (a.label_smoothing == 0) return y;
  const auto classes = static_cast<double>(p.dim(a.axis));
  return y * (1 - a.label_smoothing) + a.label_smoothing / classes;
}

Tensor labels_of(const char* op, const Tensor& p, const Tensor& t) {
  check_classes(op, p, -1);
  const Tensor labels = fit_labels(p, t);
  bool fits = labels.rank() + 1 == p.rank();
  for (int i = 0; fits && i < labels.rank(); ++i) fits = labels.dim(i) == p.dim(i);
  if (!fits)
    throw ShapeError(op, fmt::format("prediction {} and labels {} do not fit: labels have the "
                                     "prediction's shape without the last axis; one-hot targets "
                                     "want categorical_crossentropy",
                                     to_string(p.shape()), to_string(t.shape())));
  return labels;
}

// The classes' axis goes to the end.
Tensor with_last(const Tensor& p, int axis) {
  const int at = normalize_axis(axis, p.shape(), "sparse_categorical_crossentropy");
  if (at + 1 == p.rank()) return p;
  std::vector<int> order;
  for (int i = 0; i < p.rank(); ++i)
    if (i != at) order.push_back(i);
  order.push_back(at);
  return p.permute(std::span<const int>(order));
}

// Of probabilities: the logarithms of the cut ones are logits.
Tensor sparse_values(const Tensor& p, const Tensor& t, bool from_logits, Reduction reduction,
                     std::int64_t ignore) {
  const Tensor labels = labels_of("sparse_categorical_crossentropy", p, t);
  return cross_entropy(from_logits ? p : log(probabilities(p)), labels, reduction, ignore);
}

}  // namespace

Tensor binary(const Value& p, const Tensor& t, const LossArguments& a) {
  const Tensor y = binary_targets("binary_crossentropy", p, t, a.label_smoothing);
  return mean_of("binary_crossentropy", binary_values(p, y, a.from_logits, Reduction::none),
                 a.axis);
}

Tensor mean_binary(const Tensor& p, const Tensor& t, bool from_logits) {
  return binary_values(p, binary_targets("binary_crossentropy", p, t, 0), from_logits,
                       Reduction::mean);
}

Tensor binary_focal(const Value& p, const Tensor& t, const LossArguments& a) {
  const Tensor y = binary_targets("binary_focal_crossentropy", p, t, a.label_smoothing);
  const Tensor probability = a.from_logits ? sigmoid(p) : Tensor(p);
  const Tensor wrong = 1 - (y * probability + (1 - y) * (1 - probability));
  Tensor values = pow(wrong, a.gamma) * binary_values(p, y, a.from_logits, Reduction::none);
  if (a.flag) values = values * (y * a.alpha + (1 - y) * (1 - a.alpha));
  return mean_of("binary_focal_crossentropy", values, a.axis);
}

Tensor categorical(const Value& p, const Tensor& t, const LossArguments& a) {
  const Tensor y = class_targets("categorical_crossentropy", p, t, a);
  if (a.from_logits) return -sum(y * log_softmax(p, a.axis), a.axis);
  return -sum(y * log(probabilities(p / sum(p, a.axis, true))), a.axis);
}

Tensor categorical_focal(const Value& p, const Tensor& t, const LossArguments& a) {
  const Tensor y = class_targets("categorical_focal_crossentropy", p, t, a);
  const Tensor shares = a.from_logits ? softmax(p, a.axis) : Tensor(p / sum(p, a.axis, true));
  const Tensor probability = probabilities(shares);
  const Tensor weight = pow(1 - probability, a.gamma) * a.alpha;
  return -sum(weight * y * log(probability), a.axis);
}

Tensor categorical_generalized(const Value& p, const Tensor& t, const LossArguments& a) {
  const Tensor labels = labels_of("categorical_generalized_cross_entropy", p, t);
  const Tensor of_label = sum(p * one_hot(labels, p.dim(-1), p.dtype()), -1);
  return (1 - pow(of_label, a.alpha)) / a.alpha;
}

Tensor sparse(const Value& given, const Tensor& t, const LossArguments& a) {
  const Tensor p = with_last(given, a.axis);
  return sparse_values(p, t, a.from_logits, Reduction::none,
                       a.ignore_class.value_or(kIgnoreNothing));
}

Tensor mean_sparse(const Tensor& p, const Tensor& t, bool from_logits) {
  return sparse_values(p, t, from_logits, Reduction::mean, kIgnoreNothing);
}

Tensor kl_divergence(const Value& p, const Tensor& t, const LossArguments&) {
  const Tensor y = clip(fit_target("kl_divergence", p, t), kLossEpsilon, 1);
  return sum(y * log(y / clip(p, kLossEpsilon, 1)), -1);
}

}  // namespace carousel::nn::detail
