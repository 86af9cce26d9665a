// Losses and metrics against their formulas, on numbers worked out by hand.
#include <carousel/autograd/ops.h>
#include <carousel/nn/losses.h>
#include <carousel/nn/metrics.h>
#include <carousel/nn/train/meter.h>
#include <carousel/tensor/error.h>

#include <boost/test/unit_test.hpp>

using namespace carousel;

namespace {

const Tensor kPrediction{{0.2, 0.5, 0.3}, {0.6, 0.3, 0.1}};
const Tensor kOneHot{{0., 1., 0.}, {0., 0., 1.}};
const Tensor kLabels = Tensor{std::int64_t{1}, std::int64_t{2}};

void check(const Tensor& value, double expected) {
  BOOST_TEST(value.numel() == 1);
  BOOST_TEST(std::abs(value.item() - expected) < 1e-12, value.item() << " and " << expected);
}

auto says(const std::string& text) {
  return [text](const Error& e) {
    BOOST_TEST(e.what() == text);
    return true;
  };
}

auto begins(const std::string& text) {
  return [text](const Error& e) {
    BOOST_TEST(std::string(e.what()).substr(0, text.size()) == text);
    return true;
  };
}

// The metric over these batches.
double over(const nn::Metric& metric, std::initializer_list<std::pair<nn::Value, Tensor>> batches) {
  nn::detail::Meter meter({{.name = "y", .loss = nn::mse, .metrics = {metric}}});
  for (const auto& [prediction, target] : batches)
    meter.add({Tensor{1.0}.sum(), {}}, {prediction}, target);
  nn::Logs logs;
  meter.write(logs);
  return logs[metric.name()];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(losses)

BOOST_AUTO_TEST_CASE(of_differences) {
  const Tensor p{{1.0, 2.0}, {3.0, 6.0}}, t{{1.5, 2.0}, {3.0, 3.0}};
  check(nn::mse(p, t), (0.25 + 9) / 4);
  check(nn::mae(p, t), 3.5 / 4);
  check(nn::huber(p, t), (0.125 + 2.5) / 4);
  check(nn::Huber{{.delta = 4}}(p, t), (0.125 + 4.5) / 4);
  check(nn::Loss("mean_squared_error")(p, t), (0.25 + 9) / 4);
  check(nn::Loss("mae")(p, t), 3.5 / 4);
}

BOOST_AUTO_TEST_CASE(of_probabilities) {
  check(nn::categorical_crossentropy(kPrediction, kOneHot), -(std::log(0.5) + std::log(0.1)) / 2);
  check(nn::categorical_crossentropy(kPrediction * 3, kOneHot),
        -(std::log(0.5) + std::log(0.1)) / 2);
  check(nn::sparse_categorical_crossentropy(kPrediction, kLabels),
        -(std::log(0.5) + std::log(0.1)) / 2);
  check(nn::sparse_categorical_crossentropy(kPrediction, kLabels.unsqueeze(-1)),
        -(std::log(0.5) + std::log(0.1)) / 2);
  const Tensor p{{0.9}, {0.2}, {0.0}}, t{{1.0}, {1.0}, {1.0}};
  check(nn::binary_crossentropy(p, t), -(std::log(0.9) + std::log(0.2) + std::log(1e-7)) / 3);
}

BOOST_AUTO_TEST_CASE(of_logits) {
  const Tensor logits = log(kPrediction) + 5.0;
  check(nn::CategoricalCrossentropy{{.from_logits = true}}(logits, kOneHot),
        -(std::log(0.5) + std::log(0.1)) / 2);
  check(nn::SparseCategoricalCrossentropy{{.from_logits = true}}(logits, kLabels),
        -(std::log(0.5) + std::log(0.1)) / 2);
  const Tensor x{{2.0}, {-800.0}}, t{{1.0}, {1.0}};
  check(nn::BinaryCrossentropy{{.from_logits = true}}(x, t),
        (std::log1p(std::exp(-2.0)) + 800) / 2);
}

BOOST_AUTO_TEST_CASE(targets_are_made_to_fit) {
  const Tensor p{{0.75}, {0.25}};
  check(nn::mse(p, Tensor{1.0, 0.0}), 0.0625);
  check(nn::mse(p, Tensor{1, 0}), 0.0625);
  check(nn::mae(p.squeeze(), Tensor{{true}, {false}}), 0.25);
  BOOST_CHECK_THROW(nn::mse(p, Tensor{{1.0, 2.0}, {3.0, 4.0}}), ShapeError);
  BOOST_CHECK_THROW(nn::mse(p, Tensor{{1.f}, {0.f}}), DTypeError);
}

BOOST_AUTO_TEST_CASE(a_mask_leaves_positions_out) {
  const Tensor p{{{1.0}, {2.0}}, {{3.0}, {100.0}}}, t{{{0.0}, {0.0}}, {{0.0}, {0.0}}};
  const nn::Value masked = nn::Value::masked(p, Tensor{{true, true}, {true, false}});
  check(nn::mse(masked, t), 14.0 / 3);
  BOOST_TEST(over(nn::mae, {{masked, t}}) == 2);
  const Tensor leaf = p.clone().set_requires_grad();
  nn::mse(nn::Value::masked(leaf, masked.mask), t).backward();
  BOOST_TEST(leaf.grad()(1, 1, 0) == 0);
  BOOST_TEST(leaf.grad()(1, 0, 0) == 2);
}

BOOST_AUTO_TEST_CASE(reductions_and_weights) {
  const Tensor p{{{1.0}, {2.0}}, {{3.0}, {4.0}}}, t = zeros({2, 2, 1}, {.dtype = f64});
  const auto reduced = [&](std::string_view reduction, const Tensor& weight) {
    return nn::MeanAbsoluteError{{.reduction = reduction}}(p, t, weight);
  };
  const Tensor a_sample{1.0, 0.5}, a_step{{1.0, 0.0}, {2.0, 1.0}};
  check(reduced("sum", {}), 10);
  check(reduced("sum", a_sample), 1 + 2 + 1.5 + 2);
  check(reduced("sum_over_batch_size", a_step), (1 + 6 + 4) / 4.0);
  check(reduced("mean", a_step), (1 + 6 + 4) / 4.0);
  check(reduced("mean_with_sample_weight", a_step), (1 + 6 + 4) / 4.0);
  check(reduced("mean_with_sample_weight", a_sample), 6.5 / 1.5);
  check(reduced("mean_with_sample_weight", zeros({2})), 0);  // as in Keras
  const Tensor each = reduced("none", a_step);
  BOOST_TEST(each(0, 1) == 0);
  BOOST_TEST(each(1, 0) == 6);
}

BOOST_AUTO_TEST_CASE(a_mask_counts_as_weights) {
  const nn::Value p = nn::Value::masked(Tensor{{{1.0}, {2.0}}, {{3.0}, {100.0}}},
                                        Tensor{{true, true}, {true, false}});
  const Tensor t = zeros({2, 2, 1}, {.dtype = f64}), weight{1.0, 2.0};
  check(nn::MeanAbsoluteError{}(p, t, weight), (1 + 2 + 6) / 3.0);
  check(nn::MeanAbsoluteError{{.reduction = "sum"}}(p, t, weight), 9);
  check(nn::MeanAbsoluteError{{.reduction = "mean_with_sample_weight"}}(p, t, weight), 9 / 4.0);
  const nn::Value none = nn::Value::masked(p, Tensor{{false, false}, {false, false}});
  check(nn::mae(none, t), 0);
}

BOOST_AUTO_TEST_CASE(an_ignored_class_does_not_count) {
  const nn::SparseCategoricalCrossentropy loss{{.ignore_class = -1}};
  const Tensor labels{std::int64_t{1}, std::int64_t{-1}};
  check(loss(kPrediction, labels), -std::log(0.5));
  BOOST_CHECK_THROW(nn::sparse_categorical_crossentropy(kPrediction, labels), IndexError);
}

BOOST_AUTO_TEST_CASE(classes_along_another_axis) {
  const Tensor p = softmax(arange(24, {.dtype = f64}).reshape({2, 3, 4}) * 0.1, 1);
  const Tensor labels = Tensor{0, 2, 1, 2, 0, 1, 1, 2}.reshape({2, 4});
  const nn::SparseCategoricalCrossentropy along{{.axis = 1}};
  BOOST_TEST(along(p, labels).item() ==
             nn::sparse_categorical_crossentropy(p.permute({0, 2, 1}), labels).item());
}

BOOST_AUTO_TEST_CASE(extreme_predictions_stay_finite) {
  const Tensor p{{1e4, -1e4}}, t{{-1e4, 1e4}};
  check(nn::log_cosh(p, t), 2e4 - std::log(2));
  check(nn::cosine_similarity(zeros({1, 2}, {.dtype = f64}), p), 0);
  const Tensor certain{{0.0, 1.0}}, wrong{{1.0, 0.0}};
  check(nn::kl_divergence(certain, wrong), std::log(1e7) + 1e-7 * std::log(1e-7));
  check(nn::CategoricalCrossentropy{{.from_logits = true}}(p, wrong), 0);
  check(nn::CategoricalCrossentropy{{.from_logits = true}}(p, certain), 2e4);
}

BOOST_AUTO_TEST_CASE(labels_that_do_not_fit) {
  const Tensor column{{0.5}, {0.5}, {0.5}}, classes = Tensor{0, 1, 2};
  BOOST_CHECK_EXCEPTION(
      nn::binary_crossentropy(column, classes), ValueError,
      says("[binary_crossentropy] targets must be in [0, 1], got 2: classes numbered 0, 1, 2, ... "
           "want sparse_categorical_crossentropy and one output a class"));
  BOOST_CHECK_EXCEPTION(
      nn::sparse_categorical_crossentropy(column, classes), ShapeError,
      says("[sparse_categorical_crossentropy] needs one output a class, got prediction (3, 1): "
           "give the last layer as many units as there are classes, or use binary_crossentropy for "
           "two"));
  BOOST_CHECK_EXCEPTION(
      nn::sparse_categorical_crossentropy(kPrediction, kOneHot), ShapeError,
      says("[sparse_categorical_crossentropy] prediction (2, 3) and labels (2, 3) do not fit: "
           "labels have the prediction's shape without the last axis; one-hot targets want "
           "categorical_crossentropy"));
  BOOST_CHECK_EXCEPTION(
      nn::mse(kPrediction, kOneHot.to(f32)), DTypeError,
      says("[mean_squared_error] prediction is f64, target f32: convert it with .to(f64)"));
  BOOST_CHECK_EXCEPTION(
      nn::mse(kPrediction, kOneHot.t()), ShapeError,
      says("[mean_squared_error] prediction (2, 3) and target (3, 2) differ in shape"));
  BOOST_CHECK_EXCEPTION(
      nn::mse(kPrediction, kOneHot, ones({3})), ShapeError,
      says("[loss] sample_weight (3,) does not fit values (2,): give one a sample, or one a "
           "position"));
}

BOOST_AUTO_TEST_CASE(ctc_takes_padded_labels_and_masks) {
  Generator generator{1, 0, 0};
  const Tensor logits = randn({1, 5, 3}, generator, {.dtype = f64});
  const Tensor labels{{1, 2, 0}}, mask{{true, true, true, false, false}};
  check(nn::ctc(nn::Value::masked(logits, mask), labels),
        nn::ctc(logits.slice(1, 0, 3), labels).item());
  const auto throws = [](const std::string& text, const auto& wrong) {
    BOOST_CHECK_EXCEPTION(wrong(), ValueError, says(text));
  };
  throws("[ctc] labels must be padded at the end", [&] { nn::ctc(logits, Tensor{{1, 0, 2}}); });
  throws(
      "[ctc_loss] sample 0 has 3 labels, which take 5 frames, and 3 frames: shorten the labels, "
      "lengthen the input, or set zero_infinity",
      [&] {
        nn::ctc(nn::Value::masked(logits, mask), Tensor{{1, 1, 1}});
      });
}

BOOST_AUTO_TEST_CASE(arguments_outside_their_domain) {
  const auto throws = [](const std::string& text, const auto& make) {
    BOOST_CHECK_EXCEPTION(make(), ValueError, says(text));
  };
  throws("[BinaryCrossentropy] label_smoothing must be in [0, 1], got 2",
         [] { nn::BinaryCrossentropy{{.label_smoothing = 2}}; });
  throws("[BinaryFocalCrossentropy] gamma must not be negative, got -1",
         [] { nn::BinaryFocalCrossentropy{{.gamma = -1}}; });
  throws("[CategoricalFocalCrossentropy] alpha must be in [0, 1], got 3",
         [] { nn::CategoricalFocalCrossentropy{{.alpha = 3}}; });
  throws("[CategoricalGeneralizedCrossEntropy] q must be in (0, 1), got 1",
         [] { nn::CategoricalGeneralizedCrossEntropy{{.q = 1}}; });
  throws("[Tversky] beta must not be negative, got -1", [] { nn::Tversky{{.beta = -1}}; });
  throws("[Circle] margin must be in [0, 1], got 2", [] { nn::Circle{{.margin = 2}}; });
  throws(
      "[loss] reduction 'max' is none of sum_over_batch_size, sum, mean, "
      "mean_with_sample_weight, none",
      [] { nn::MeanSquaredError{{.reduction = "max"}}; });
}

BOOST_AUTO_TEST_CASE(one_of_your_own) {
  const nn::Loss cubic("cubic", [](const Tensor& prediction, const Tensor& target) {
    return mean(pow(prediction - target, 3), -1);
  });
  check(cubic(Tensor{{1.0}, {3.0}}, Tensor{{0.0}, {1.0}}), 4.5);
  BOOST_TEST(cubic.name() == "cubic");
}

BOOST_AUTO_TEST_CASE(names_and_options_that_do_not_exist) {
  BOOST_CHECK_EXCEPTION(nn::Loss("rmse"), ValueError,
                        begins("[compile] no loss is called \"rmse\"; there are "
                               "mean_squared_error, mean_absolute_error, "));
  BOOST_CHECK_EXCEPTION(nn::Huber{{.delta = 0}}, ValueError,
                        says("[Huber] delta must be positive, got 0"));
  BOOST_CHECK_EXCEPTION(
      nn::Metric("speed"), ValueError,
      begins("[compile] no metric is called \"speed\"; there are accuracy, exact_accuracy, "));
  BOOST_CHECK_THROW(nn::sparse_categorical_crossentropy(kPrediction, kLabels + 1), IndexError);
  BOOST_CHECK_THROW(nn::sparse_categorical_crossentropy(kPrediction, kLabels - 2), IndexError);
  BOOST_CHECK_EXCEPTION(nn::sparse_categorical_crossentropy(kPrediction, kLabels.to(f32) + 0.5),
                        ValueError,
                        begins("[loss] labels are whole numbers, one a class, got fractions: "));
  BOOST_CHECK_EXCEPTION(
      nn::categorical_crossentropy(kPrediction, kLabels), ShapeError,
      says("[categorical_crossentropy] prediction (2, 3) and target (2,) differ in shape; integer "
           "labels want sparse_categorical_crossentropy"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(metrics)

BOOST_AUTO_TEST_CASE(batches_count_by_their_size) {
  const Tensor zero3{{0.0}, {0.0}, {0.0}}, zero1{{0.0}};
  const Tensor p3{{1.0}, {2.0}, {3.0}}, p1{{6.0}};
  BOOST_TEST(over("mae", {{p3, zero3}, {p1, zero1}}) == 3);
  BOOST_TEST(over("mse", {{p3, zero3}, {p1, zero1}}) == 12.5);
  BOOST_TEST(over("rmse", {{p3, zero3}, {p1, zero1}}) == std::sqrt(12.5));
  BOOST_TEST(over(nn::Huber{{.delta = 1}}, {{p3, zero3}, {p1, zero1}}) ==
             (0.5 + 1.5 + 2.5 + 5.5) / 4);
}

BOOST_AUTO_TEST_CASE(accuracy_is_chosen_by_the_shapes) {
  const Tensor p{{0.9}, {0.2}, {0.5}}, t{{1.0}, {1.0}, {0.0}};
  BOOST_TEST(std::abs(over("accuracy", {{p, t}}) - 2.0 / 3) < 1e-15);
  BOOST_TEST(std::abs(over("accuracy", {{p, t.squeeze()}}) - 2.0 / 3) < 1e-15);
  BOOST_TEST(over("accuracy", {{kPrediction, kOneHot}}) == 0.5);
  BOOST_TEST(over("acc", {{kPrediction, kLabels}}) == 0.5);
  BOOST_TEST(over("acc", {{kPrediction, kLabels.unsqueeze(-1).to(f64)}}) == 0.5);
  BOOST_TEST(over(nn::accuracy, {{kPrediction, Tensor{{1.0, 0.0, 0.0}, {1.0, 0.0, 0.0}}}}) == 0.5);
}

BOOST_AUTO_TEST_SUITE_END()
