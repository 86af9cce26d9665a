// Every argument of every loss and metric, outside its domain.
#include <carousel/nn/losses.h>
#include <carousel/nn/metrics.h>
#include <carousel/nn/train/train.h>
#include <tests/nn_train/support.h>

#include <cmath>

using namespace carousel;
using namespace carousel::test;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(), kInfinity = HUGE_VAL;

struct Wrong {
  const char* text;
  void (*make)();
};

template <std::size_t n>
void check(const Wrong (&wrong)[n]) {
  for (const Wrong& each : wrong) BOOST_CHECK_EXCEPTION(each.make(), ValueError, says(each.text));
}

template <class L>
void check_reduction() {
  BOOST_CHECK_EXCEPTION(L({.reduction = "max"}), ValueError,
                        says("[loss] reduction 'max' is none of sum_over_batch_size, sum, mean, "
                             "mean_with_sample_weight, none"));
}
template <class... L>
void check_reductions() {
  (check_reduction<L>(), ...);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_arguments)

BOOST_AUTO_TEST_CASE(of_losses) {
  using namespace nn;
  check({
      {"[BinaryCrossentropy] label_smoothing must be in [0, 1], got -0.1",
       [] { BinaryCrossentropy{{.label_smoothing = -0.1}}; }},
      {"[CategoricalCrossentropy] label_smoothing must be in [0, 1], got nan",
       [] { CategoricalCrossentropy{{.label_smoothing = kNaN}}; }},
      {"[BinaryFocalCrossentropy] alpha must be in [0, 1], got nan",
       [] { BinaryFocalCrossentropy{{.alpha = kNaN}}; }},
      {"[BinaryFocalCrossentropy] label_smoothing must be in [0, 1], got 2",
       [] { BinaryFocalCrossentropy{{.label_smoothing = 2}}; }},
      {"[BinaryFocalCrossentropy] gamma must be finite, got inf",
       [] { BinaryFocalCrossentropy{{.gamma = kInfinity}}; }},
      {"[CategoricalFocalCrossentropy] gamma must not be negative, got nan",
       [] { CategoricalFocalCrossentropy{{.gamma = kNaN}}; }},
      {"[Huber] delta must be positive, got nan", [] { Huber{{.delta = kNaN}}; }},
      {"[Huber] delta must be finite, got inf", [] { Huber{{.delta = kInfinity}}; }},
      {"[CategoricalGeneralizedCrossEntropy] q must be in (0, 1), got 0",
       [] { CategoricalGeneralizedCrossEntropy{{.q = 0}}; }},
      {"[CategoricalGeneralizedCrossEntropy] q must be in (0, 1), got nan",
       [] { CategoricalGeneralizedCrossEntropy{{.q = kNaN}}; }},
      {"[Tversky] alpha must not be negative, got nan", [] { Tversky{{.alpha = kNaN}}; }},
      {"[Tversky] beta must be finite, got inf", [] { Tversky{{.beta = kInfinity}}; }},
      {"[Circle] gamma must be positive, got 0", [] { Circle{{.gamma = 0}}; }},
      {"[Circle] gamma must be finite, got inf", [] { Circle{{.gamma = kInfinity}}; }},
      {"[Circle] margin must be in [0, 1], got nan", [] { Circle{{.margin = kNaN}}; }},
  });
}

BOOST_AUTO_TEST_CASE(reductions_of_losses) {
  using namespace nn;
  check_reductions<MeanSquaredError, MeanAbsoluteError, MeanAbsolutePercentageError,
                   MeanSquaredLogarithmicError, Huber, LogCosh, Poisson, CosineSimilarity,
                   KLDivergence, Hinge, SquaredHinge, CategoricalHinge>();
  check_reductions<BinaryCrossentropy, BinaryFocalCrossentropy, CategoricalCrossentropy,
                   CategoricalFocalCrossentropy, CategoricalGeneralizedCrossEntropy,
                   SparseCategoricalCrossentropy, Dice, Tversky, CTC, Circle>();
}

