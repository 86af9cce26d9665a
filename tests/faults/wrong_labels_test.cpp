// Labels, weights and validation data that don't fit: said before anything is trained.
#include <carousel/carousel.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/losses.h>
#include <carousel/nn/metrics.h>
#include <carousel/tensor/host_write.h>
#include <tests/faults/wrong_use.h>

#include <cmath>

using namespace carousel;
using namespace carousel::test;

namespace {

const Tensor kX = linspace(-1, 1, 48).reshape({8, 3, 2}), kY = linspace(0, 1, 8).reshape({8, 1});
const Tensor kThreeClasses{0, 1, 2, 0, 1, 2, 0, 1};

nn::Sequential model(std::int64_t units, const char* activation, nn::CompileOptions options) {
  nn::Sequential made{nn::LSTM{{.units = 3}},
                      nn::Dense{{.units = units, .activation = activation}}};
  made.compile(std::move(options));
  return made;
}

// Through fit(), with this last layer and these targets.
std::function<void()> fitting(std::int64_t units, const char* activation,
                              nn::CompileOptions options, Tensor y, nn::FitOptions how = {}) {
  how.verbose = 0;
  return [=] { model(units, activation, options).fit(kX, y, how); };
}

// A regression.
std::function<void()> fitting(nn::FitOptions how) {
  return fitting(1, "linear", {.loss = "mse"}, kY, how);
}

Tensor with_nan(const Tensor& x) {
  const Tensor copy = x.clone();
  const HostWrite<float> write(copy);
  write[3] = std::nanf("");
  return copy;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wrong_labels)

BOOST_AUTO_TEST_CASE(for_another_loss) {
  const auto sigmoid = [](const char* loss, Tensor y) {
    return fitting(1, "sigmoid", {.loss = loss}, y);
  };
  const auto softmax = [](const char* loss, Tensor y) {
    return fitting(3, "softmax", {.loss = loss}, y);
  };
  check_all({
      {"three classes on a sigmoid",
       fault<ValueError>("[binary_crossentropy] targets must be in [0, 1], got 2: classes numbered "
                         "0, 1, 2, ... want sparse_categorical_crossentropy and one output a class",
                         sigmoid("binary_crossentropy", kThreeClasses))},
      {"three classes on a sigmoid, focal",
       fault<ValueError>("[binary_focal_crossentropy] targets must be in [0, 1], got 2: classes "
                         "numbered 0, 1, 2, ... want sparse_categorical_crossentropy and one "
                         "output a class",
                         sigmoid("binary_focal_crossentropy", kThreeClasses))},
      {"classes for one output",
       fault<ShapeError>("[sparse_categorical_crossentropy] needs one output a class, got "
                         "prediction (8, 1): give the last layer as many units as there are "
                         "classes, or use binary_crossentropy for two",
                         sigmoid("sparse_categorical_crossentropy", kThreeClasses))},
      {"fractions as classes",
       fault<ValueError>("[loss] labels are whole numbers, one a class, got fractions: regression "
                         "wants mse or mae, probabilities want categorical_crossentropy",
                         softmax("sparse_categorical_crossentropy", kY))},
      {"class numbers for one-hot",
       fault<ShapeError>("[categorical_focal_crossentropy] prediction (8, 3) and target (8,) "
                         "differ in shape; integer labels want sparse_categorical_crossentropy",
                         softmax("categorical_focal_crossentropy", kThreeClasses))},
      {"fewer columns",
       fault<ShapeError>("[kl_divergence] prediction (8, 3) and target (8, 1) differ in shape",
                         softmax("kl_divergence", kY))},
  });
}

BOOST_AUTO_TEST_CASE(for_a_metric) {
  const auto metric = [](std::int64_t units, const char* name, Tensor y) {
    return fitting(units, "sigmoid", {.loss = "mse", .metrics = {name}}, y);
  };
  const Tensor three = kThreeClasses.reshape({8, 1});
  check_all({
      {"accuracy of floats",
       fault<ValueError>("[accuracy] targets must be class numbers, or 0 and 1, got "
                         "...",
                         metric(1, "accuracy", kY))},
      {"accuracy of three classes",
       fault<ValueError>("[accuracy] targets must be in [0, 1], got 2: classes numbered 0, 1, 2, "
                         "... want sparse_categorical_crossentropy and one output a class",
                         metric(1, "acc", three))},
      {"precision of three classes",
       fault<ValueError>("[Precision] targets must be in [0, 1], got 2: classes numbered 0, 1, 2, "
                         "... want sparse_categorical_crossentropy and one output a class",
                         metric(1, "precision", three))},
      {"AUC of three classes",
       fault<ValueError>("[AUC] targets must be in [0, 1], got 2: classes numbered 0, 1, 2, ... "
                         "want sparse_categorical_crossentropy and one output a class",
                         metric(1, "auc", three))},
      {"fractions for an IoU",
       fault<ValueError>("[BinaryIoU] labels are whole numbers, one a class, got fractions: "
                         "regression wants mse or mae, probabilities want "
                         "categorical_crossentropy",
                         metric(1, "binary_io_u", kY))},
      {"a class that an IoU lacks",
       fault<IndexError>("[one_hot] index 2 at position ...", metric(1, "binary_io_u", three))},
  });
}

BOOST_AUTO_TEST_CASE(of_ctc) {
  const Tensor logits = zeros({2, 5, 4});
  const auto ctc = [logits](Tensor labels) { return [=] { nn::ctc(logits, labels); }; };
  check_all({
      {"longer than the input",
       fault<ValueError>("[ctc_loss] sample 1 has 6 labels, which take 6 frames, and 5 frames: "
                         "shorten the labels, lengthen the input, or set zero_infinity",
                         ctc(Tensor{{1, 2, 0, 0, 0, 0}, {1, 2, 1, 2, 1, 2}}))},
      {"longer with its blanks between equals",
       fault<ValueError>("[ctc_loss] sample 0 has 3 labels, which take 5 frames, and 4 frames: "
                         "shorten the labels, lengthen the input, or set zero_infinity",
                         [logits] {
                           nn::ctc(
                               nn::Value::masked(logits, Tensor{{true, true, true, true, false},
                                                                {true, true, true, true, false}}),
                               Tensor{{2, 2, 2}, {1, 0, 0}});
                         })},
      {"no class of the input",
       fault<IndexError>("[ctc_loss] sample 1 has label 4: labels are in [0, 4) without the blank, "
                         "0",
                         ctc(Tensor{{1}, {4}}))},
      {"below the blank",
       fault<IndexError>("[ctc_loss] sample 0 has label -1: labels are in [0, 4) without the "
                         "blank, 0",
                         ctc(Tensor{{-1}, {3}}))},
      {"fractions",
       fault<ValueError>("[ctc] labels are whole numbers, one a class, got fractions: regression "
                         "wants mse or mae, probabilities want categorical_crossentropy",
                         ctc(Tensor{{1.5f}, {1.f}}))},
      {"booleans", fault<DTypeError>("[ctc] labels are class numbers, i32 or i64, or floats that "
                                     "are whole; got bool",
                                     ctc(Tensor{{true}, {true}}))},
      {"one row of labels",
       fault<ShapeError>("[ctc] needs logits (batch, time, classes) and labels (batch, width), got "
                         "(2, 5, 4) and (3,)",
                         ctc(Tensor{1, 2, 3}))},
      {"labels of another batch",
       fault<ShapeError>("[ctc_loss] labels (1, 2) are not (batch, width) for ...",
                         ctc(Tensor{{1, 2}}))},
  });
}

BOOST_AUTO_TEST_CASE(weights_of_classes) {
  using Weights = std::map<std::int64_t, double>;
  const auto sparse = [](Weights weights) {
    return fitting(3, "softmax", {.loss = "sparse_categorical_crossentropy"}, kThreeClasses,
                   {.class_weight = weights});
  };
  const auto one_hot_targets = [](Weights weights) {
    return fitting(3, "softmax", {.loss = "categorical_crossentropy"}, one_hot(kThreeClasses, 3),
                   {.class_weight = weights});
  };
  const auto batch = [](Weights weights) {
    return [=] {
      model(3, "softmax", {.loss = "sparse_categorical_crossentropy"})
          .train_on_batch(kX, kThreeClasses, {.class_weight = weights});
    };
  };
  check_all({
      {"beyond the last class",
       fault<ValueError>("[fit] class_weight names class 3, y (8,) has classes 0 to 2",
                         sparse({{1, 2.0}, {3, 2.0}}))},
      {"below the first class",
       fault<ValueError>("[train_on_batch] class_weight names class -1, y (8,) has classes 0 to 2",
                         batch({{-1, 2.0}}))},
      {"beyond the columns",
       fault<ValueError>("[fit] class_weight names class 3, y (8, 3) has classes 0 to 2",
                         one_hot_targets({{3, 2.0}}))},
      {"infinite", fault<ValueError>("[fit] class_weight of 1 is inf", sparse({{1, HUGE_VAL}}))},
      {"NaN", fault<ValueError>("[fit] class_weight of 1 is nan", sparse({{1, std::nan("")}}))},
      {"of a regression",
       fault<ValueError>("[fit] class_weight is for targets that are class numbers or one-hot, y "
                         "(8, 1) holds 0.1428571492433548: give sample_weight",
                         fitting({.class_weight = {{0, 2.0}}}))},
  });
  // A batch needs not show every class.
  model(3, "softmax", {.loss = "sparse_categorical_crossentropy"})
      .train_on_batch(kX, kThreeClasses * 0, {.class_weight = {{2, 3.0}}});
}

BOOST_AUTO_TEST_CASE(weights_of_samples) {
  check_all({
      {"one a step, of targets without steps",
       fault<ShapeError>("[loss] sample_weight (8, 3) does not fit values (8,): give one a sample, "
                         "or one a position",
                         fitting({.sample_weight = ones({8, 3})}))},
      {"too few", fault<ShapeError>("[fit] x and sample_weight differ in rows: x (8, 3, 2), "
                                    "sample_weight (7,)",
                                    fitting({.sample_weight = ones({7})}))},
      {"NaN", fault<NumericError>("[fit] sample_weight holds NaN, first in row 3: sample_weight "
                                  "(8,)",
                                  fitting({.sample_weight = with_nan(ones({8}))}))},
      {"NaN to evaluate",
       fault<NumericError>("[evaluate] y holds NaN, first in row 3: y (8, 1)",
                           [] { model(1, "linear", {.loss = "mse"}).evaluate(kX, with_nan(kY)); })},
      {"weights to evaluate",
       fault<NumericError>("[evaluate] sample_weight holds NaN, first in row 3: sample_weight (8,)",
                           [] {
                             model(1, "linear", {.loss = "mse"})
                                 .evaluate(kX, kY, {.sample_weight = with_nan(ones({8}))});
                           })},
  });
}

BOOST_AUTO_TEST_CASE(to_validate_with) {
  const auto validating = [](nn::ValidationData data) {
    return fitting({.validation_data = data});
  };
  check_all({
      {"other features",
       fault<ShapeError>("[fit] validation x (8, 3, 5) does not fit the model: [lstm] was built "
                         "for 2 features, got shape (8, 3, 5); in sequential.lstm (LSTM)",
                         validating({ones({8, 3, 5}), kY}))},
      {"another precision",
       fault<DTypeError>("[fit] validation x is f64, x f32: convert it with .to(f32)",
                         validating({kX.to(f64), kY}))},
      {"two inputs",
       fault<ValueError>("[fit] validation x are 2 tensors, x 1", validating({{kX, kX}, kY}))},
      {"wider targets",
       fault<ShapeError>("[fit] validation y (8, 2) does not go with y (8, 1): only the number of "
                         "rows may differ",
                         validating({kX, ones({8, 2})}))},
      {"NaN among the weights",
       fault<NumericError>("[fit] validation sample_weight holds NaN, first in row 3: validation "
                           "sample_weight (8,)",
                           validating({kX, kY, with_nan(ones({8}))}))},
  });
  // Longer sequences fit an LSTM, and a loss takes targets without their last axis of 1.
  nn::Sequential fits = model(1, "linear", {.loss = "mse"});
  fits.fit(kX, kY, {.verbose = 0, .validation_data = {ones({4, 7, 2}), ones({4, 1})}});
  fits.fit(kX, kY, {.verbose = 0, .validation_data = {kX, kY.reshape({8})}});
  BOOST_TEST(fits.get_layer("lstm").input_shape()[1] == 3);
}

BOOST_AUTO_TEST_SUITE_END()
