// Metrics by name.
#include <carousel/autograd/ops.h>
#include <carousel/nn/losses/rules.h>
#include <carousel/nn/metrics/rules.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

namespace carousel::nn {
namespace {

// Of regression, say: then accuracy means nothing.
void check_classes(const Tensor& target) {
  if (!is_floating(target.dtype()) || target.device().kind != DeviceKind::cpu) return;
  const Tensor off = abs(target - round(target));
  if (target.numel() == 0 || !(max(off).item() > 0)) return;
  const double wrong = take(target, argmax(off).reshape({1})).item();
  throw ValueError("accuracy", fmt::format("targets must be class numbers, or 0 and 1, got {}: for "
                                           "regression watch mae or rmse",
                                           wrong));
}

Tensor any_accuracy(const Tensor& prediction, const Tensor& target) {
  check_classes(target);
  const bool one_column = prediction.rank() == 0 || prediction.dim(-1) == 1;
  if (one_column) {
    detail::check_unit_targets("accuracy", target);
    return binary_accuracy(prediction, target);
  }
  const bool labels = target.rank() < prediction.rank() || target.dim(-1) == 1;
  return labels ? sparse_categorical_accuracy(prediction, target)
                : categorical_accuracy(prediction, target);
}

struct Named {
  const char* name;
  const char* type;
  Metric (*make)();
};
template <class M>
Metric made() {
  return M{};
}
constexpr Named kNames[] = {
    {"exact_accuracy", "exact_accuracy", made<Accuracy>},
    {"binary_accuracy", "BinaryAccuracy", made<BinaryAccuracy>},
    {"categorical_accuracy", "CategoricalAccuracy", made<CategoricalAccuracy>},
    {"sparse_categorical_accuracy", "SparseCategoricalAccuracy", made<SparseCategoricalAccuracy>},
    {"top_k_categorical_accuracy", "TopKCategoricalAccuracy", made<TopKCategoricalAccuracy>},
    {"sparse_top_k_categorical_accuracy", "SparseTopKCategoricalAccuracy",
     made<SparseTopKCategoricalAccuracy>},
    {"rmse", "RMSE", made<RootMeanSquaredError>},
    {"root_mean_squared_error", "RootMeanSquaredError", made<RootMeanSquaredError>},
    {"log_cosh_error", "LogCoshError", made<LogCoshError>},
    {"pearson_correlation", "PearsonCorrelation", made<PearsonCorrelation>},
    {"concordance_correlation", "ConcordanceCorrelation", made<ConcordanceCorrelation>},
    {"mean", "Mean", made<Mean>},
    {"sum", "Sum", made<Sum>},
    {"auc", "AUC", made<AUC>},
    {"precision", "Precision", made<Precision>},
    {"recall", "Recall", made<Recall>},
    {"true_positives", "TruePositives", made<TruePositives>},
    {"true_negatives", "TrueNegatives", made<TrueNegatives>},
    {"false_positives", "FalsePositives", made<FalsePositives>},
    {"false_negatives", "FalseNegatives", made<FalseNegatives>},
    {"f1_score", "F1Score", made<F1Score>},
    {"fbeta_score", "FBetaScore", made<FBetaScore>},
    {"f_beta_score", "FBetaScore", made<FBetaScore>},  // Keras looks for this one
    {"binary_io_u", "BinaryIoU", made<BinaryIoU>},     // as Keras writes it
    {"binary_iou", "BinaryIoU", made<BinaryIoU>},
    {"r2_score", "R2Score", made<R2Score>},
};
// Those that have no default for an argument, as Keras writes them.
constexpr std::pair<const char*, const char*> kNeedArguments[] = {
    {"io_u", "IoU"},
    {"mean_io_u", "MeanIoU"},
    {"one_hot_io_u", "OneHotIoU"},
    {"one_hot_mean_io_u", "OneHotMeanIoU"},
    {"precision_at_recall", "PrecisionAtRecall"},
    {"recall_at_precision", "RecallAtPrecision"},
    {"sensitivity_at_specificity", "SensitivityAtSpecificity"},
    {"specificity_at_sensitivity", "SpecificityAtSensitivity"},
};

bool names_a_loss(std::string_view name) {
  try {
    return Loss(name).defined();
  } catch (const ValueError&) {
    return false;
  }
}

bool is_accuracy(std::string_view name) {
  std::string lower;
  for (const char c : name) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower == "accuracy" || lower == "acc";
}

std::shared_ptr<const MetricRule> rule_by_name(std::string_view name) {
  if (is_accuracy(name)) return detail::mean_rule(any_accuracy);
  std::string known = "accuracy";
  for (const Named& each : kNames) {
    if (name == each.name || name == each.type) return each.make().shared_rule();
    known += fmt::format(", {}", each.name);
  }
  if (names_a_loss(name)) return Metric(Loss(name)).shared_rule();
  for (const auto& [snake, type] : kNeedArguments)
    if (name == snake || name == type)
      throw ValueError("compile",
                       fmt::format("\"{}\" needs arguments: nn::{}{{{{...}}}}", name, type));
  throw ValueError("compile", fmt::format("no metric is called \"{}\"; there are {} and the losses",
                                          name, known));
}

}  // namespace

Metric::Metric(std::string_view name) : name_(name), rule_(rule_by_name(name)) {}
Metric::Metric(std::string name, Function function) : name_(std::move(name)) {
  if (!function)
    throw ValueError("compile", fmt::format("the metric \"{}\" has no function", name_));
  rule_ = detail::mean_rule(std::move(function));
}

}  // namespace carousel::nn
