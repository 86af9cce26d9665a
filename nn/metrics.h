// What is watched while training, but not minimised: Keras' metrics, with its names, arguments and
// defaults.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <carousel/nn/metrics/metric.h>

namespace carousel::nn {

inline const Metric rmse{"rmse"};
inline const Metric accuracy{"accuracy"};

// One value a position, 1 where right; predictions above the threshold are class 1.
Tensor binary_accuracy(const Tensor& prediction, const Tensor& target, double threshold = 0.5);
// The largest of the last axis decides; the first of equals.
Tensor categorical_accuracy(const Tensor& prediction, const Tensor& target);
// Targets are class numbers.
Tensor sparse_categorical_accuracy(const Tensor& prediction, const Tensor& target);
// 1 where fewer than k predictions are larger than that of the right class.
Tensor top_k_categorical_accuracy(const Tensor& prediction, const Tensor& target,
                                  std::int64_t k = 5);
Tensor sparse_top_k_categorical_accuracy(const Tensor& prediction, const Tensor& target,
                                         std::int64_t k = 5);

// The constructors throw a ValueError for an argument outside its domain. `name`: in the logs;
// default: the class in snake case. Losses are metrics, too: nn::MeanSquaredError{}.

struct MetricOptions {
  std::string name = {};
};
// 1 where prediction and target are equal. The string "accuracy" is another one (Metric).
struct Accuracy : Metric {
  explicit Accuracy(const MetricOptions& options = {});
};
struct BinaryAccuracyOptions {
  std::string name = {};
  double threshold = 0.5;
};
struct BinaryAccuracy : Metric {
  explicit BinaryAccuracy(const BinaryAccuracyOptions& options = {});
};
struct CategoricalAccuracy : Metric {
  explicit CategoricalAccuracy(const MetricOptions& options = {});
};
struct SparseCategoricalAccuracy : Metric {
  explicit SparseCategoricalAccuracy(const MetricOptions& options = {});
};
struct TopKCategoricalAccuracyOptions {
  std::int64_t k = 5;
  std::string name = {};
};
struct TopKCategoricalAccuracy : Metric {
  explicit TopKCategoricalAccuracy(const TopKCategoricalAccuracyOptions& options = {});
};
struct SparseTopKCategoricalAccuracyOptions {
  std::int64_t k = 5;
  std::string name = {};
  bool from_sorted_ids = false;  // predictions are class numbers, the best first
};
struct SparseTopKCategoricalAccuracy : Metric {
  explicit SparseTopKCategoricalAccuracy(const SparseTopKCategoricalAccuracyOptions& options = {});
};

// Of the values themselves; no target.
struct Mean : Metric {
  explicit Mean(const MetricOptions& options = {});
};
struct Sum : Metric {
  explicit Sum(const MetricOptions& options = {});
};

struct RootMeanSquaredError : Metric {
  explicit RootMeanSquaredError(const MetricOptions& options = {});
};
struct LogCoshError : Metric {
  explicit LogCoshError(const MetricOptions& options = {});
};
// Of prediction and target along an axis, averaged: Pearson's coefficient, and Lin's (1989), which
// also wants equal means and spreads.
struct CorrelationOptions {
  std::string name = {};
  Axes axis = -1;
};
struct PearsonCorrelation : Metric {
  explicit PearsonCorrelation(const CorrelationOptions& options = {});
};
struct ConcordanceCorrelation : Metric {
  explicit ConcordanceCorrelation(const CorrelationOptions& options = {});
};

// Counts of right and wrong answers at thresholds (default: 0.5; with top_k none). Targets other
// than 0 are positive. One number a threshold.
struct ConfusionOptions {
  std::vector<double> thresholds = {};        // in [0, 1]
  std::optional<std::int64_t> top_k = {};     // only the k largest of a row are answers
  std::optional<std::int64_t> class_id = {};  // only this column counts
  std::string name = {};
};
struct CountOptions {
  std::vector<double> thresholds = {};
  std::string name = {};
};
struct TruePositives : Metric {
  explicit TruePositives(const CountOptions& options = {});
};
struct TrueNegatives : Metric {
  explicit TrueNegatives(const CountOptions& options = {});
};
struct FalsePositives : Metric {
  explicit FalsePositives(const CountOptions& options = {});
};
struct FalseNegatives : Metric {
  explicit FalseNegatives(const CountOptions& options = {});
};
// True positives of what was answered positive; 0 where nothing was.
struct Precision : Metric {
  explicit Precision(const ConfusionOptions& options = {});
};
// True positives of what is positive; 0 where nothing is.
struct Recall : Metric {
  explicit Recall(const ConfusionOptions& options = {});
};

// The area under the curve of recall over the rate of false positives ("ROC"), or of precision over
// recall ("PR"), as sums over thresholds.
struct AUCOptions {
  std::int64_t num_thresholds = 200;
  std::string_view curve = "ROC";                       // or "PR"
  std::string_view summation_method = "interpolation";  // or "minoring", "majoring"
  std::string name = {};
  std::vector<double> thresholds = {};          // in place of num_thresholds even ones
  bool multi_label = false;                     // the columns' areas, averaged
  std::optional<std::int64_t> num_labels = {};  // how many these are, to be checked
  std::vector<double> label_weights = {};       // for that average
  bool from_logits = false;
};
struct AUC : Metric {
  explicit AUC(const AUCOptions& options = {});
};

// The largest of one rate over those thresholds at which another is at least the given one.
struct PrecisionAtRecallOptions {
  double recall = 0.5;
  std::int64_t num_thresholds = 200;
  std::optional<std::int64_t> class_id = {};
  std::string name = {};
};
struct RecallAtPrecisionOptions {
  double precision = 0.5;
  std::int64_t num_thresholds = 200;
  std::optional<std::int64_t> class_id = {};
  std::string name = {};
};
struct SensitivityAtSpecificityOptions {
  double specificity = 0.5;
  std::int64_t num_thresholds = 200;
  std::optional<std::int64_t> class_id = {};
  std::string name = {};
};
struct SpecificityAtSensitivityOptions {
  double sensitivity = 0.5;
  std::int64_t num_thresholds = 200;
  std::optional<std::int64_t> class_id = {};
  std::string name = {};
};
struct PrecisionAtRecall : Metric {
  explicit PrecisionAtRecall(const PrecisionAtRecallOptions& options);
};
struct RecallAtPrecision : Metric {
  explicit RecallAtPrecision(const RecallAtPrecisionOptions& options);
};
struct SensitivityAtSpecificity : Metric {
  explicit SensitivityAtSpecificity(const SensitivityAtSpecificityOptions& options);
};
struct SpecificityAtSensitivity : Metric {
  explicit SpecificityAtSensitivity(const SpecificityAtSensitivityOptions& options);
};

// The harmonic mean of precision and recall of each class, recall beta times as important; targets
// are one-hot or several-hot. average: "none" (one number a class), "micro", "macro", "weighted".
struct FBetaScoreOptions {
  std::string_view average = "none";
  double beta = 1;
  std::optional<double> threshold = {};  // else the largest of a row is the answer
  std::string name = {};
};
struct F1ScoreOptions {
  std::string_view average = "none";
  std::optional<double> threshold = {};
  std::string name = {};
};
struct FBetaScore : Metric {
  explicit FBetaScore(const FBetaScoreOptions& options = {});
};
struct F1Score : Metric {
  explicit F1Score(const F1ScoreOptions& options = {});
};

// Of class numbers: what answer and truth share, over what either has; averaged over the target
// classes that occur.
struct IoUOptions {
  std::int64_t num_classes = 0;
  std::vector<std::int64_t> target_class_ids = {};
  std::string name = {};
  std::optional<std::int64_t> ignore_class = {};
  bool sparse_y_true = true;  // else one-hot
  bool sparse_y_pred = true;  // else one score a class
  int axis = -1;              // of the classes, where they are not sparse
};
struct MeanIoUOptions {
  std::int64_t num_classes = 0;
  std::string name = {};
  std::optional<std::int64_t> ignore_class = {};
  bool sparse_y_true = true;
  bool sparse_y_pred = true;
  int axis = -1;
};
struct BinaryIoUOptions {
  std::vector<std::int64_t> target_class_ids = {0, 1};
  double threshold = 0.5;  // predictions not below are class 1
  std::string name = {};
};
struct IoU : Metric {
  explicit IoU(const IoUOptions& options);
};
struct MeanIoU : Metric {
  explicit MeanIoU(const MeanIoUOptions& options);
};
struct BinaryIoU : Metric {
  explicit BinaryIoU(const BinaryIoUOptions& options = {});
};
// The same of one-hot targets, and of scores unless sparse_y_pred.
struct OneHotIoUOptions {
  std::int64_t num_classes = 0;
  std::vector<std::int64_t> target_class_ids = {};
  std::string name = {};
  std::optional<std::int64_t> ignore_class = {};
  bool sparse_y_pred = false;
  int axis = -1;
};
struct OneHotMeanIoUOptions {
  std::int64_t num_classes = 0;
  std::string name = {};
  std::optional<std::int64_t> ignore_class = {};
  bool sparse_y_pred = false;
  int axis = -1;
};
struct OneHotIoU : Metric {
  explicit OneHotIoU(const OneHotIoUOptions& options);
};
struct OneHotMeanIoU : Metric {
  explicit OneHotMeanIoU(const OneHotMeanIoUOptions& options);
};

// 1 - squared error / variance of the targets, for each column, then averaged: "uniform_average",
// "variance_weighted_average" or "none". num_regressors > 0: the adjusted one.
struct R2ScoreOptions {
  std::string_view class_aggregation = "uniform_average";
  std::int64_t num_regressors = 0;
  std::string name = {};
};
struct R2Score : Metric {
  explicit R2Score(const R2ScoreOptions& options = {});
};

}  // namespace carousel::nn
