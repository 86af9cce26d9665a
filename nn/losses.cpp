// The losses' constructors: arguments and their domains.
#include <carousel/nn/losses.h>

#include <carousel/nn/check.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

namespace carousel::nn {
namespace {

using Kind = Loss::Kind;

void check(bool fits, const char* loss, const char* name, const char* domain, double value) {
  if (!fits) throw ValueError(loss, fmt::format("{} {}, got {}", name, domain, value));
  detail::check_finite(loss, name, value);
}

void check_smoothing(const char* loss, double value) {
  check(value >= 0 && value <= 1, loss, "label_smoothing", "must be in [0, 1]", value);
}

LossArguments plain(const LossOptions& options) {
  return {.reduction = loss_reduction(options.reduction)};
}

LossArguments crossentropy(const char* loss, const CrossentropyOptions& o) {
  check_smoothing(loss, o.label_smoothing);
  return {.from_logits = o.from_logits,
          .label_smoothing = o.label_smoothing,
          .axis = o.axis,
          .reduction = loss_reduction(o.reduction)};
}

LossArguments huber_arguments(const HuberOptions& o) {
  check(o.delta > 0, "Huber", "delta", "must be positive", o.delta);
  return {.alpha = o.delta, .reduction = loss_reduction(o.reduction)};
}

LossArguments focal(const char* loss, double alpha, double gamma, double smoothing) {
  check(alpha >= 0 && alpha <= 1, loss, "alpha", "must be in [0, 1]", alpha);
  check(gamma >= 0, loss, "gamma", "must not be negative", gamma);
  check_smoothing(loss, smoothing);
  return {.label_smoothing = smoothing, .alpha = alpha, .gamma = gamma};
}

LossArguments binary_focal(const BinaryFocalCrossentropyOptions& o) {
  LossArguments a = focal("BinaryFocalCrossentropy", o.alpha, o.gamma, o.label_smoothing);
  a.from_logits = o.from_logits, a.flag = o.apply_class_balancing, a.axis = o.axis;
  a.reduction = loss_reduction(o.reduction);
  return a;
}

LossArguments categorical_focal(const CategoricalFocalCrossentropyOptions& o) {
  LossArguments a = focal("CategoricalFocalCrossentropy", o.alpha, o.gamma, o.label_smoothing);
  a.from_logits = o.from_logits, a.axis = o.axis;
  a.reduction = loss_reduction(o.reduction);
  return a;
}

LossArguments generalized(const CategoricalGeneralizedCrossEntropyOptions& o) {
  check(o.q > 0 && o.q < 1, "CategoricalGeneralizedCrossEntropy", "q", "must be in (0, 1)", o.q);
  return {.alpha = o.q, .reduction = loss_reduction(o.reduction)};
}

LossArguments tversky_arguments(const TverskyOptions& o) {
  check(o.alpha >= 0, "Tversky", "alpha", "must not be negative", o.alpha);
  check(o.beta >= 0, "Tversky", "beta", "must not be negative", o.beta);
  return {
      .alpha = o.alpha, .beta = o.beta, .axes = o.axis, .reduction = loss_reduction(o.reduction)};
}

LossArguments circle_arguments(const CircleOptions& o) {
  check(o.gamma > 0, "Circle", "gamma", "must be positive", o.gamma);
  check(o.margin >= 0 && o.margin <= 1, "Circle", "margin", "must be in [0, 1]", o.margin);
  return {.flag = o.remove_diagonal,
          .alpha = o.margin,
          .gamma = o.gamma,
          .reduction = loss_reduction(o.reduction)};
}

}  // namespace

MeanSquaredError::MeanSquaredError(const LossOptions& o) : Loss(Kind::mse, plain(o), o.name) {}
MeanAbsoluteError::MeanAbsoluteError(const LossOptions& o) : Loss(Kind::mae, plain(o), o.name) {}
MeanAbsolutePercentageError::MeanAbsolutePercentageError(const LossOptions& o)
    : Loss(Kind::mape, plain(o), o.name) {}
MeanSquaredLogarithmicError::MeanSquaredLogarithmicError(const LossOptions& o)
    : Loss(Kind::msle, plain(o), o.name) {}
Huber::Huber(const HuberOptions& o) : Loss(Kind::huber, huber_arguments(o), o.name) {}
LogCosh::LogCosh(const LossOptions& o) : Loss(Kind::log_cosh, plain(o), o.name) {}
Poisson::Poisson(const LossOptions& o) : Loss(Kind::poisson, plain(o), o.name) {}
CosineSimilarity::CosineSimilarity(const CosineSimilarityOptions& o)
    : Loss(Kind::cosine_similarity, {.axis = o.axis, .reduction = loss_reduction(o.reduction)},
           o.name) {}
KLDivergence::KLDivergence(const LossOptions& o) : Loss(Kind::kl_divergence, plain(o), o.name) {}
Hinge::Hinge(const LossOptions& o) : Loss(Kind::hinge, plain(o), o.name) {}
SquaredHinge::SquaredHinge(const LossOptions& o) : Loss(Kind::squared_hinge, plain(o), o.name) {}
CategoricalHinge::CategoricalHinge(const LossOptions& o)
    : Loss(Kind::categorical_hinge, plain(o), o.name) {}
BinaryCrossentropy::BinaryCrossentropy(const CrossentropyOptions& o)
    : Loss(Kind::binary, crossentropy("BinaryCrossentropy", o), o.name) {}
BinaryFocalCrossentropy::BinaryFocalCrossentropy(const BinaryFocalCrossentropyOptions& o)
    : Loss(Kind::binary_focal, binary_focal(o), o.name) {}
CategoricalCrossentropy::CategoricalCrossentropy(const CrossentropyOptions& o)
    : Loss(Kind::categorical, crossentropy("CategoricalCrossentropy", o), o.name) {}
CategoricalFocalCrossentropy::CategoricalFocalCrossentropy(
    const CategoricalFocalCrossentropyOptions& o)
    : Loss(Kind::categorical_focal, categorical_focal(o), o.name) {}
CategoricalGeneralizedCrossEntropy::CategoricalGeneralizedCrossEntropy(
    const CategoricalGeneralizedCrossEntropyOptions& o)
    : Loss(Kind::categorical_generalized, generalized(o), o.name) {}
SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(const SparseCrossentropyOptions& o)
    : Loss(Kind::sparse,
           {.from_logits = o.from_logits,
            .axis = o.axis,
            .ignore_class = o.ignore_class,
            .reduction = loss_reduction(o.reduction)},
           o.name) {}
Dice::Dice(const DiceOptions& o)
    : Loss(Kind::dice, {.axes = o.axis, .reduction = loss_reduction(o.reduction)}, o.name) {}
Tversky::Tversky(const TverskyOptions& o) : Loss(Kind::tversky, tversky_arguments(o), o.name) {}
CTC::CTC(const LossOptions& o) : Loss(Kind::ctc, plain(o), o.name) {}
Circle::Circle(const CircleOptions& o) : Loss(Kind::circle, circle_arguments(o), o.name) {}

}  // namespace carousel::nn
