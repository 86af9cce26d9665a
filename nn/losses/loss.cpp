#include <carousel/nn/losses/loss.h>

#include <algorithm>

#include <carousel/autograd/ops.h>
#include <carousel/nn/losses/rules.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

namespace carousel::nn {
namespace {

using Kind = Loss::Kind;

struct Entry {
  Kind kind;
  const char* name;
  const char* alias;
  const char* type;
  detail::LossRule rule;
};
constexpr Entry kLosses[] = {
    {Kind::mse, "mean_squared_error", "mse", "MeanSquaredError", detail::squared},
    {Kind::mae, "mean_absolute_error", "mae", "MeanAbsoluteError", detail::absolute},
    {Kind::mape, "mean_absolute_percentage_error", "mape", "MeanAbsolutePercentageError",
     detail::absolute_percentage},
    {Kind::msle, "mean_squared_logarithmic_error", "msle", "MeanSquaredLogarithmicError",
     detail::squared_logarithmic},
    {Kind::huber, "huber", "huber_loss", "Huber", detail::huber},
    {Kind::log_cosh, "log_cosh", "logcosh", "LogCosh", detail::log_cosh},
    {Kind::cosine_similarity, "cosine_similarity", "cosine_similarity", "CosineSimilarity",
     detail::cosine_similarity},
    {Kind::poisson, "poisson", "poisson", "Poisson", detail::poisson},
    {Kind::kl_divergence, "kl_divergence", "kld", "KLDivergence", detail::kl_divergence},
    {Kind::hinge, "hinge", "hinge", "Hinge", detail::hinge},
    {Kind::squared_hinge, "squared_hinge", "squared_hinge", "SquaredHinge", detail::squared_hinge},
    {Kind::categorical_hinge, "categorical_hinge", "categorical_hinge", "CategoricalHinge",
     detail::categorical_hinge},
    {Kind::binary, "binary_crossentropy", "bce", "BinaryCrossentropy", detail::binary},
    {Kind::binary_focal, "binary_focal_crossentropy", "binary_focal_crossentropy",
     "BinaryFocalCrossentropy", detail::binary_focal},
    {Kind::categorical, "categorical_crossentropy", "categorical_crossentropy",
     "CategoricalCrossentropy", detail::categorical},
    {Kind::categorical_focal, "categorical_focal_crossentropy", "categorical_focal_crossentropy",
     "CategoricalFocalCrossentropy", detail::categorical_focal},
    {Kind::categorical_generalized, "categorical_generalized_cross_entropy",
     "categorical_generalized_cross_entropy", "CategoricalGeneralizedCrossEntropy",
     detail::categorical_generalized},
    {Kind::sparse, "sparse_categorical_crossentropy", "sparse_categorical_crossentropy",
     "SparseCategoricalCrossentropy", detail::sparse},
    {Kind::dice, "dice", "dice", "Dice", detail::dice},
    {Kind::tversky, "tversky", "tversky", "Tversky", detail::tversky},
    {Kind::circle, "circle", "circle", "Circle", detail::circle},
    {Kind::ctc, "ctc", "ctc_loss", "CTC", detail::ctc},
    {Kind::crossentropy, "crossentropy", "ce", "Crossentropy", nullptr},
};

// Keras takes "MSE" for "mse".
bool is_upper_case_of(std::string_view name, std::string_view lower) {
  return std::equal(name.begin(), name.end(), lower.begin(), lower.end(), [](char a, char b) {
    return a == (b >= 'a' && b <= 'z' ? static_cast<char>(b - 'a' + 'A') : b);
  });
}

const Entry* find(Kind kind) {
  for (const Entry& each : kLosses)
    if (each.kind == kind) return &each;
  return nullptr;
}

Kind kind_by_name(std::string_view name) {
  std::string known;
  for (const Entry& each : kLosses) {
    if (name == each.name || name == each.alias || name == each.type ||
        is_upper_case_of(name, each.alias))
      return each.kind;
    known += std::string(known.empty() ? "" : ", ") + each.name;
  }
  throw ValueError("compile", fmt::format("no loss is called \"{}\"; there are {}", name, known));
}

Tensor quotient(const Tensor& total, const Tensor& count) {
  return total / where(equal(count, 0), 1, count);
}

// A mean over nothing is 0, as in Keras.
Tensor reduce(const Tensor& values, const Tensor& sample_weight, const Tensor& mask,
              LossReduction reduction) {
  Tensor weighted = values, by;
  if (sample_weight.defined()) by = detail::fit_weights("sample_weight", values, sample_weight);
  if (mask.defined()) by = by.defined() ? by * mask : mask;
  if (by.defined()) weighted = values * by;
  switch (reduction) {
    case LossReduction::none:
      return weighted;
    case LossReduction::sum:
      return sum(weighted);
    case LossReduction::mean_with_sample_weight:
      // As given: Keras counts a sample's weight once, whatever its positions.
      if (sample_weight.defined() && !mask.defined())
        return quotient(sum(weighted), sum(sample_weight.to(values.dtype())));
      return by.defined() ? quotient(sum(weighted), sum(by)) : mean(values);
    default:
      return mask.defined() ? quotient(sum(weighted), sum(mask)) : mean(weighted);
  }
}

}  // namespace

LossReduction loss_reduction(std::string_view name) {
  if (name == "sum_over_batch_size") return LossReduction::sum_over_batch_size;
  if (name == "mean") return LossReduction::mean;
  if (name == "sum") return LossReduction::sum;
  if (name == "mean_with_sample_weight") return LossReduction::mean_with_sample_weight;
  if (name == "none") return LossReduction::none;
  throw ValueError("loss", fmt::format("reduction '{}' is none of sum_over_batch_size, sum, mean, "
                                       "mean_with_sample_weight, none",
                                       name));
}

Loss::Loss(std::string_view name) : Loss(kind_by_name(name)) {}

Loss::Loss(std::string name, Function function) : kind_(Kind::custom) {
  if (!function) throw ValueError("compile", fmt::format("the loss \"{}\" has no function", name));
  custom_ = std::make_shared<const Custom>(Custom{std::move(name), std::move(function)});
}

Loss::Loss(Kind kind, const LossArguments& arguments, std::string name) : Loss(kind, arguments) {
  if (!name.empty()) custom_ = std::make_shared<const Custom>(Custom{std::move(name), {}});
}

std::string Loss::name() const {
  if (custom_) return custom_->name;
  const Entry* entry = find(kind_);
  return entry ? entry->name : "none";
}

Loss Loss::chosen(const Tensor& prediction, const Tensor& target) const {
  if (kind_ != Kind::crossentropy) return *this;
  if (prediction.rank() == 0 || prediction.dim(-1) == 1) return {Kind::binary, arguments_};
  const bool labels = target.rank() < prediction.rank() || target.dim(-1) == 1;
  return {labels ? Kind::sparse : Kind::categorical, arguments_};
}

Tensor Loss::mean_of_all(const Tensor& prediction, const Tensor& target) const {
  const LossArguments& a = arguments_;
  switch (kind_) {
    case Kind::mse:
      return carousel::mse(prediction,
                           detail::fit_target("mean_squared_error", prediction, target));
    case Kind::mae:
      return carousel::mae(prediction,
                           detail::fit_target("mean_absolute_error", prediction, target));
    case Kind::huber:
      return carousel::huber(prediction, detail::fit_target("huber", prediction, target), a.alpha);
    case Kind::binary:
      if (a.label_smoothing != 0 || a.axis != -1) return {};
      return detail::mean_binary(prediction, target, a.from_logits);
    case Kind::sparse:
      if (a.ignore_class || a.axis != -1) return {};
      return detail::mean_sparse(prediction, target, a.from_logits);
    default:
      return {};
  }
}

Tensor Loss::per_position(const Value& prediction, const Tensor& target) const {
  if (kind_ == Kind::none) throw ValueError("loss", "no loss was given");
  if (kind_ == Kind::custom) return custom_->function(prediction, target);
  if (kind_ == Kind::crossentropy)
    return chosen(prediction, target).per_position(prediction, target);
  return find(kind_)->rule(prediction, target, arguments_);
}

Tensor Loss::mask_of(const Value& prediction, const Tensor& target, const Tensor& values) const {
  Tensor mask;
  // CTC takes it as the inputs' lengths.
  if (prediction.mask.defined() && kind_ != Kind::ctc)
    mask = detail::fit_mask(values, prediction.mask);
  Tensor own;
  if (kind_ == Kind::sparse && arguments_.ignore_class)
    own = not_equal(detail::fit_labels(prediction, target).to(i64), *arguments_.ignore_class);
  if (kind_ == Kind::circle) own = greater(values, 0);
  if (!own.defined()) return mask;
  own = own.to(values.dtype());
  return mask.defined() ? mask * own : own;
}

Tensor Loss::operator()(const Value& prediction, const Tensor& target,
                        const Tensor& sample_weight) const {
  if (kind_ == Kind::crossentropy)
    return chosen(prediction, target)(prediction, target, sample_weight);
  const LossReduction reduction = arguments_.reduction;
  const bool averaged = reduction != LossReduction::sum && reduction != LossReduction::none;
  if (averaged && !prediction.mask.defined() && !sample_weight.defined())
    if (Tensor loss = mean_of_all(prediction, target); loss.defined()) return loss;
  const Tensor values = per_position(prediction, target);
  return reduce(values, sample_weight, mask_of(prediction, target, values), reduction);
}

}  // namespace carousel::nn
