// Every string that Keras takes for a loss, a metric, an optimizer, an activation, an initializer,
// a regularizer or a constraint is taken here, and means the same.
#include <carousel/nn/activations.h>
#include <carousel/nn/constraints.h>
#include <carousel/nn/init.h>
#include <carousel/nn/metrics.h>
#include <carousel/nn/regularizers.h>
#include <carousel/optim/optimizer_spec.h>
#include <tests/nn_train/support.h>

#include <sstream>

using namespace carousel;
using namespace carousel::test;

namespace {

template <class T>
void take_all(const char* names) {
  std::istringstream list(names);
  for (std::string name; list >> name;)
    BOOST_TEST_CONTEXT(name) BOOST_CHECK_NO_THROW(T(std::string_view(name)));
}

std::vector<double> of(const nn::Metric& metric, const nn::Value& p, const Tensor& t) {
  nn::RunningMetric running(metric);
  running.update(p, t);
  return running.result();
}

const Tensor kScores{{0.2, 0.7, 0.1}, {0.5, 0.4, 0.1}}, kLabels{1, 2};
const Tensor kOneHot{{0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}};
const Tensor kColumn{{0.9}, {0.3}}, kBinary{{1.0}, {1.0}};

}  // namespace

BOOST_AUTO_TEST_SUITE(names)

BOOST_AUTO_TEST_CASE(that_keras_takes) {
  take_all<nn::Loss>(
      "BCE BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy "
      "CategoricalFocalCrossentropy CategoricalGeneralizedCrossEntropy CategoricalHinge Circle "
      "CosineSimilarity Dice Hinge Huber KLD KLDivergence LogCosh MAE MAPE MSE MSLE "
      "MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError "
      "Poisson SparseCategoricalCrossentropy SquaredHinge Tversky bce binary_crossentropy "
      "binary_focal_crossentropy categorical_crossentropy categorical_focal_crossentropy "
      "categorical_generalized_cross_entropy categorical_hinge circle cosine_similarity ctc dice "
      "hinge huber kl_divergence kld log_cosh mae mape mean_absolute_error mse msle poisson "
      "mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error "
      "sparse_categorical_crossentropy squared_hinge tversky crossentropy ce CE");
  take_all<nn::Metric>(
      "AUC Accuracy BCE BinaryAccuracy BinaryCrossentropy BinaryIoU CategoricalAccuracy "
      "CategoricalCrossentropy CategoricalHinge ConcordanceCorrelation CosineSimilarity F1Score "
      "FBetaScore FalseNegatives FalsePositives Hinge KLDivergence LogCoshError MAE MAPE MSE MSLE "
      "Mean MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError "
      "MeanSquaredLogarithmicError PearsonCorrelation Poisson Precision R2Score Recall "
      "RootMeanSquaredError SparseCategoricalAccuracy SparseCategoricalCrossentropy "
      "SparseTopKCategoricalAccuracy SquaredHinge Sum TopKCategoricalAccuracy TrueNegatives "
      "TruePositives accuracy acc ACC auc bce binary_accuracy binary_crossentropy binary_io_u "
      "categorical_accuracy categorical_crossentropy categorical_hinge concordance_correlation "
      "cosine_similarity f1_score f_beta_score false_negatives false_positives hinge kl_divergence "
      "log_cosh_error mae mape mean mean_absolute_error mean_absolute_percentage_error mse msle "
      "mean_squared_error mean_squared_logarithmic_error pearson_correlation poisson precision "
      "r2_score recall root_mean_squared_error sparse_categorical_accuracy squared_hinge sum "
      "sparse_categorical_crossentropy sparse_top_k_categorical_accuracy "
      "top_k_categorical_accuracy true_negatives true_positives");
  take_all<optim::OptimizerSpec>(
      "Adadelta adadelta Adafactor adafactor Adagrad adagrad Adam adam AdamW adamw Adamax adamax "
      "Ftrl ftrl Lamb lamb Lion lion Muon muon Nadam nadam RMSprop rmsprop SGD sgd");
  take_all<nn::ActivationFunction>(
      "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh "
      "leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink "
      "softmax softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus swish tanh "
      "tanh_shrink threshold(0.5,0) threshold(-1,2e-3)");
  take_all<nn::Initializer>(
      "Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer "
      "LecunNormal LecunUniform Ones Orthogonal OrthogonalInitializer RandomNormal RandomUniform "
      "STFT STFTInitializer TruncatedNormal VarianceScaling Zeros constant glorot_normal "
      "glorot_uniform he_normal he_uniform identity lecun_normal lecun_uniform normal one ones "
      "orthogonal random_normal random_uniform stft truncated_normal uniform variance_scaling zero "
      "zeros");
  take_all<nn::Regularizer>(
      "L1 L1L2 L2 OrthogonalRegularizer l1 l1l2 l1_l2 l2 orthogonal_regularizer");
  take_all<nn::Constraint>(
      "MaxNorm MinMaxNorm NonNeg UnitNorm max_norm min_max_norm non_neg unit_norm");
}

