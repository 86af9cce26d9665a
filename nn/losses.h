// What training minimises: Keras' losses, with its names, arguments and defaults.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <carousel/nn/losses/loss.h>

namespace carousel::nn {

inline constinit const Loss mse{Loss::Kind::mse};
inline constinit const Loss mae{Loss::Kind::mae};
inline constinit const Loss mape{Loss::Kind::mape};
inline constinit const Loss msle{Loss::Kind::msle};
inline constinit const Loss huber{Loss::Kind::huber};
inline constinit const Loss log_cosh{Loss::Kind::log_cosh};
inline constinit const Loss cosine_similarity{Loss::Kind::cosine_similarity};
inline constinit const Loss poisson{Loss::Kind::poisson};
inline constinit const Loss kl_divergence{Loss::Kind::kl_divergence};
inline constinit const Loss hinge{Loss::Kind::hinge};
inline constinit const Loss squared_hinge{Loss::Kind::squared_hinge};
inline constinit const Loss categorical_hinge{Loss::Kind::categorical_hinge};
inline constinit const Loss binary_crossentropy{Loss::Kind::binary};
inline constinit const Loss binary_focal_crossentropy{Loss::Kind::binary_focal};
inline constinit const Loss categorical_crossentropy{Loss::Kind::categorical};
inline constinit const Loss categorical_focal_crossentropy{Loss::Kind::categorical_focal};
inline constinit const Loss sparse_categorical_crossentropy{Loss::Kind::sparse};
inline constinit const Loss dice{Loss::Kind::dice};
inline constinit const Loss tversky{Loss::Kind::tversky};
inline constinit const Loss circle{Loss::Kind::circle};
inline constinit const Loss ctc{Loss::Kind::ctc};

// `reduction`: "sum_over_batch_size", "sum", "mean", "mean_with_sample_weight" or "none". `name`:
// in the logs, where the loss is watched as a metric; default: as Keras calls it. The constructors
// throw a ValueError for an argument outside its domain.
struct LossOptions {
  std::string_view reduction = "sum_over_batch_size";
  std::string name = {};
};
struct HuberOptions {
  double delta = 1;  // > 0
  std::string_view reduction = "sum_over_batch_size";
  std::string name = {};
};
struct CosineSimilarityOptions {
  int axis = -1;
  std::string_view reduction = "sum_over_batch_size";
  std::string name = {};
};
struct CrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0;  // in [0, 1]: towards 0.5, of categories towards 1 / classes
  int axis = -1;               // of the classes; binary: which is averaged
  std::string_view reduction = "sum_over_batch_size";
  std::string name = {};
};
struct SparseCrossentropyOptions {
  bool from_logits = false;
  std::optional<std::int64_t> ignore_class = {};  // positions with this label don't count
  std::string_view reduction = "sum_over_batch_size";
  int axis = -1;  // of the classes
  std::string name = {};
};
struct BinaryFocalCrossentropyOptions {
  bool apply_class_balancing = false;  // by alpha for 1, 1 - alpha for 0
  double alpha = 0.25;                 // in [0, 1]
  double gamma = 2;                    // >= 0
  bool from_logits = false;
  double label_smoothing = 0;
  int axis = -1;
  std::string_view reduction = "sum_over_batch_size";
  std::string name = {};
};
struct CategoricalFocalCrossentropyOptions {
  double alpha = 0.25;
  double gamma = 2;
  bool from_logits = false;
  double label_smoothing = 0;
  int axis = -1;
  std::string_view reduction = "sum_over_batch_size";
  std::string name = {};
};
struct CategoricalGeneralizedCrossEntropyOptions {
  double q = 0.5;  // in (0, 1)
  std::string_view reduction = "sum_over_batch_size";
  std::string name = {};
};
struct DiceOptions {
  std::string_view reduction = "sum_over_batch_size";
  std::string name = {};
  Axes axis = {};  // over which overlaps are summed: all
};
struct TverskyOptions {
  double alpha = 0.5, beta = 0.5;  // weights of what the prediction misses, and of what it adds
  std::string_view reduction = "sum_over_batch_size";
  std::string name = {};
  Axes axis = {};
};
struct CircleOptions {
  double gamma = 80;
  double margin = 0.4;
  bool remove_diagonal = true;  // a sample is no positive of itself
  std::string_view reduction = "sum_over_batch_size";
  std::string name = {};
};

