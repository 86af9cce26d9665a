// Metrics on numbers worked out by hand; the golden files have more of them.
#include <carousel/nn/metrics.h>
#include <carousel/nn/sequential.h>
#include <carousel/nn/train/callbacks.h>
#include <carousel/nn/train/training_state.h>
#include <tests/nn_train/support.h>

#include <cmath>

using namespace carousel;
using namespace carousel::test;

namespace {

using Numbers = std::vector<double>;

const Tensor kScores{0.1, 0.4, 0.35, 0.8}, kTruth{0.0, 0.0, 1.0, 1.0};

Numbers of(const nn::Metric& metric, const nn::Value& p, const Tensor& t, const Tensor& w = {}) {
  nn::RunningMetric running(metric);
  running.update(p, t, w);
  return running.result();
}

void check(const Numbers& found, const Numbers& expected) {
  BOOST_TEST_REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    BOOST_TEST(std::abs(found[i] - expected[i]) < 1e-6, found[i] << " and " << expected[i]);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics_by_hand)

BOOST_AUTO_TEST_CASE(of_scores) {
  check(of("auc", kScores, kTruth), {0.75});
  check(of(nn::AUC{{.curve = "PR"}}, Tensor{0.9, 0.8}, Tensor{1.0, 1.0}), {1});
  check(of("precision", kScores, kTruth), {1});
  check(of("recall", kScores, kTruth), {0.5});
  check(of(nn::Precision{{.thresholds = {0.2, 0.5}}}, kScores, kTruth), {2.0 / 3, 1});
  check(of(nn::Recall{{.top_k = 1}}, Tensor{{0.2, 0.1, 0.7}}, Tensor{{1.0, 0.0, 1.0}}), {0.5});
  check(of(nn::TruePositives{}, kScores, kTruth, Tensor{1.0, 2.0, 3.0, 4.0}), {4});
  check(of(nn::FalseNegatives{}, kScores, kTruth, Tensor{1.0, 2.0, 3.0, 4.0}), {3});
  check(of(nn::TrueNegatives{}, kScores, kTruth), {2});
  check(of(nn::FalsePositives{{.thresholds = {0.05}}}, kScores, kTruth), {2});
  check(of(nn::PrecisionAtRecall{{.recall = 1}}, kScores, kTruth), {2.0 / 3});
  check(of(nn::SpecificityAtSensitivity{{.sensitivity = 0.5}}, kScores, kTruth), {1});
}

BOOST_AUTO_TEST_CASE(of_classes) {
  const Tensor p{{0.6, 0.4}, {0.3, 0.7}, {0.2, 0.8}}, t{{1.0, 0.0}, {1.0, 0.0}, {0.0, 1.0}};
  check(of("f1_score", p, t), {2.0 / 3, 2.0 / 3});
  check(of(nn::F1Score{{.average = "micro"}}, p, t), {2.0 / 3});
  check(of(nn::FBetaScore{{.average = "macro", .beta = 2}}, p, t), {(5.0 / 9 + 5.0 / 6) / 2});
  const Tensor truth{0, 0, 1, 1}, answer{0, 1, 0, 1};
  check(of(nn::MeanIoU{{.num_classes = 2}}, answer, truth), {1.0 / 3});
  check(of(nn::IoU{{.num_classes = 3, .target_class_ids = {0, 2}}}, answer, truth), {1.0 / 3});
  check(of(nn::BinaryIoU{{.target_class_ids = {1}}}, Tensor{0.6, 0.4}, Tensor{1.0, 1.0}), {0.5});
  const Tensor scores{{0.1, 0.2, 0.7}, {0.5, 0.3, 0.2}};
  check(of(nn::SparseTopKCategoricalAccuracy{{.k = 2}}, scores, Tensor{1, 2}), {0.5});
  check(of(nn::TopKCategoricalAccuracy{{.k = 3}}, scores, Tensor{{1.0, 0.0, 0.0}, {0.0, 0.0, 1.0}}),
        {1});
}

// Classes, top answers or numbers that lie elsewhere than usual.
BOOST_AUTO_TEST_CASE(along_other_axes_and_of_one_class) {
  const Tensor p{{0.6, 0.4}, {0.3, 0.7}, {0.2, 0.8}}, t{{1.0, 0.0}, {1.0, 0.0}, {0.0, 1.0}};
  check(of(nn::PrecisionAtRecall{{.recall = 1, .class_id = 0}}, p, t), {1});
  check(of(nn::RecallAtPrecision{{.precision = 0.9, .class_id = 1}}, p, t), {1});
  check(of(nn::AUC{{.multi_label = true, .num_labels = 2}}, p, t), {1});
  BOOST_CHECK_EXCEPTION(of(nn::AUC{{.multi_label = true, .num_labels = 3}}, p, t), ShapeError,
                        says("[AUC] num_labels is 3, the prediction (3, 2)"));
  const nn::Metric last = nn::OneHotMeanIoU{{.num_classes = 2}};
  const nn::Metric first = nn::OneHotMeanIoU{{.num_classes = 2, .axis = 0}};
  check(of(last, p, t), {(1.0 / 2 + 1.0 / 2) / 2});
  check(of(first, p.t().contiguous(), t.t().contiguous()), of(last, p, t));
  check(of(nn::OneHotIoU{{.num_classes = 2, .target_class_ids = {0}, .sparse_y_pred = true}},
           Tensor{0, 0, 0}, t),
        {2.0 / 3});
  const Tensor ids{{3.0, 1.0, 2.0}, {2.0, 0.0, 1.0}};
  const auto sorted = [](std::int64_t k) {
    return nn::SparseTopKCategoricalAccuracy{{.k = k, .from_sorted_ids = true}};
  };
  check(of(sorted(2), ids, Tensor{1, 1}), {0.5});
  check(of(sorted(9), ids, Tensor{1, 1}), {1});
  const Tensor a{{1.0, 2.0, 4.0}, {3.0, 1.0, 0.0}}, b{{2.0, 3.0, 3.0}, {1.0, 1.5, 1.0}};
  check(of(nn::PearsonCorrelation{{.axis = 0}}, a.t().contiguous(), b.t().contiguous()),
        of("pearson_correlation", a, b));
  check(of(nn::ConcordanceCorrelation{{.axis = 0}}, a.t().contiguous(), b.t().contiguous()),
        of("concordance_correlation", a, b));
}

BOOST_AUTO_TEST_CASE(of_numbers) {
  const Tensor p{{1.0}, {2.0}, {4.0}}, t{{1.0}, {2.0}, {3.0}};
  check(of("r2_score", p, t), {0.5});
  check(of(nn::R2Score{{.num_regressors = 1}}, p, t), {0});
  check(of("rmse", p, t), {std::sqrt(1.0 / 3)});
  check(of("mean", p, {}), {7.0 / 3});
  check(of("sum", p, {}, Tensor{1.0, 0.0, 2.0}), {9});
  for (const nn::Metric& cosine :
       {nn::Metric("cosine_similarity"), nn::Metric(nn::CosineSimilarity{})})
    check(of(cosine, Tensor{{1.0, 0.0}}, Tensor{{1.0, 1.0}}), {std::sqrt(0.5)});
  check(of("pearson_correlation", Tensor{{1.0, 2.0, 3.0}}, Tensor{{2.0, 4.0, 6.0}}), {1});
}

BOOST_AUTO_TEST_CASE(batches_add_up_and_masks_leave_out) {
  nn::RunningMetric auc{nn::AUC{}};
  auc.update(kScores.slice(0, 0, 2), kTruth.slice(0, 0, 2));
  auc.update(kScores.slice(0, 2, 4), kTruth.slice(0, 2, 4));
  BOOST_TEST(std::abs(auc.value() - 0.75) < 1e-6);
  auc.reset();
  BOOST_CHECK_EXCEPTION(auc.value(), GraphError,
                        says("[result] auc has seen no batch: call update"));
  const nn::Value masked = nn::Value::masked(kScores, Tensor{true, true, false, true});
  check(of("recall", masked, kTruth), {1});
}

BOOST_AUTO_TEST_CASE(wrong_arguments_and_labels) {
  const auto throws = [](const std::string& text, const auto& wrong) {
    BOOST_CHECK_EXCEPTION(wrong(), ValueError, says(text));
  };
  throws("[Precision] thresholds must be in [0, 1], got 2",
         [] { nn::Precision{{.thresholds = {2}}}; });
  throws("[Recall] top_k must be at least 1, got 0", [] { nn::Recall{{.top_k = 0}}; });
  throws("[AUC] curve must be ROC or PR, got 'roc'", [] { nn::AUC{{.curve = "roc"}}; });
  throws("[AUC] num_thresholds must be at least 2, got 1", [] { nn::AUC{{.num_thresholds = 1}}; });
  throws("[PrecisionAtRecall] recall must be in [0, 1], got -1",
         [] { nn::PrecisionAtRecall{{.recall = -1}}; });
  throws("[F1Score] average must be none, micro, macro or weighted, got 'mean'",
         [] { nn::F1Score{{.average = "mean"}}; });
  throws("[IoU] target class 3 is outside [0, 3)",
         [] { nn::IoU{{.num_classes = 3, .target_class_ids = {3}}}; });
  throws(
      "[accuracy] targets must be class numbers, or 0 and 1, got 0.25: for regression watch mae "
      "or rmse",
      [] { of("accuracy", Tensor{{0.5}}, Tensor{{0.25}}); });
  throws(
      "[accuracy] targets must be in [0, 1], got 2: classes numbered 0, 1, 2, ... want "
      "sparse_categorical_crossentropy and one output a class",
      [] { of("accuracy", Tensor{{0.5}}, Tensor{{2.0}}); });
  BOOST_CHECK_EXCEPTION(nn::RunningMetric(nn::Precision{}).update(kScores, Tensor{1.0}), ShapeError,
                        says("[Precision] prediction (4,) and target (1,) differ in shape"));
}

BOOST_AUTO_TEST_CASE(in_training_with_several_numbers) {
  const Data data(40);
  const auto labels = (data.y > 1.0).to(f32);
  const Tensor both = concat({labels, 1 - labels}, 1);
  nn::Sequential model{nn::Dense{{.units = 2, .activation = "sigmoid"}}};
  model.compile({.loss = "binary_crossentropy", .metrics = {"auc", nn::F1Score{}}});
  const nn::Logs logs = model.evaluate(data.x, both);
  const Tensor p = model.predict(data.x);
  BOOST_TEST(std::abs(logs["auc"] - of("auc", p, both)[0]) < 1e-6);
  BOOST_TEST(std::abs(logs["f1_score_1"] - of(nn::F1Score{}, p, both)[1]) < 1e-6);
}

// Metrics whose sums depend on the number of classes are part of the state, too.
BOOST_AUTO_TEST_CASE(resumed_in_the_middle_of_an_epoch) {
  const Data data(64);
  const Folder folder;
  const auto fresh = [] {
    auto model = std::make_unique<nn::Dense>(nn::DenseOptions{.units = 1, .activation = "sigmoid"});
    model->compile({.optimizer = "sgd", .loss = "mse", .metrics = {"r2_score"}});
    return model;
  };
  const nn::FitOptions options{.batch_size = 16, .epochs = 1, .verbose = 0};
  auto whole = fresh();
  const double expected = whole->fit(data.x, data.y, options)["r2_score"][0];

  auto first = fresh();
  nn::FitOptions stopped = options;
  stopped.callbacks = {nn::LambdaCallback{
      {.on_batch_end = [&](nn::FitState& state, std::int64_t batch, const nn::Logs&) {
        if (batch == 1) state.stop_training = true;
      }}}};
  first->fit(data.x, data.y, stopped);
  nn::save_training(*first, folder / "half.h5");
  auto second = fresh();
  second->build(data.x.shape());
  nn::load_training(*second, folder / "half.h5");
  BOOST_TEST(second->fit(data.x, data.y, options)["r2_score"][0] == expected);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sample_weights)

BOOST_AUTO_TEST_CASE(a_weight_counts_as_so_many_rows) {
  const Data data(8);
  const Tensor twice = concat({data.x, data.x.slice(0, 0, 3)}, 0);
  const Tensor targets = concat({data.y, data.y.slice(0, 0, 3)}, 0);
  const Tensor weight{2.f, 2.f, 2.f, 1.f, 1.f, 1.f, 1.f, 1.f};
  nn::Dense model{{.units = 1}};
  model.compile(
      {.loss = nn::MeanSquaredError{{.reduction = "mean_with_sample_weight"}},
       .metrics = {"mae"},
       .weighted_metrics = {nn::Metric("weighted_mae", [](const Tensor& p, const Tensor& t) {
         return nn::mae.per_position(p, t);
       })}});
  const nn::Logs weighted = model.evaluate(data.x, data.y, {.sample_weight = weight});
  const nn::Logs repeated = model.evaluate(twice, targets);
  const nn::Logs plain = model.evaluate(data.x, data.y);
  BOOST_TEST(std::abs(weighted["loss"] - repeated["loss"]) < 1e-6);
  BOOST_TEST(std::abs(weighted["weighted_mae"] - repeated["mae"]) < 1e-6);
  BOOST_TEST(weighted["mae"] == plain["mae"]);
}

BOOST_AUTO_TEST_CASE(class_weights_are_sample_weights_by_label) {
  const Data data(40);
  const Tensor labels = (data.y > 1.0).to(i64).reshape({-1});
  const auto trained = [&](const Tensor& y, const char* loss, std::int64_t units,
                           const nn::FitOptions& options) {
    nn::Dense model{{.units = units, .activation = units == 1 ? "sigmoid" : "softmax"}};
    model.compile({.optimizer = "sgd", .loss = loss});
    model.fit(data.x, y, options);
    return weights_of(model);
  };
  const Tensor weight = where(equal(labels, 1), 5, ones({40}));
  const nn::FitOptions by_class{.verbose = 0, .class_weight = {{1, 5.0}}};
  const nn::FitOptions by_sample{.verbose = 0, .sample_weight = weight};
  BOOST_TEST(trained(labels, "binary_crossentropy", 1, by_class) ==
             trained(labels, "binary_crossentropy", 1, by_sample));
  BOOST_TEST(trained(labels, "sparse_categorical_crossentropy", 2, by_class) ==
             trained(labels, "sparse_categorical_crossentropy", 2, by_sample));
  BOOST_TEST(trained(one_hot(labels, 2), "categorical_crossentropy", 2, by_class) ==
             trained(one_hot(labels, 2), "categorical_crossentropy", 2, by_sample));
}

BOOST_AUTO_TEST_CASE(weights_that_do_not_fit) {
  const Data data(8);
  nn::Dense model{{.units = 1}};
  model.compile({.loss = "mse"});
  const auto fit = [&](const nn::FitOptions& options) { model.fit(data.x, data.y, options); };
  BOOST_CHECK_EXCEPTION(fit({.verbose = 0, .class_weight = {{0, 2.0}}, .sample_weight = ones({8})}),
                        ValueError, says("[fit] give class_weight or sample_weight, not both"));
  BOOST_CHECK_EXCEPTION(fit({.verbose = 0, .class_weight = {{0, -2.0}}}), ValueError,
                        says("[fit] class_weight of 0 is -2"));
  BOOST_CHECK_EXCEPTION(
      fit({.verbose = 0, .sample_weight = ones({7})}), ShapeError,
      says("[fit] x and sample_weight differ in rows: x (8, 3), sample_weight (7,)"));
}

BOOST_AUTO_TEST_SUITE_END()