BOOST_AUTO_TEST_CASE(of_metrics) {
  using namespace nn;
  check({
      {"[AUC] thresholds must be in [0, 1], got nan", [] { AUC{{.thresholds = {kNaN}}}; }},
      {"[AUC] summation_method must be interpolation, minoring or majoring, got 'trapezoid'",
       [] { AUC{{.summation_method = "trapezoid"}}; }},
      {"[AUC] label_weights need multi_label", [] { AUC{{.label_weights = {1}}}; }},
      {"[AUC] label_weights must be from 0, got nan",
       [] { AUC{{.multi_label = true, .label_weights = {kNaN}}}; }},
      {"[AUC] label_weights must be from 0, got -1",
       [] { AUC{{.multi_label = true, .label_weights = {-1}}}; }},
      {"[AUC] num_labels needs multi_label", [] { AUC{{.num_labels = 2}}; }},
      {"[PrecisionAtRecall] class_id must not be negative, got -1",
       [] { PrecisionAtRecall{{.class_id = -1}}; }},
      {"[BinaryAccuracy] thresholds must be in [0, 1], got nan",
       [] { BinaryAccuracy{{.threshold = kNaN}}; }},
      {"[TopKCategoricalAccuracy] k must be at least 1, got 0",
       [] { TopKCategoricalAccuracy{{.k = 0}}; }},
      {"[SparseTopKCategoricalAccuracy] k must be at least 1, got -1",
       [] { SparseTopKCategoricalAccuracy{{.k = -1}}; }},
      {"[Precision] class_id must not be negative, got -1", [] { Precision{{.class_id = -1}}; }},
      {"[SpecificityAtSensitivity] sensitivity must be in [0, 1], got nan",
       [] { SpecificityAtSensitivity{{.sensitivity = kNaN}}; }},
      {"[RecallAtPrecision] num_thresholds must be at least 1, got 0",
       [] { RecallAtPrecision{{.precision = 0.5, .num_thresholds = 0}}; }},
      {"[FBetaScore] beta must be positive, got nan", [] { FBetaScore{{.beta = kNaN}}; }},
      {"[FBetaScore] beta must be finite, got inf", [] { FBetaScore{{.beta = kInfinity}}; }},
      {"[F1Score] threshold must be in (0, 1], got nan", [] { F1Score{{.threshold = kNaN}}; }},
      {"[F1Score] threshold must be in (0, 1], got 0", [] { F1Score{{.threshold = 0}}; }},
      {"[BinaryIoU] thresholds must be in [0, 1], got 2", [] { BinaryIoU{{.threshold = 2}}; }},
      {"[BinaryIoU] thresholds must be in [0, 1], got nan", [] { BinaryIoU{{.threshold = kNaN}}; }},
      {"[MeanIoU] num_classes must be positive, got 0", [] { MeanIoU{{.num_classes = 0}}; }},
      {"[OneHotIoU] target_class_ids are missing", [] { OneHotIoU{{.num_classes = 2}}; }},
      {"[R2Score] num_regressors must not be negative, got -1",
       [] { R2Score{{.num_regressors = -1}}; }},
      {"[R2Score] class_aggregation must be uniform_average, variance_weighted_average or none, "
       "got 'sum'",
       [] { R2Score{{.class_aggregation = "sum"}}; }},
  });
}

BOOST_AUTO_TEST_CASE(of_compile) {
  const auto fit = [](nn::CompileOptions options) {
    Net net;
    net.compile(std::move(options));
    net.fit(ones({2, 3}), ones({2, 1}), {.verbose = 0});
  };
  BOOST_CHECK_EXCEPTION(fit({.loss = "mse", .loss_weights = {kNaN}}), ValueError,
                        says("[fit] loss_weights must be finite, got nan"));
}

BOOST_AUTO_TEST_SUITE_END()
