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

// The constructors throw a ValueError for an argument outside its domain.

struct BinaryAccuracy : Metric {
  explicit BinaryAccuracy(double threshold = 0.5);
};
struct TopKCategoricalAccuracy : Metric {
  explicit TopKCategoricalAccuracy(std::int64_t k = 5);
};
struct SparseTopKCategoricalAccuracy : Metric {
  explicit SparseTopKCategoricalAccuracy(std::int64_t k = 5);
};

// Of the values themselves; no target.
struct Mean : Metric {
  Mean();
};
struct Sum : Metric {
  Sum();
};

// Counts of right and wrong answers at thresholds (default: 0.5; with top_k none). Targets other
// than 0 are positive. One number a threshold.
struct ConfusionOptions {
  std::vector<double> thresholds = {};        // in [0, 1]
  std::optional<std::int64_t> top_k = {};     // only the k largest of a row are answers
  std::optional<std::int64_t> class_id = {};  // only this column counts
};
struct ThresholdOptions {
  std::vector<double> thresholds = {};
};
struct TruePositives : Metric {
  explicit TruePositives(const ThresholdOptions& options = {});
};
struct TrueNegatives : Metric {
  explicit TrueNegatives(const ThresholdOptions& options = {});
};
struct FalsePositives : Metric {
  explicit FalsePositives(const ThresholdOptions& options = {});
};
struct FalseNegatives : Metric {
  explicit FalseNegatives(const ThresholdOptions& options = {});
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
  std::vector<double> thresholds = {};                  // in place of num_thresholds even ones
  bool multi_label = false;                             // the columns' areas, averaged
  std::vector<double> label_weights = {};               // for that average
  bool from_logits = false;
};
struct AUC : Metric {
  explicit AUC(const AUCOptions& options = {});
};

// The largest of one rate over those thresholds at which another is at least the given one.
struct PrecisionAtRecallOptions {
  double recall = 0.5;
  std::int64_t num_thresholds = 200;
};
struct RecallAtPrecisionOptions {
  double precision = 0.5;
  std::int64_t num_thresholds = 200;
};
struct SensitivityAtSpecificityOptions {
  double specificity = 0.5;
  std::int64_t num_thresholds = 200;
};
struct SpecificityAtSensitivityOptions {
  double sensitivity = 0.5;
  std::int64_t num_thresholds = 200;
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
};
struct F1ScoreOptions {
  std::string_view average = "none";
  std::optional<double> threshold = {};
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
  std::optional<std::int64_t> ignore_class = {};
  bool sparse_y_true = true;  // else one-hot
  bool sparse_y_pred = true;  // else one score a class
};
struct MeanIoUOptions {
  std::int64_t num_classes = 0;
  std::optional<std::int64_t> ignore_class = {};
  bool sparse_y_true = true;
  bool sparse_y_pred = true;
};
struct BinaryIoUOptions {
  std::vector<std::int64_t> target_class_ids = {0, 1};
  double threshold = 0.5;  // predictions not below are class 1
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
// The same of one-hot targets and scores.
struct OneHotIoU : Metric {
  explicit OneHotIoU(const IoUOptions& options);
};
struct OneHotMeanIoU : Metric {
  explicit OneHotMeanIoU(const MeanIoUOptions& options);
};

// 1 - squared error / variance of the targets, for each column, then averaged: "uniform_average",
// "variance_weighted_average" or "none". num_regressors > 0: the adjusted one.
struct R2ScoreOptions {
  std::string_view class_aggregation = "uniform_average";
  std::int64_t num_regressors = 0;
};
struct R2Score : Metric {
  explicit R2Score(const R2ScoreOptions& options = {});
};

}  // namespace carousel::nn
