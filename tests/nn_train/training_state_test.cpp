// Stopped after any batch and resumed, training gives the same bits.
#include <carousel/nn/io/checkpoint.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/train/callbacks.h>
#include <carousel/nn/train/training_state.h>
#include <carousel/optim/optim.h>
#include <tests/nn_train/support.h>

using namespace carousel;
using namespace carousel::test;

namespace {

// 3 epochs of 4 batches, the last one short.
constexpr std::int64_t kRows = 28, kBatch = 8, kBatches = 4, kEpochs = 3;

nn::CompileOptions compiled() {
  return {.optimizer =
              optim::Adam{{.learning_rate = optim::ReduceOnPlateau{{.initial_learning_rate = 0.02,
                                                                    .factor = 0.5,
                                                                    .patience = 1,
                                                                    .min_delta = 1}},
                           .global_clipnorm = 0.5}},
          .loss = "mse",
          .metrics = {"mae"}};
}

nn::FitOptions options(std::vector<nn::CallbackHandle> callbacks) {
  return {.batch_size = kBatch,
          .epochs = kEpochs,
          .verbose = 0,
          .callbacks = std::move(callbacks),
          .validation_split = 0.125,
          .seed = 11};
}

// Saves after this many batches in all and stops.
nn::LambdaCallback stop_after(std::int64_t count, const std::string& path) {
  return nn::LambdaCallback{
      {.on_batch_end = [=, done = std::int64_t{0}](nn::FitState& fit, std::int64_t,
                                                   const nn::Logs&) mutable {
        if (++done != count) return;
        nn::save_training(fit.model, path);
        fit.stop_training = true;
      }}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(training_state)

BOOST_AUTO_TEST_CASE(resumed_after_any_batch_it_ends_with_the_same_weights) {
  const Folder folder;
  const Data data(32);
  Net whole;
  whole.compile(compiled());
  const nn::History history = whole.fit(data.x, data.y, options({}));
  const std::vector<float> expected = weights_of(whole);
  for (std::int64_t k = 1; k <= kEpochs * kBatches; ++k) {
    const std::string path = folder / "state.h5";
    {
      Net stopped;
      stopped.compile(compiled());
      stopped.fit(data.x, data.y, options({stop_after(k, path)}));
      if (k < kEpochs * kBatches) BOOST_TEST(weights_of(stopped) != expected);
    }
    nn::set_seed(99);  // a fresh model would begin elsewhere
    Net resumed;
    resumed.compile(compiled());
    nn::load_training(resumed, path);
    const nn::History rest = resumed.fit(data.x, data.y, options({}));
    nn::set_seed(0);
    BOOST_TEST(weights_of(resumed) == expected, "after batch " << k);
    BOOST_TEST(rest["loss"].back() == history["loss"].back());
    BOOST_TEST(rest["val_mae"].back() == history["val_mae"].back());
  }
}

BOOST_AUTO_TEST_CASE(after_an_epoch_by_model_checkpoint) {
  const Folder folder;
  const Data data(32);
  Net whole, resumed;
  whole.compile(compiled());
  whole.fit(data.x, data.y, options({nn::ModelCheckpoint{{.filepath = folder / "{epoch:02}.h5"}}}));
  resumed.compile(compiled());
  nn::load_training(resumed, folder / "02.h5");
  const nn::History rest = resumed.fit(data.x, data.y, options({}));
  BOOST_TEST(rest.epochs() == std::vector<std::int64_t>{2}, boost::test_tools::per_element());
  BOOST_TEST(weights_of(resumed) == weights_of(whole));
}

BOOST_AUTO_TEST_CASE(callbacks_go_on_where_they_were) {
  const Folder folder;
  const Data data(32);
  // Never better by 10: stops after 3 epochs, of which the file has seen one.
  const auto stopping = [] {
    return std::make_shared<nn::EarlyStopping>(
        nn::EarlyStoppingOptions{.min_delta = 10, .patience = 2, .restore_best_weights = true});
  };
  const auto first = stopping(), second = stopping();
  Net whole, resumed;
  for (Net* net : {&whole, &resumed}) net->compile(compiled());
  nn::FitOptions all = options({first, nn::ModelCheckpoint{{.filepath = folder / "{epoch}.h5"}}});
  all.epochs = 10;
  const nn::History history = whole.fit(data.x, data.y, all);
  nn::load_training(resumed, folder / "1.h5");
  all.callbacks[0] = second;
  const nn::History rest = resumed.fit(data.x, data.y, all);
  BOOST_TEST(rest.epochs().back() == history.epochs().back());
  BOOST_TEST(second->stopped_epoch() == first->stopped_epoch());
  BOOST_TEST(second->best_epoch() == first->best_epoch());
  BOOST_TEST(weights_of(resumed) == weights_of(whole));
}

BOOST_AUTO_TEST_CASE(a_stateful_layer_goes_on_from_the_state_it_had) {
  const Folder folder;
  const std::string path = folder / "state.h5";
  Generator generator{5, 0, 0};
  const Tensor x = rand({32, 4, 2}, generator), y = sum(x, {1, 2}).unsqueeze(-1);
  const auto model = [](bool stateful) {
    nn::Sequential net{nn::LSTM{{.units = 6, .stateful = stateful}}, nn::Dense{{.units = 1}}};
    net.compile(compiled());
    return net;
  };
  nn::FitOptions all = options({});
  all.validation_split = 0.25;  // every batch has 8 rows
  nn::Sequential whole = model(true);
  whole.fit(x, y, all);
  for (const std::int64_t k : {1, 3, 5, 8}) {
    nn::Sequential stopped = model(true), resumed = model(true);
    all.callbacks = {stop_after(k, path)};
    stopped.fit(x, y, all);
    nn::load_training(resumed, path);
    all.callbacks = {};
    resumed.fit(x, y, all);
    BOOST_TEST(weights_of(resumed) == weights_of(whole), "after batch " << k);
  }
  nn::Sequential plain = model(false);
  BOOST_CHECK_EXCEPTION(nn::load_training(plain, path), FormatError,
                        says("[load_training] " + path +
                             " is of another architecture: it has /carried/lstm/h of shape (8, 6), "
                             "which is not here"));
  // Weights are another matter: they serve a model for batches of another size.
  nn::Sequential single = model(true);
  single(zeros({1, 4, 2}));
  nn::load_weights(single, path);
  BOOST_TEST(single.get_layer<nn::LSTM>("lstm").states().h.dim(0) == 1);
}

BOOST_AUTO_TEST_CASE(files_that_do_not_fit) {
  const Folder folder;
  const Data data(32);
  Net net, plain;
  BOOST_CHECK_EXCEPTION(
      nn::save_training(net, folder / "a.h5"), GraphError,
      says("[save_training] net (Net) is not compiled: call compile({.loss = ...}) first"));
  net.compile(compiled());
  net.fit(data.x, data.y, options({}));
  nn::save_training(net, folder / "adam.h5");
  nn::save_weights(net, folder / "weights.h5");
  plain.compile({.optimizer = "sgd", .loss = "mse"});
  plain.fit(data.x, data.y, options({}));
  const std::vector<float> before = weights_of(plain);
  BOOST_CHECK_EXCEPTION(nn::load_training(plain, folder / "adam.h5"), FormatError,
                        says("[load_training] " + folder.path +
                             "/adam.h5 was trained with Adam, the model is compiled with SGD"));
  BOOST_CHECK_EXCEPTION(nn::load_training(plain, folder / "weights.h5"), FormatError,
                        says("[load_training] " + folder.path +
                             "/weights.h5 holds no training state: load_weights() reads weights"));
  plain.compile({.optimizer = "adam", .loss = "mse"});
  BOOST_CHECK_THROW(nn::load_training(plain, folder / "adam.h5"), FormatError);  // a schedule
  BOOST_TEST(weights_of(plain) == before);
}

BOOST_AUTO_TEST_SUITE_END()
