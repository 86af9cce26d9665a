// metrics_keras.h5: each case's metric is built from its config and sees three batches, in f64 and
// f32.
#include <carousel/autograd/ops.h>
#include <carousel/nn/metrics.h>
#include <carousel/tensor/error.h>
#include <tests/parity/runner.h>

namespace carousel::test {
namespace {

using Json = nlohmann::json;

template <class T>
std::optional<T> optional(const Json& ctor, const char* name) {
  const auto found = ctor.find(name);
  return found == ctor.end() || found->is_null() ? std::optional<T>() : found->get<T>();
}

template <class T>
std::vector<T> list(const Json& ctor, const char* name) {
  const auto found = ctor.find(name);
  if (found == ctor.end() || found->is_null()) return {};
  return found->is_array() ? found->get<std::vector<T>>() : std::vector<T>{found->get<T>()};
}

// "none" where the file has null, or nothing and `otherwise` is "none".
std::string choice(const Json& ctor, const char* name, const char* otherwise) {
  const auto found = ctor.find(name);
  if (found == ctor.end()) return otherwise;
  return found->is_null() ? "none" : found->get<std::string>();
}

nn::ConfusionOptions confusion(const Json& c) {
  return {list<double>(c, "thresholds"), optional<std::int64_t>(c, "top_k"),
          optional<std::int64_t>(c, "class_id")};
}

nn::Metric auc(const Json& c) {
  const std::string curve = c.value("curve", "ROC");
  const std::string method = c.value("summation_method", "interpolation");
  return nn::AUC{{.num_thresholds = c.value("num_thresholds", std::int64_t{200}),
                  .curve = curve,
                  .summation_method = method,
                  .thresholds = list<double>(c, "thresholds"),
                  .multi_label = c.value("multi_label", false),
                  .label_weights = list<double>(c, "label_weights"),
                  .from_logits = c.value("from_logits", false)}};
}

nn::IoUOptions iou(const Json& c) {
  return {.num_classes = c.value("num_classes", std::int64_t{0}),
          .target_class_ids = list<std::int64_t>(c, "target_class_ids"),
          .ignore_class = optional<std::int64_t>(c, "ignore_class")};
}

using Make = nn::Metric (*)(const Json& ctor);
std::int64_t thresholds(const Json& c) { return c.value("num_thresholds", std::int64_t{200}); }

const std::map<std::string, Make> kMakers{
    {"AUC", auc},
    {"Precision", [](const Json& c) -> nn::Metric { return nn::Precision{confusion(c)}; }},
    {"Recall", [](const Json& c) -> nn::Metric { return nn::Recall{confusion(c)}; }},
    {"TruePositives",
     [](const Json& c) -> nn::Metric {
       return nn::TruePositives{{list<double>(c, "thresholds")}};
     }},
    {"TrueNegatives",
     [](const Json& c) -> nn::Metric {
       return nn::TrueNegatives{{list<double>(c, "thresholds")}};
     }},
    {"FalsePositives",
     [](const Json& c) -> nn::Metric {
       return nn::FalsePositives{{list<double>(c, "thresholds")}};
     }},
    {"FalseNegatives",
     [](const Json& c) -> nn::Metric {
       return nn::FalseNegatives{{list<double>(c, "thresholds")}};
     }},
    {"PrecisionAtRecall",
     [](const Json& c) -> nn::Metric {
       return nn::PrecisionAtRecall{{c.at("recall"), thresholds(c)}};
     }},
    {"RecallAtPrecision",
     [](const Json& c) -> nn::Metric {
       return nn::RecallAtPrecision{{c.at("precision"), thresholds(c)}};
     }},
    {"SensitivityAtSpecificity",
     [](const Json& c) -> nn::Metric {
       return nn::SensitivityAtSpecificity{{c.at("specificity"), thresholds(c)}};
     }},
    {"SpecificityAtSensitivity",
     [](const Json& c) -> nn::Metric {
       return nn::SpecificityAtSensitivity{{c.at("sensitivity"), thresholds(c)}};
     }},
    {"F1Score",
     [](const Json& c) -> nn::Metric {
       return nn::F1Score{{choice(c, "average", "none"), optional<double>(c, "threshold")}};
     }},
    {"FBetaScore",
     [](const Json& c) -> nn::Metric {
       return nn::FBetaScore{
           {choice(c, "average", "none"), c.value("beta", 1.0), optional<double>(c, "threshold")}};
     }},
    {"R2Score",
     [](const Json& c) -> nn::Metric {
       return nn::R2Score{{choice(c, "class_aggregation", "uniform_average"),
                           c.value("num_regressors", std::int64_t{0})}};
     }},
    {"IoU", [](const Json& c) -> nn::Metric { return nn::IoU{iou(c)}; }},
    {"OneHotIoU",
     [](const Json& c) -> nn::Metric {
       const nn::IoUOptions o = iou(c);
       return nn::OneHotIoU{{.num_classes = o.num_classes,
                             .target_class_ids = o.target_class_ids,
                             .ignore_class = o.ignore_class}};
     }},
    {"MeanIoU", [](const Json& c) -> nn::Metric { return nn::MeanIoU{{c.at("num_classes")}}; }},
    {"OneHotMeanIoU",
     [](const Json& c) -> nn::Metric { return nn::OneHotMeanIoU{{c.at("num_classes")}}; }},
    {"BinaryIoU",
     [](const Json& c) -> nn::Metric {
       return nn::BinaryIoU{{list<std::int64_t>(c, "target_class_ids"), c.value("threshold", 0.5)}};
     }},
    {"BinaryAccuracy",
     [](const Json& c) -> nn::Metric {
       return nn::BinaryAccuracy{{.threshold = c.value("threshold", 0.5)}};
     }},
    {"Accuracy", [](const Json&) -> nn::Metric { return nn::Accuracy{}; }},
    {"TopKCategoricalAccuracy",
     [](const Json& c) -> nn::Metric { return nn::TopKCategoricalAccuracy{{.k = c.at("k")}}; }},
    {"SparseTopKCategoricalAccuracy",
     [](const Json& c) -> nn::Metric {
       return nn::SparseTopKCategoricalAccuracy{{.k = c.at("k")}};
     }},
    {"BinaryCrossentropy",
     [](const Json& c) -> nn::Metric {
       return nn::Loss(nn::BinaryCrossentropy{{.label_smoothing = c.value("label_smoothing", 0.)}});
     }},
    {"CategoricalCrossentropy",
     [](const Json& c) -> nn::Metric {
       return nn::Loss(
           nn::CategoricalCrossentropy{{.label_smoothing = c.value("label_smoothing", 0.)}});
     }},
};

nn::Metric metric_of(const std::string& name, const Json& ctor) {
  if (const auto found = kMakers.find(name); found != kMakers.end()) return found->second(ctor);
  if (!ctor.empty()) throw NotThere("arguments of " + name);
  try {
    return nn::Metric(name);
  } catch (const ValueError&) {
    throw NotThere("no metric " + name);
  }
}

// What a case is compared with in f64: Keras computes overlaps in f32 even there, has log 2 in f32,
// and the file has the predictions of two metrics rounded to f32 (docs/decisions.md).
double bound_f64(const std::string& name) {
  if (name.find("IoU") != std::string::npos) return 3e-7;
  if (name == "LogCoshError") return 1e-8;
  if (name == "Poisson" || name == "MeanSquaredLogarithmicError") return 1e-7;
  return kBoundsF64.values;
}

// In f64, too, Keras compares rates with a bound that it has rounded to f32.
Json rounded_bounds(Json ctor) {
  for (const char* key : {"recall", "precision", "sensitivity", "specificity"})
    if (ctor.contains(key))
      ctor[key] = static_cast<double>(static_cast<float>(ctor.at(key).get<double>()));
  return ctor;
}

Difference compare(const GoldenCase& golden, DType dtype, const std::string& suffix) {
  const Json& config = golden.config;
  const auto& inputs = golden.group("inputs");
  const auto& outputs = golden.group("outputs");
  const auto input = [&](const std::string& name, int batch) {
    const auto found = inputs.find(name + "_" + std::to_string(batch));
    return found == inputs.end() ? Tensor() : to_tensor(found->second, dtype);
  };
  const double bound = dtype == f64 ? bound_f64(config.at("metric")) : kBoundsF32.values;
  nn::RunningMetric metric(metric_of(
      config.at("metric"), dtype == f64 ? rounded_bounds(config.at("ctor")) : config.at("ctor")));
  Difference worst;
  for (int batch = 0; batch < config.at("batches").get<int>(); ++batch) {
    const Tensor values = input("values", batch);
    metric.update(values.defined() ? values : input("y_pred", batch), input("y_true", batch),
                  input("sample_weight", batch));
    const std::string name = "result_" + std::to_string(batch);
    const auto twin = outputs.find(name + suffix);
    const Host& wanted = twin != outputs.end() ? twin->second : outputs.at(name);
    const std::vector<double> found = metric.result();
    Shape shape;
    if (wanted.shape.rank() > 0) shape.append(static_cast<std::int64_t>(found.size()));
    worsen(worst, {error_of({shape, wanted.dtype, found}, wanted, 1e-30), bound, name});
  }
  return worst;
}

}  // namespace

Difference run_metric_keras(const GoldenCase& golden) {
  Difference worst = compare(golden, f32, "");
  if (!golden.config.value("float32_only", false)) worsen(worst, compare(golden, f64, ".f64"));
  return worst;
}

}  // namespace carousel::test
