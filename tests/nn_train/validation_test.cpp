// What is kept for validation stays out of the training.
#include <carousel/nn/train/callbacks.h>
#include <carousel/nn/train/training.h>
#include <carousel/optim/optim.h>
#include <tests/nn_train/support.h>

using namespace carousel;
using namespace carousel::test;

namespace {

std::vector<float> weights_after(const Tensor& x, const Tensor& y, nn::FitOptions options) {
  Net net;
  net.compile({.optimizer = optim::Adam{{.learning_rate = 1e-2}}, .loss = "mse"});
  options.batch_size = 8, options.epochs = 3, options.verbose = 0;
  net.fit(x, y, options);
  return weights_of(net);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(validation)

BOOST_AUTO_TEST_CASE(no_step_sees_its_rows) {
  const Data data(40);
  const Tensor x = data.x.slice(0, 0, 30), y = data.y.slice(0, 0, 30);
  const Tensor other_x = concat({x, ones({10, 3}) * 50}),
               other_y = concat({y, ones({10, 1}) * 1e3});
  const std::vector<float> alone = weights_after(x, y, {});
  BOOST_TEST(weights_after(data.x, data.y, {.validation_split = 0.25}) == alone);
  BOOST_TEST(weights_after(other_x, other_y, {.validation_split = 0.25}) == alone);
  BOOST_TEST(weights_after(x, y, {.validation_data = {other_x, other_y}}) == alone);
  BOOST_TEST(weights_after(other_x, other_y, {}) != alone);
}

BOOST_AUTO_TEST_CASE(a_schedule_is_told_after_epochs_that_validate) {
  const Data data(40);
  const optim::ReduceOnPlateau plateau{
      {.initial_learning_rate = 1, .factor = 0.5, .patience = 1, .min_delta = 1e9}};
  Net net;
  net.compile({.optimizer = optim::SGD{{.learning_rate = plateau}}, .loss = "mae"});
  std::vector<double> rates;
  std::vector<bool> validated;
  const auto look = [&](nn::FitState& fit, nn::Logs& logs) {
    rates.push_back(fit.optimizer.learning_rate());
    validated.push_back(logs.has("val_loss"));
  };
  net.fit(data.x, data.y,
          {.epochs = 7,
           .verbose = 0,
           .callbacks = {nn::LambdaCallback{{.on_epoch_end = look}}},
           .validation_split = 0.25,
           .validation_freq = 2});
  // The first value is better than none; each of the others is too little better.
  BOOST_TEST(rates == (std::vector<double>{1, 1, 1, 0.5, 0.5, 0.25, 0.25}));
  BOOST_TEST(validated == (std::vector<bool>{false, true, false, true, false, true, false}));
}

BOOST_AUTO_TEST_CASE(a_refused_fit_changes_nothing) {
  const Data data(8);
  Net net;
  net.compile({.optimizer = "adam", .loss = "mse"});
  BOOST_CHECK_THROW(net.fit(data.x, data.y, {.verbose = 0, .validation_split = 0.99}), ValueError);
  BOOST_TEST(!net.built());
  net.fit(data.x, data.y, {.verbose = 0});
  const std::vector<float> before = weights_of(net);
  BOOST_CHECK_THROW(net.fit(data.x, data.y.expand({8, 2}), {.verbose = 0}), ShapeError);
  BOOST_CHECK_THROW(net.fit(data.x, data.y.slice(0, 1), {.verbose = 0}), ShapeError);
  const Tensor wider = ones({4, 5});
  BOOST_CHECK_THROW(
      net.fit(data.x, data.y, {.verbose = 0, .validation_data = {wider, ones({4, 1})}}),
      ShapeError);
  BOOST_TEST(weights_of(net) == before);
  BOOST_TEST(net.training_state()->optimizer->iterations() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