BOOST_AUTO_TEST_CASE(that_look_at_the_data) {
  const auto value = [](const nn::Loss& loss, const Tensor& p, const Tensor& t) {
    return loss(p, t).item();
  };
  for (const char* name : {"crossentropy", "ce", "CE"}) {
    BOOST_TEST(value(name, kColumn, kBinary) == value("bce", kColumn, kBinary));
    BOOST_TEST(value(name, kScores, kLabels) ==
               value("sparse_categorical_crossentropy", kScores, kLabels));
    BOOST_TEST(value(name, kScores, kOneHot) ==
               value("categorical_crossentropy", kScores, kOneHot));
  }
  for (const char* name : {"accuracy", "acc", "Accuracy", "ACC"}) {
    BOOST_TEST(of(name, kColumn, kBinary)[0] == 0.5);
    BOOST_TEST(of(name, kScores, kLabels)[0] == 0.5);
    BOOST_TEST(of(name, kScores, kOneHot)[0] == 0.5);
  }
  BOOST_TEST(of(nn::Accuracy{}, kLabels, Tensor{1, 1})[0] == 0.5);
}

BOOST_AUTO_TEST_CASE(of_ones_own) {
  const auto name = [](const nn::Metric& metric) { return metric.name(); };
  BOOST_TEST(name(nn::AUC{{.curve = "PR", .name = "pr"}}) == "pr");
  BOOST_TEST(name(nn::Recall{{.class_id = 1, .name = "of_one"}}) == "of_one");
  BOOST_TEST(name(nn::MeanSquaredError{{.name = "error"}}) == "error");
  BOOST_TEST(name(nn::RootMeanSquaredError{}) == "root_mean_squared_error");
  BOOST_TEST(name(nn::OneHotIoU{{.num_classes = 2, .target_class_ids = {1}}}) == "one_hot_io_u");
  BOOST_TEST(name(nn::Huber{{.delta = 2, .name = "h"}}) == "h");
}

BOOST_AUTO_TEST_CASE(that_want_more) {
  const auto throws = [](const std::string& text, const auto& wrong) {
    BOOST_CHECK_EXCEPTION(wrong(), ValueError, says(text));
  };
  throws("[compile] \"io_u\" needs arguments: nn::IoU{{...}}", [] { nn::Metric("io_u"); });
  throws("[compile] \"PrecisionAtRecall\" needs arguments: nn::PrecisionAtRecall{{...}}",
         [] { nn::Metric("PrecisionAtRecall"); });
  throws(
      "[activation] threshold needs arguments: nn::Threshold{{.threshold = 0.5, .default_value = "
      "0}}, or \"threshold(0.5, 0)\"",
      [] { nn::ActivationFunction("threshold"); });
  throws("[threshold] default_value must be finite, got nan",
         [] { nn::Threshold{{.threshold = 1, .default_value = NAN}}; });
  for (const char* text : {"threshold()", "threshold(1)", "threshold(1, 2", "threshold(1, x)"})
    BOOST_CHECK_THROW(nn::ActivationFunction(std::string_view(text)), ValueError);
}

BOOST_AUTO_TEST_CASE(a_threshold_keeps_its_arguments) {
  const nn::ActivationFunction above = nn::Threshold{{.threshold = 0.1, .default_value = -2}};
  BOOST_TEST(above.name() == "threshold(0.1, -2)");
  const Tensor y = nn::ActivationFunction(above.name())(Tensor{0.05, 0.1, 0.2});
  BOOST_TEST(y.to_vector<double>() == (std::vector<double>{-2, -2, 0.2}));
}

BOOST_AUTO_TEST_SUITE_END()
