#include <carousel/nn/io/checkpoint.h>
#include <carousel/nn/train/callbacks.h>
#include <carousel/optim/optim.h>
#include <tests/nn_train/support.h>

#include <fstream>
#include <sstream>

using namespace carousel;
using namespace carousel::test;

namespace {

nn::CompileOptions sgd(double rate = 0.05) {
  return {.optimizer = optim::SGD{{.learning_rate = rate}}, .loss = "mse"};
}

// Puts values of our own into the logs, so that what watches them is on known ground.
nn::LambdaCallback script(const std::string& name, std::vector<double> values) {
  return nn::LambdaCallback{{.on_epoch_end = [=](nn::FitState& fit, nn::Logs& logs) {
    logs.set(name, values.at(static_cast<std::size_t>(fit.epoch)));
  }}};
}

nn::History run(Net& net, std::int64_t epochs, std::vector<nn::CallbackHandle> callbacks) {
  const Data data(16);
  if (!net.training_state()) net.compile(sgd());
  return net.fit(data.x, data.y,
                 {.epochs = epochs, .verbose = 0, .callbacks = std::move(callbacks)});
}

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(callbacks)

BOOST_AUTO_TEST_CASE(early_stopping_waits_for_its_patience) {
  const struct {
    nn::EarlyStoppingOptions options;
    std::vector<double> values;
    std::int64_t stopped, best;
  } cases[] = {
      {{.monitor = "m", .patience = 2}, {5, 4, 4, 4.5, 1, 1}, 3, 1},
      {{.monitor = "m", .patience = 2}, {5, 4, 6, 3, 3, 3}, 5, 3},
      {{.monitor = "m", .min_delta = 0.5, .patience = 1}, {5, 4.6, 4.4, 3}, 1, 0},
      {{.monitor = "m", .patience = 1, .mode = "max"}, {1, 2, 1, 5}, 2, 1},
      {{.monitor = "accuracy", .patience = 1}, {1, 2, 1, 5}, 2, 1},
      {{.monitor = "m", .patience = 2, .baseline = 2}, {5, 4, 4, 2}, 2, 1},
      {{.monitor = "m", .patience = 1, .start_from_epoch = 2}, {1, 2, 3, 4, 5}, 3, 2},
      {{.monitor = "m", .patience = 2}, {std::nan(""), std::nan(""), 1, 1}, 1, 0},
      {{.monitor = "m", .patience = 3}, {3, 2, 1}, -1, 2},
  };
  for (const auto& c : cases) {
    Net net;
    const auto stopping = std::make_shared<nn::EarlyStopping>(c.options);
    const nn::History history = run(net, static_cast<std::int64_t>(c.values.size()),
                                    {script(c.options.monitor, c.values), stopping});
    const auto last = c.stopped < 0 ? static_cast<std::int64_t>(c.values.size()) - 1 : c.stopped;
    BOOST_TEST(history.epochs().back() == last);
    BOOST_TEST(stopping->stopped_epoch() == c.stopped);
    BOOST_TEST(stopping->best_epoch() == c.best);
  }
}

BOOST_AUTO_TEST_CASE(early_stopping_restores_the_best_weights) {
  Net net;
  std::vector<std::vector<float>> weights;
  const auto note = nn::LambdaCallback{{.on_epoch_end = [&](nn::FitState& fit, nn::Logs&) {
    weights.push_back(weights_of(fit.model));
  }}};
  run(net, 6,
      {script("m", {3, 2, 4, 5, 6, 7}), note,
       nn::EarlyStopping{{.monitor = "m", .patience = 2, .restore_best_weights = true}}});
  BOOST_TEST(weights.size() == 4u);
  BOOST_TEST(weights_of(net) == weights[1]);
  BOOST_TEST(weights_of(net) != weights[3]);
}

BOOST_AUTO_TEST_CASE(the_learning_rate_falls_on_a_plateau) {
  Net net;
  net.compile(sgd(0.08));
  const nn::History history =
      run(net, 6,
          {script("m", {3, 3, 3, 3, 3, 3}),
           nn::ReduceLROnPlateau{{.monitor = "m", .factor = 0.5, .patience = 2, .min_lr = 0.03}}});
  BOOST_TEST(history["learning_rate"] == (std::vector<double>{0.08, 0.08, 0.08, 0.04, 0.04, 0.03}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_learning_rate_of_each_epoch) {
  Net net;
  net.compile(sgd(0.08));
  const auto halved = [](std::int64_t epoch, double rate) { return epoch == 0 ? rate : rate / 2; };
  const nn::History history = run(net, 3, {nn::LearningRateScheduler{{.schedule = halved}}});
  BOOST_TEST(history["learning_rate"] == (std::vector<double>{0.08, 0.04, 0.02}),
             boost::test_tools::per_element());
  BOOST_CHECK_EXCEPTION(nn::LearningRateScheduler{{}}, ValueError,
                        says("[LearningRateScheduler] needs a schedule"));
}

BOOST_AUTO_TEST_CASE(csv_lines) {
  const Folder folder;
  const std::string path = folder / "log.csv";
  for (const bool append : {false, true}) {
    Net net;
    run(net, 2,
        {script("zero", {0.25, 1e-9}), script("best", {1, std::nan("")}),
         script("loss", {2.5, 0.1}), nn::CSVLogger{path, ";", append}});
  }
  const std::string epochs = "0;1;2.5;0.25\n1;nan;0.1;1e-09\n";
  BOOST_TEST(contents(path) == "epoch;best;loss;zero\n" + epochs + epochs);
  Net net;
  BOOST_CHECK_EXCEPTION(
      run(net, 1, {nn::CSVLogger{folder / "no/log.csv"}}), IoError,
      says("[CSVLogger] can't open " + folder.path + "/no/log.csv: No such file or directory"));
  BOOST_CHECK_EXCEPTION(run(net, 1, {nn::CSVLogger{"/dev/full"}}), IoError,
                        says("[CSVLogger] can't write /dev/full: No space left on device"));
}

BOOST_AUTO_TEST_CASE(nan_ends_the_training) {
  Net net;
  net.compile(sgd(1e30));
  std::int64_t batches = 0;
  const auto count = nn::LambdaCallback{
      {.on_batch_end = [&](nn::FitState&, std::int64_t, const nn::Logs&) { ++batches; }}};
  const nn::History history = run(net, 50, {nn::TerminateOnNaN{}, count});
  BOOST_TEST(!std::isfinite(history["loss"].back()));
  BOOST_TEST(batches < 5);
}

BOOST_AUTO_TEST_CASE(checkpoints_of_the_best_epochs) {
  const Folder folder;
  Net net, loaded;
  std::vector<std::vector<float>> weights;
  const auto note = nn::LambdaCallback{{.on_epoch_end = [&](nn::FitState& fit, nn::Logs&) {
    weights.push_back(weights_of(fit.model));
  }}};
  run(net, 4,
      {script("m", {3, 2, 4, 1.5}), note,
       nn::ModelCheckpoint{{.filepath = folder / "{epoch:03}-{m:.1f}.h5",
                            .monitor = "m",
                            .save_best_only = true,
                            .save_weights_only = true}}});
  BOOST_TEST(!std::filesystem::exists(folder / "003-4.0.h5"));
  Net worse;
  run(worse, 2,
      {script("m", {3, 2}), nn::ModelCheckpoint{{.filepath = folder / "best.h5",
                                                 .monitor = "m",
                                                 .save_best_only = true,
                                                 .initial_value_threshold = 2}}});
  BOOST_TEST(!std::filesystem::exists(folder / "best.h5"));
  nn::load_weights(loaded, folder / "002-2.0.h5");
  BOOST_TEST(weights_of(loaded) == weights[1]);
  nn::load_weights(loaded, folder / "004-1.5.h5");
  BOOST_TEST(weights_of(loaded) == weights[3]);
}

BOOST_AUTO_TEST_CASE(every_hook_is_called_in_order) {
  Net net;
  std::string calls;
  const auto add = [&](const std::string& what) { calls += what + " "; };
  run(net, 2,
      {nn::LambdaCallback{
          {.on_epoch_begin = [&](nn::FitState& f) { add("epoch" + std::to_string(f.epoch)); },
           .on_epoch_end = [&](nn::FitState& f,
                               nn::Logs&) { add("end" + std::to_string(f.epoch)); },
           .on_train_begin = [&](nn::FitState&) { add("begin"); },
           .on_train_end = [&](nn::FitState&) { add("done"); },
           .on_batch_end = [&](nn::FitState&, std::int64_t b,
                               const nn::Logs&) { add("batch" + std::to_string(b)); }}}});
  BOOST_TEST(calls == "begin epoch0 batch0 end0 epoch1 batch0 end1 done ");
}

BOOST_AUTO_TEST_CASE(options_that_make_no_sense) {
  using namespace nn;
  const struct {
    void (*make)();
    const char* text;
  } wrong[] = {
      {[] { EarlyStopping{{.patience = -1}}; },
       "[EarlyStopping] patience must not be negative, got -1"},
      {[] { EarlyStopping{{.mode = "up"}}; },
       "[EarlyStopping] mode must be auto, min or max, got \"up\""},
      {[] { EarlyStopping{{.min_delta = -1}}; },
       "[EarlyStopping] min_delta must be finite and not negative, got -1"},
      {[] { ReduceLROnPlateau{{.factor = 1.5}}; },
       "[ReduceOnPlateau] factor must be below 1, got 1.5"},
      {[] { ModelCheckpoint{{}}; }, "[ModelCheckpoint] needs a filepath"},
      {[] { ModelCheckpoint{{.filepath = "a", .save_best_only = true, .save_freq = 1}}; },
       "[ModelCheckpoint] save_best_only goes by epochs, not with save_freq"},
      {[] {
         Net net;
         run(net, 1, {EarlyStopping{}});
       },
       "[EarlyStopping] can't monitor \"val_loss\": there are loss"},
  };
  for (const auto& c : wrong) BOOST_CHECK_EXCEPTION(c.make(), ValueError, says(c.text));
}

BOOST_AUTO_TEST_SUITE_END()
