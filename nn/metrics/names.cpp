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

// Keras' class of that name: equal answers.
Tensor exact_accuracy(const Tensor& prediction, const Tensor& target) {
  if (!(prediction.shape() == target.shape()))
    throw ShapeError("Accuracy",
                     fmt::format("prediction {} and target {} differ in shape",
                                 to_string(prediction.shape()), to_string(target.shape())));
  const DType dtype = is_floating(prediction.dtype()) ? prediction.dtype() : f64;
  return equal(prediction.to(dtype), target.to(dtype)).to(dtype);
}

Tensor cosine(const Tensor& prediction, const Tensor& target) {
  return -cosine_similarity.per_position(prediction, target);
}

// Of each row.
Tensor pearson(const Tensor& prediction, const Tensor& target) {
  const Tensor y = detail::fit_target("pearson_correlation", prediction, target);
  const auto normed = [](const Tensor& x) {
    const Tensor centred = x - mean(x, -1, true);
    return centred / std(centred, -1, true, 0);
  };
  return mean(normed(prediction) * normed(y), -1);
}

Tensor concordance(const Tensor& prediction, const Tensor& target) {
  const Tensor y = detail::fit_target("concordance_correlation", prediction, target);
  const Tensor mean_p = mean(prediction, -1, true), mean_y = mean(y, -1, true);
  const Tensor common = mean((prediction - mean_p) * (y - mean_y), -1, true);
  const Tensor spread = var(prediction, -1, true, 0) + var(y, -1, true, 0) +
                        square(mean_p - mean_y) + detail::kLossEpsilon;
  return mean(common * 2.0 / spread, -1);
}

struct Named {
  const char* name;
  const char* alias;
  Tensor (*values)(const Tensor& prediction, const Tensor& target);
};
constexpr Named kMeans[] = {
    {"accuracy", "acc", any_accuracy},
    {"Accuracy", "exact_accuracy", exact_accuracy},
    {"binary_accuracy", "BinaryAccuracy",
     [](const Tensor& p, const Tensor& t) { return binary_accuracy(p, t); }},
    {"categorical_accuracy", "CategoricalAccuracy", categorical_accuracy},
    {"sparse_categorical_accuracy", "SparseCategoricalAccuracy", sparse_categorical_accuracy},
    {"top_k_categorical_accuracy", "TopKCategoricalAccuracy",
     [](const Tensor& p, const Tensor& t) { return top_k_categorical_accuracy(p, t); }},
    {"sparse_top_k_categorical_accuracy", "SparseTopKCategoricalAccuracy",
     [](const Tensor& p, const Tensor& t) { return sparse_top_k_categorical_accuracy(p, t); }},
    {"cosine_similarity", "CosineSimilarity", cosine},
    {"pearson_correlation", "PearsonCorrelation", pearson},
    {"concordance_correlation", "ConcordanceCorrelation", concordance},
};

struct NamedObject {
  const char* name;
  const char* type;
  Metric (*make)();
};
template <class M>
Metric made() {
  return M{};
}
constexpr NamedObject kObjects[] = {
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
    {"binary_io_u", "BinaryIoU", made<BinaryIoU>},
    {"r2_score", "R2Score", made<R2Score>},
};

Metric::Function of_loss(Loss loss) {
  return [loss](const Tensor& prediction, const Tensor& target) {
    return loss.per_position(prediction, target);
  };
}

bool names_a_loss(std::string_view name) {
  try {
    return Loss(name).defined();
  } catch (const ValueError&) {
    return false;
  }
}

std::shared_ptr<const MetricRule> rule_by_name(std::string_view name) {
  if (name == "rmse" || name == "root_mean_squared_error" || name == "RootMeanSquaredError")
    return detail::mean_rule(of_loss(mse), true);
  if (name == "LogCoshError") return detail::mean_rule(of_loss(log_cosh));
  std::string known = "rmse";
  for (const Named& each : kMeans) {
    if (name == each.name || name == each.alias) return detail::mean_rule(each.values);
    known += fmt::format(", {}", each.name);
  }
  for (const NamedObject& each : kObjects) {
    if (name == each.name || name == each.type) {
      const Metric metric = each.make();
      return metric.shared_rule();
    }
    known += fmt::format(", {}", each.name);
  }
  if (names_a_loss(name)) return detail::mean_rule(of_loss(Loss(name)));
  throw ValueError("compile", fmt::format("no metric is called \"{}\"; there are {} and the losses",
                                          name, known));
}

}  // namespace

Metric::Metric(std::string_view name) : name_(name), rule_(rule_by_name(name)) {}
Metric::Metric(const Loss& loss) : Metric(loss.name(), of_loss(loss)) {}
Metric::Metric(std::string name, Function function) : name_(std::move(name)) {
  if (!function)
    throw ValueError("compile", fmt::format("the metric \"{}\" has no function", name_));
  rule_ = detail::mean_rule(std::move(function));
}

}  // namespace carousel::nn
