// compile, fit, evaluate, predict and callbacks, used wrongly.
#include <carousel/carousel.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/lstm.h>
#include <carousel/tensor/host_write.h>
#include <tests/faults/wrong_use.h>

#include <cmath>

using namespace carousel;
using namespace carousel::test;

namespace {

const Tensor kX = linspace(-1, 1, 80).reshape({8, 5, 2}), kY = linspace(0, 1, 8).reshape({8, 1});

nn::Sequential forecaster(std::int64_t units = 1, const char* loss = "mse") {
  nn::Sequential model{nn::LSTM{{.units = 3}}, nn::Dense{{.units = units}}};
  model.compile({.optimizer = "adam", .loss = loss});
  return model;
}

Tensor with_nan(const Tensor& x) {
  const Tensor copy = x.clone();
  const HostWrite<float> write(copy);
  write[3] = std::nanf("");
  return copy;
}

std::function<void()> fitting(Tensor x, Tensor y, nn::FitOptions options = {}) {
  options.verbose = options.verbose == 1 ? 0 : options.verbose;
  return [=] { forecaster().fit(x, y, options); };
}

std::function<void()> fitting(nn::FitOptions options) { return fitting(kX, kY, options); }

// With this loss and these targets.
std::function<void()> learning(std::int64_t units, const char* loss, Tensor y) {
  return [=] { forecaster(units, loss).fit(kX, y, {.verbose = 0}); };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wrong_training)

BOOST_AUTO_TEST_CASE(options_of_fit) {
  const std::shared_ptr<nn::Callback> none;
  check_all({
      {"batch_size 0",
       fault<ValueError>("[fit] batch_size must be positive, got 0", fitting({.batch_size = 0}))},
      {"batch_size below 0",
       fault<ValueError>("[fit] batch_size must be positive, got -8", fitting({.batch_size = -8}))},
      {"epochs 0",
       fault<ValueError>("[fit] epochs must be positive, got 0", fitting({.epochs = 0}))},
      {"epochs below 0",
       fault<ValueError>("[fit] epochs must be positive, got -3", fitting({.epochs = -3}))},
      {"initial_epoch", fault<ValueError>("[fit] initial_epoch must be in [0, 2], the epochs, got "
                                          "5",
                                          fitting({.epochs = 2, .initial_epoch = 5}))},
      {"verbose",
       fault<ValueError>("[fit] verbose must be 0, 1 or 2, got 7", fitting({.verbose = 7}))},
      {"split 1", fault<ValueError>("[fit] validation_split must be in [0, 1), got 1",
                                    fitting({.validation_split = 1}))},
      {"split below 0", fault<ValueError>("[fit] validation_split must be in [0, 1), got -0.1",
                                          fitting({.validation_split = -0.1}))},
      {"split NaN", fault<ValueError>("[fit] validation_split must be in [0, 1), got nan",
                                      fitting({.validation_split = std::nan("")}))},
      {"split of all rows",
       fault<ValueError>(
           "[fit] validation_split 0.99 of 8 rows leaves 0 to train and 8 to validate",
           fitting({.validation_split = 0.99}))},
      {"validation_freq", fault<ValueError>("[fit] validation_freq must be positive, got 0",
                                            fitting({.validation_freq = 0}))},
      {"half of validation_data", fault<ValueError>("[fit] validation x and y must both be given",
                                                    fitting({.validation_data = {kX, {}}}))},
      {"the other half", fault<ValueError>("[fit] validation x and y must both be given",
                                           fitting({.validation_data = {{}, kY}}))},
      {"no rows to validate",
       fault<ValueError>("[fit] there is no data: x (0, 5, 2)",
                         fitting({.validation_data = {kX.slice(0, 0, 0), kY.slice(0, 0, 0)}}))},
      {"a null callback",
       fault<ValueError>("[fit] callback 0 is null", fitting({.callbacks = {none}}))},
  });
}

BOOST_AUTO_TEST_CASE(data) {
  check_all({
      {"rows differ", fault<ShapeError>("[fit] x and y differ in rows: x (8, 5, 2), y (5, 1)",
                                        fitting(kX, kY.slice(0, 0, 5)))},
      {"no x", fault<ValueError>("[fit] x and y must both be given", fitting({}, kY))},
      {"no y", fault<ValueError>("[fit] x and y must both be given", fitting(kX, {}))},
      {"no rows", fault<ValueError>("[fit] there is no data: x (0, 5, 2)",
                                    fitting(kX.slice(0, 0, 0), kY.slice(0, 0, 0)))},
      {"no steps", fault<ShapeError>("[lstm] the input has no time steps: (8, 0, 2); in "
                                     "sequential.lstm (LSTM)",
                                     fitting(kX.slice(1, 0, 0), kY))},
      {"2-D data", fault<ShapeError>("[lstm] needs (batch, time, features), got 2-D data (8, 10): "
                                     "reshape to (batch, time, features), here (8, 10, 1) or (8, "
                                     "1, 10); in sequential.lstm (LSTM)",
                                     fitting(kX.reshape({8, 10}), kY))},
      {"integers", fault<DTypeError>("[lstm] takes f32 or f64, got i32 (8, 5, 2); in "
                                     "sequential.lstm (LSTM)",
                                     fitting(kX.to(i32), kY))},
      {"y in doubles",
       fault<DTypeError>(
           "[mean_squared_error] prediction is f32, target f64: convert it with .to(f32)",
           fitting(kX, kY.to(f64)))},
      {"y of two columns",
       fault<ShapeError>("[mean_squared_error] prediction (8, 1) and target (8, 2) differ in shape",
                         fitting(kX, kY.expand({8, 2})))},
      {"NaN in y", fault<NumericError>("[fit] y holds NaN, first in row 3: y (8, 1)",
                                       fitting(kX, with_nan(kY)))},
      {"NaN in validation y",
       fault<NumericError>("[fit] validation y holds NaN, first in row 3: validation y (8, 1)",
                           fitting({.validation_data = {kX, with_nan(kY)}}))},
      {"x without rows", fault<ShapeError>("[predict] x has no axis of samples: shape ()",
                                           [] { forecaster().predict(ones({})); })},
      {"nothing to predict",
       fault<ValueError>("[predict] x must be given", [] { forecaster().predict({}); })},
      {"predict no rows", fault<ValueError>("[predict] there is no data: x (0, 5, 2)",
                                            [] { forecaster().predict(kX.slice(0, 0, 0)); })},
      {"predict by 0", fault<ValueError>("[predict] batch_size must be positive, got 0",
                                         [] { forecaster().predict(kX, {.batch_size = 0}); })},
      {"evaluate rows",
       fault<ShapeError>("[evaluate] x and y differ in rows: x (8, 5, 2), y (7, 1)",
                         [] { forecaster().evaluate(kX, kY.slice(0, 1)); })},
      {"one batch, NaN",
       fault<NumericError>("[train_on_batch] y holds NaN, first in row 3: y (8, 1)",
                           [] { forecaster().train_on_batch(kX, with_nan(kY)); })},
      {"an id too large",
       fault<IndexError>(
           "[embedding] index 9 at position 3 is outside [0, 5); in "
           "sequential.embedding (Embedding)",
           [] {
             nn::Sequential model{nn::Embedding{{.input_dim = 5, .output_dim = 2}},
                                  nn::LSTM{{.units = 1}}};
             model.compile({.loss = "mse"});
             model.fit(Tensor{{1, 2}, {3, 9}}, ones({2, 1}), {.verbose = 0, .shuffle = false});
           })},
  });
}

BOOST_AUTO_TEST_CASE(losses_for_other_shapes) {
  const Tensor labels = full({8}, 1, {.dtype = i64});
  check_all({
      {"labels as classes",
       fault<ShapeError>("[categorical_crossentropy] prediction (8, 3) and target (8,) differ in "
                         "shape; integer labels want sparse_categorical_crossentropy",
                         learning(3, "categorical_crossentropy", labels))},
      {"classes as labels",
       fault<ShapeError>("[sparse_categorical_crossentropy] prediction (8, 3) and labels (8, 3) do "
                         "not fit: labels have the prediction's shape without the last axis; "
                         "one-hot targets want categorical_crossentropy",
                         learning(3, "sparse_categorical_crossentropy", ones({8, 3})))},
      {"a label too large",
       fault<IndexError>("[cross_entropy] label 3 in row 0 is out of range for 3 classes",
                         learning(3, "sparse_categorical_crossentropy", labels + 2))},
      {"a label below 0",
       fault<IndexError>("[cross_entropy] label -1 in row 0 is out of range for 3 classes",
                         learning(3, "sparse_categorical_crossentropy", labels - 2))},
      {"two columns for one",
       fault<ShapeError>(
           "[binary_crossentropy] prediction (8, 2) and target (8, 1) differ in shape",
           learning(2, "binary_crossentropy", kY))},
      {"a metric for labels",
       fault<ShapeError>("[sparse_categorical_accuracy] labels (8, 3) are not prediction (8, 3) "
                         "without the last axis",
                         [] {
                           nn::Sequential model{nn::LSTM{{.units = 3}}};
                           model.compile(
                               {.loss = "mse", .metrics = {"sparse_categorical_accuracy"}});
                           model.fit(kX, ones({8, 3}), {.verbose = 0});
                         })},
  });
}

BOOST_AUTO_TEST_CASE(compiling) {
  const auto compile = [](nn::CompileOptions options) {
    return [options] { nn::Sequential{nn::LSTM{{.units = 1}}}.compile(options); };
  };
  check_all({
      {"no loss", fault<ValueError>("[compile] needs a loss: {.loss = \"mse\"}", compile({}))},
      {"unknown loss",
       fault<ValueError>(
           "[compile] no loss is called \"mean_error\"; there are mean_squared_error, ...",
           [=] { compile({.loss = "mean_error"})(); })},
      {"unknown metric", fault<ValueError>("[compile] no metric is called \"f1\"; there are ...",
                                           [=] { compile({.loss = "mse", .metrics = {"f1"}})(); })},
      {"unknown optimizer",
       fault<ValueError>("[compile] no optimizer is called \"adamm\"; there are adadelta, ...",
                         [=] { compile({.optimizer = "adamm", .loss = "mse"})(); })},
      {"a loss without function",
       fault<ValueError>("[compile] the loss \"mine\" has no function",
                         [] { nn::Loss loss("mine", nn::Loss::Function()); })},
      {"a metric without function",
       fault<ValueError>("[compile] the metric \"mine\" has no function",
                         [] { nn::Metric metric("mine", nn::Metric::Function()); })},
      {"fit before", fault<GraphError>("[fit] sequential (Sequential) is not compiled: call "
                                       "compile({.loss = ...}) first",
                                       [] { nn::Sequential{nn::LSTM{{.units = 1}}}.fit(kX, kY); })},
      {"an empty model", fault<ValueError>("[sequential] has no layers; in sequential (Sequential)",
                                           [] {
                                             nn::Sequential model;
                                             model.compile({.loss = "mse"});
                                             model.fit(kX, kY, {.verbose = 0});
                                           })},
      {"nothing to train",
       fault<ValueError>("[fit] sequential (Sequential) has no trainable parameters",
                         [] {
                           nn::Sequential model = forecaster();
                           model.build({1, 5, 2});
                           model.set_trainable(false);
                           model.fit(kX, kY, {.verbose = 0});
                         })},
      {"a loss of the target alone",
       fault<GraphError>("[backward] a root of shape () depends on nothing that wants a gradient",
                         [] {
                           nn::Sequential model{nn::LSTM{{.units = 1}}};
                           model.compile({.loss = nn::Loss("t", [](const Tensor&, const Tensor& y) {
                                            return y;
                                          })});
                           model.fit(kX, kY, {.verbose = 0});
                         })},
  });
}

BOOST_AUTO_TEST_CASE(callbacks) {
  const auto with = [](nn::CallbackHandle callback) {
    return fitting({.callbacks = {callback}, .validation_split = 0.5});
  };
  check_all({
      {"a value that is not there",
       fault<ValueError>("[EarlyStopping] can't monitor \"val_los\": there are loss, val_loss",
                         with(nn::EarlyStopping{{.monitor = "val_los"}}))},
      {"no validation",
       fault<ValueError>("[EarlyStopping] can't monitor \"val_loss\": there are loss",
                         fitting({.callbacks = {nn::EarlyStopping{{.monitor = "val_loss"}}}}))},
      {"no such mode",
       fault<ValueError>("[EarlyStopping] mode must be auto, min or max, got \"up\"",
                         [] { nn::EarlyStopping callback({.mode = "up"}); })},
      {"patience", fault<ValueError>("[EarlyStopping] patience must not be negative, got -1",
                                     [] { nn::EarlyStopping callback({.patience = -1}); })},
      {"a baseline of NaN",
       fault<ValueError>("[EarlyStopping] baseline must be finite, got nan",
                         [] { nn::EarlyStopping callback({.baseline = std::nan("")}); })},
      {"a checkpoint without a name",
       fault<ValueError>("[ModelCheckpoint] needs a filepath",
                         [] { nn::ModelCheckpoint callback({.filepath = ""}); })},
      {"a checkpoint on a folder", fault<IoError>("[save] /tmp: is a folder, not a regular file",
                                                  with(nn::ModelCheckpoint{{.filepath = "/tmp"}}))},
      {"a log on a full disk",
       fault<IoError>("[CSVLogger] can't write /dev/full: No space left on device",
                      with(nn::CSVLogger{{.filename = "/dev/full"}}))},
      {"a log nowhere",
       fault<IoError>("[CSVLogger] can't open /nowhere/a.csv: No such file or directory",
                      with(nn::CSVLogger{{.filename = "/nowhere/a.csv"}}))},
  });
}

BOOST_AUTO_TEST_SUITE_END()