// d = target - prediction. Means over the last axis of d^2, |d|, ...
struct MeanSquaredError : Loss {
  explicit MeanSquaredError(const LossOptions& options = {});
};
struct MeanAbsoluteError : Loss {
  explicit MeanAbsoluteError(const LossOptions& options = {});
};
// 100 |d| / max(|target|, 1e-7)
struct MeanAbsolutePercentageError : Loss {
  explicit MeanAbsolutePercentageError(const LossOptions& options = {});
};
// (log(1 + target) - log(1 + prediction))^2, both cut at 1e-7 from below.
struct MeanSquaredLogarithmicError : Loss {
  explicit MeanSquaredLogarithmicError(const LossOptions& options = {});
};
// Quadratic within delta, linear outside.
struct Huber : Loss {
  explicit Huber(const HuberOptions& options = {});
};
// log(cosh(d))
struct LogCosh : Loss {
  explicit LogCosh(const LossOptions& options = {});
};
// prediction - target log(prediction + 1e-7)
struct Poisson : Loss {
  explicit Poisson(const LossOptions& options = {});
};
// Minus the cosine of the angle between prediction and target.
struct CosineSimilarity : Loss {
  explicit CosineSimilarity(const CosineSimilarityOptions& options = {});
};
// Of distributions: sum target log(target / prediction), both cut to [1e-7, 1].
struct KLDivergence : Loss {
  explicit KLDivergence(const LossOptions& options = {});
};
// max(1 - target prediction, 0), and its square; targets are -1 and 1, or 0 and 1.
struct Hinge : Loss {
  explicit Hinge(const LossOptions& options = {});
};
struct SquaredHinge : Loss {
  explicit SquaredHinge(const LossOptions& options = {});
};
// max(1 + best wrong class - right class, 0); targets are one-hot.
struct CategoricalHinge : Loss {
  explicit CategoricalHinge(const LossOptions& options = {});
};
// Targets in [0, 1], of the prediction's shape; ValueError for others on the CPU, as for the number
// of a third class.
struct BinaryCrossentropy : Loss {
  explicit BinaryCrossentropy(const CrossentropyOptions& options = {});
};
// Times (1 - probability of the target)^gamma (Lin et al., 2017).
struct BinaryFocalCrossentropy : Loss {
  explicit BinaryFocalCrossentropy(const BinaryFocalCrossentropyOptions& options = {});
};
// Targets are distributions over the classes: one-hot, or soft.
struct CategoricalCrossentropy : Loss {
  explicit CategoricalCrossentropy(const CrossentropyOptions& options = {});
};
struct CategoricalFocalCrossentropy : Loss {
  explicit CategoricalFocalCrossentropy(const CategoricalFocalCrossentropyOptions& options = {});
};
// (1 - p^q) / q of the label's probability p (Zhang and Sabuncu, 2018); targets are class numbers.
struct CategoricalGeneralizedCrossEntropy : Loss {
  explicit CategoricalGeneralizedCrossEntropy(
      const CategoricalGeneralizedCrossEntropyOptions& options = {});
};
// Targets are class numbers, of the prediction's shape without the classes' axis.
struct SparseCategoricalCrossentropy : Loss {
  explicit SparseCategoricalCrossentropy(const SparseCrossentropyOptions& options = {});
};
// 1 - 2 sum(t p) / (sum t + sum p).
struct Dice : Loss {
  explicit Dice(const DiceOptions& options = {});
};
// The same, with weights for the two kinds of error (Salehi et al., 2017).
struct Tversky : Loss {
  explicit Tversky(const TverskyOptions& options = {});
};
// Of embeddings of length 1 (batch, width) with class numbers (Sun et al., 2020).
struct Circle : Loss {
  explicit Circle(const CircleOptions& options = {});
};
// Connectionist temporal classification (Graves et al., 2006): logits (batch, time, classes),
// labels (batch, width) padded with 0, which is the blank. A mask says how long the inputs are.
struct CTC : Loss {
  explicit CTC(const LossOptions& options = {});
};

}  // namespace carousel::nn
