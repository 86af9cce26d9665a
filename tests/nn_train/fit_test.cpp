// compile, fit, evaluate, predict.
#include <carousel/autograd/ops.h>
#include <carousel/nn/layers/dense.h>
#include <carousel/nn/train/train.h>
#include <carousel/nn/train/weights.h>
#include <carousel/optim/optim.h>
#include <carousel/tensor/error.h>

#include <boost/test/unit_test.hpp>

using namespace carousel;

namespace {

struct Net : nn::Module {
  nn::Dense hidden{{.units = 8, .activation = "tanh"}};
  nn::Dense head{{.units = 1}};

  nn::Value forward(const nn::Value& x) override { return head(hidden(x)); }
  void visit(nn::Visitor& v) override { v("hidden", hidden), v("head", head); }
};

struct Data {
  explicit Data(std::int64_t rows = 70) {
    Generator generator{5, 0, 0};
    x = rand({rows, 3}, generator);
    y = sum(x * x, -1, true);
  }
  Tensor x, y;
};

nn::FitOptions quiet(std::int64_t epochs) { return {.epochs = epochs, .verbose = 0}; }

// Calls look(batch, logs) after each batch.
struct Watch : nn::Callback {
  explicit Watch(std::function<void(nn::FitState&, std::int64_t, const nn::Logs&)> f)
      : look(std::move(f)) {}
  void on_batch_end(nn::FitState& fit, std::int64_t batch, const nn::Logs& logs) override {
    look(fit, batch, logs);
  }
  std::function<void(nn::FitState&, std::int64_t, const nn::Logs&)> look;
};

auto says(const std::string& text) {
  return [text](const Error& e) {
    BOOST_TEST(e.what() == text);
    return true;
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fit)

BOOST_AUTO_TEST_CASE(learns_and_reports_every_epoch) {
  const Data data;
  Net net;
  net.compile({.optimizer = optim::Adam{{.learning_rate = 1e-2}},
               .loss = nn::mse,
               .metrics = {"mae", nn::rmse}});
  const nn::History history =
      net.fit(data.x, data.y, {.epochs = 60, .verbose = 0, .validation_split = 0.2});
  BOOST_TEST(history.epochs().size() == 60u);
  BOOST_TEST(history.names() == (std::vector<std::string>{"loss", "mae", "rmse", "val_loss",
                                                          "val_mae", "val_rmse"}),
             boost::test_tools::per_element());
  BOOST_TEST(history["loss"].back() < history["loss"].front() / 5);
  BOOST_TEST(history["val_loss"].back() < history["val_loss"].front() / 5);
  BOOST_TEST(std::abs(history["rmse"].back() - std::sqrt(history["loss"].back())) < 1e-6);
  const nn::Logs test = net.evaluate(data.x.slice(0, 56), data.y.slice(0, 56));
  BOOST_TEST(std::abs(test["loss"] - history["val_loss"].back()) < 1e-6);
  const Tensor predicted = net.predict(data.x);
  BOOST_TEST(predicted.shape() == data.y.shape());
  const double error = nn::mae(predicted.slice(0, 56), data.y.slice(0, 56)).item();
  BOOST_TEST(std::abs(error - history["val_mae"].back()) < 1e-6);
}

// The same seed, and every step by hand.
BOOST_AUTO_TEST_CASE(an_explicit_loop_gives_the_same_losses_bit_for_bit) {
  const Data data;
  for (const bool clipped : {false, true}) {
    Net fitted, looped;
    std::vector<double> fit_losses, losses;
    optim::AdamOptions options{.learning_rate = 1e-2};
    if (clipped) options.global_clipnorm = 0.1;
    fitted.compile({.optimizer = optim::Adam{options}, .loss = "mse"});
    // A running mean of one batch is the batch's loss.
    fitted.fit(data.x, data.y,
               {.batch_size = 70,
                .epochs = 20,
                .verbose = 0,
                .callbacks = {Watch([&](nn::FitState&, std::int64_t, const nn::Logs& logs) {
                  fit_losses.push_back(logs["loss"]);
                })},
                .shuffle = false});
    looped.build(nn::Values{data.x});
    optim::Adam adam{{.learning_rate = 1e-2}};
    const std::vector<Tensor> parameters = looped.parameters();
    adam.bind(parameters);
    for (int step = 0; step < 20; ++step) {
      adam.zero_grad();
      const Tensor loss = nn::mse(looped(data.x), data.y);
      loss.backward();
      if (clipped) optim::clip_by_global_norm(parameters, 0.1);
      adam.step();
      losses.push_back(loss.item());
    }
    BOOST_TEST(fit_losses == losses, boost::test_tools::per_element());
    const auto a = fitted.get_weights(), b = looped.get_weights();
    for (std::size_t i = 0; i < a.size(); ++i)
      BOOST_TEST(a[i].to_vector<float>() == b[i].to_vector<float>());
  }
}

BOOST_AUTO_TEST_CASE(called_again_it_goes_on) {
  const Data data;
  Net once, twice;
  for (Net* net : {&once, &twice}) net->compile({.optimizer = "adam", .loss = "mse"});
  const nn::History all = once.fit(data.x, data.y, quiet(6));
  const nn::History first = twice.fit(data.x, data.y, quiet(2));
  const nn::History second = twice.fit(data.x, data.y, quiet(4));
  std::vector<double> joined = first["loss"];
  joined.insert(joined.end(), second["loss"].begin(), second["loss"].end());
  BOOST_TEST(joined == all["loss"], boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(initial_epoch_counts_as_done) {
  const Data data;
  Net net;
  net.compile({.loss = "mse"});
  const nn::History history =
      net.fit(data.x, data.y, {.epochs = 5, .verbose = 0, .initial_epoch = 3});
  BOOST_TEST(history.epochs() == (std::vector<std::int64_t>{3, 4}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_epochs_loss_weighs_batches_by_their_size) {
  const Data data(5);
  Net net;
  net.build(nn::Values{data.x});
  net.compile({.optimizer = optim::SGD{{.learning_rate = 1e-30}}, .loss = "mse"});
  const double all = net.evaluate(data.x, data.y)["loss"];
  const nn::History history = net.fit(data.x, data.y, {.batch_size = 4, .verbose = 0});
  BOOST_TEST(std::abs(history["loss"][0] - all) < 1e-6);
  BOOST_TEST(std::abs(net.evaluate(data.x, data.y, {.batch_size = 2})["loss"] - all) < 1e-6);
}

BOOST_AUTO_TEST_CASE(shuffling_is_a_function_of_seed_and_epoch) {
  const Data data(40);
  const auto train = [&](std::uint64_t seed, bool shuffle) {
    Net net;
    net.compile({.optimizer = "sgd", .loss = "mse"});
    std::vector<double> losses;
    const auto watch = [&](nn::FitState&, std::int64_t, const nn::Logs& logs) {
      losses.push_back(logs["loss"]);
    };
    net.fit(data.x, data.y,
            {.batch_size = 8,
             .epochs = 2,
             .verbose = 0,
             .callbacks = {Watch(watch)},
             .shuffle = shuffle,
             .seed = seed});
    return losses;
  };
  BOOST_TEST(train(1, true) == train(1, true));
  BOOST_TEST(train(1, true) != train(2, true));
  BOOST_TEST(train(1, true) != train(1, false));
  BOOST_TEST(train(1, false) == train(2, false));
}

BOOST_AUTO_TEST_CASE(validation_takes_the_last_rows_before_shuffling) {
  const Tensor x = arange(10).reshape({10, 1});
  Net net;
  net.compile({.optimizer = optim::SGD{{.learning_rate = 1e-30}}, .loss = "mse"});
  const nn::History history =
      net.fit(x, x * 2, {.verbose = 0, .validation_split = 0.25, .validation_batch_size = 2});
  const nn::Logs last = net.evaluate(x.slice(0, 7), x.slice(0, 7) * 2);
  BOOST_TEST(std::abs(history["val_loss"][0] / last["loss"] - 1) < 1e-6);
  const nn::History given =
      net.fit(x, x * 2, {.verbose = 0, .validation_data = {x.slice(0, 7), x.slice(0, 7) * 2}});
  BOOST_TEST(std::abs(given["val_loss"][0] / last["loss"] - 1) < 1e-6);
}

BOOST_AUTO_TEST_CASE(a_schedule_sees_the_validation_loss) {
  const Data data;
  Net net;
  net.compile({.optimizer = optim::SGD{{.learning_rate =
                                            optim::ReduceOnPlateau{{.initial_learning_rate = 1e-9,
                                                                    .factor = 0.5,
                                                                    .patience = 1}}}},
               .loss = "mse"});
  net.fit(data.x, data.y, quiet(4));
  for (const NamedTensor& each : net.named_parameters()) BOOST_TEST(each.tensor.requires_grad());
  std::vector<double> rates;
  struct Rates : nn::Callback {
    explicit Rates(std::vector<double>& r) : rates(r) {}
    void on_epoch_end(nn::FitState& fit, nn::Logs&) override {
      rates.push_back(fit.optimizer.learning_rate());
    }
    std::vector<double>& rates;
  };
  net.fit(data.x, data.y, {.epochs = 2, .verbose = 0, .callbacks = {Rates(rates)}});
  BOOST_TEST(rates.back() < 1e-9 / 8);
}

BOOST_AUTO_TEST_CASE(train_on_batch_is_one_step_of_fit) {
  const Data data(16);
  Net a, b;
  for (Net* net : {&a, &b}) net->compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
  const nn::Logs logs = a.train_on_batch(data.x, data.y);
  const nn::History history = b.fit(data.x, data.y, {.verbose = 0, .shuffle = false});
  BOOST_TEST(logs["loss"] == history["loss"][0]);
  BOOST_TEST(logs["mae"] == history["mae"][0]);
  BOOST_TEST(a.predict(data.x).to_vector<float>() == b.predict(data.x).to_vector<float>());
}

BOOST_AUTO_TEST_CASE(train_on_batch_takes_weights_as_fit_does) {
  const Data data(16);
  const Tensor classes = (data.y > 0).to(f32);
  const std::map<std::int64_t, double> of_class{{0, 0.5}, {1, 3}};
  Net a, b, c;
  for (Net* net : {&a, &b, &c}) net->compile({.optimizer = "sgd", .loss = "mse"});
  const nn::Logs logs = a.train_on_batch(data.x, classes, {.class_weight = of_class});
  b.train_on_batch(data.x, classes, {.sample_weight = classes * 2.5 + 0.5});
  const nn::History history =
      c.fit(data.x, classes, {.verbose = 0, .shuffle = false, .class_weight = of_class});
  BOOST_TEST(logs["loss"] == history["loss"][0]);
  for (Net* net : {&b, &c})
    BOOST_TEST(a.predict(data.x).to_vector<float>() == net->predict(data.x).to_vector<float>());
  BOOST_CHECK_EXCEPTION(
      a.train_on_batch(data.x, classes, {.sample_weight = classes, .class_weight = of_class}),
      ValueError, says("[train_on_batch] give class_weight or sample_weight, not both"));
}

// By device operations: any labels, however far apart, and 1 for those that are not named.
BOOST_AUTO_TEST_CASE(classes_have_their_weights) {
  const std::map<std::int64_t, double> given{{1, 0.5}, {4, 3}, {std::int64_t{1} << 40, 7}};
  nn::detail::RowWeights weights;
  const auto of = [&](const Tensor& y, const std::map<std::int64_t, double>& of_class) {
    const data::Dataset rows(ones({y.dim(0), 1}), y);
    return weights.of(rows, {}, of_class, "train_on_batch", false).to_vector<float>();
  };
  const Tensor labels = from_vector<std::int64_t>({4, 0, 1, -1, 5, std::int64_t{1} << 40, 1}, {7});
  const std::vector<float> expected{3, 1, 0.5, 1, 1, 7, 0.5};
  BOOST_TEST(of(labels, given) == expected, boost::test_tools::per_element());
  BOOST_TEST(of(labels.reshape({7, 1}).to(f64), given) == expected,
             boost::test_tools::per_element());
  BOOST_TEST(of(one_hot(from_vector<std::int64_t>({2, 0, 1}, {3}), 3), {{2, 4}, {0, 0}}) ==
                 (std::vector<float>{4, 0, 1}),
             boost::test_tools::per_element());
  // Those of this batch, not of the one before.
  BOOST_TEST(of(labels, {{1, 2}}) == (std::vector<float>{1, 1, 2, 1, 1, 1, 2}),
             boost::test_tools::per_element());
  BOOST_TEST(of(zeros({0, 1}), {{1, 2}}).empty());
}

BOOST_AUTO_TEST_CASE(nan_losses_are_shown) {
  const Data data(8);
  Net net;
  net.compile({.optimizer = optim::SGD{{.learning_rate = 1e30}}, .loss = "mse"});
  const nn::History history = net.fit(data.x, data.y, quiet(4));
  BOOST_TEST(!std::isfinite(history["loss"].back()));
}

BOOST_AUTO_TEST_CASE(what_a_user_can_get_wrong) {
  const Data data(10);
  const Tensor hole = Tensor{{1.f}, {std::nanf("")}};
  const auto fit = [&](const Tensor& x, const Tensor& y, const nn::FitOptions& options) {
    Net net;
    net.compile({.loss = "mse"});
    net.fit(x, y, options);
  };
  const auto v = [&](const nn::FitOptions& options, const std::string& text) {
    BOOST_CHECK_EXCEPTION(fit(data.x, data.y, options), ValueError, says(text));
  };
  v({.batch_size = 0}, "[fit] batch_size must be positive, got 0");
  v({.epochs = 0}, "[fit] epochs must be positive, got 0");
  v({.validation_split = 1}, "[fit] validation_split must be in [0, 1), got 1");
  v({.validation_split = -0.1}, "[fit] validation_split must be in [0, 1), got -0.1");
  v({.initial_epoch = -1}, "[fit] initial_epoch must be in [0, 1], the epochs, got -1");
  v({.validation_freq = 0}, "[fit] validation_freq must be positive, got 0");
  BOOST_CHECK_EXCEPTION(
      fit(data.x.slice(0, 0, 1), data.y.slice(0, 0, 1), {.validation_split = 0.5}), ValueError,
      says("[fit] validation_split 0.5 of 1 rows leaves 0 to train and 1 to validate"));
  BOOST_CHECK_EXCEPTION(fit(data.x.slice(0, 0, 0), data.y.slice(0, 0, 0), {}), ValueError,
                        says("[fit] there is no data: x (0, 3)"));
  BOOST_CHECK_EXCEPTION(fit(data.x, data.y.slice(0, 1), {}), ShapeError,
                        says("[fit] x and y differ in rows: x (10, 3), y (9, 1)"));
  BOOST_CHECK_EXCEPTION(fit(data.x, {}, {}), ValueError, says("[fit] x and y must both be given"));
  BOOST_CHECK_EXCEPTION(fit(data.x.slice(0, 0, 2), hole, {}), NumericError,
                        says("[fit] y holds NaN, first in row 1: y (2, 1)"));
  BOOST_CHECK_EXCEPTION(fit(data.x, data.y, {.validation_data = {data.x.slice(0, 0, 2), hole}}),
                        NumericError,
                        says("[fit] validation y holds NaN, first in row 1: validation y (2, 1)"));
}

BOOST_AUTO_TEST_CASE(models_that_can_not_train) {
  const Data data(4);
  struct Empty : nn::Module {
    nn::Value forward(const nn::Value& x) override { return x; }
  };
  Empty empty;
  BOOST_CHECK_EXCEPTION(empty.fit(data.x, data.y), GraphError,
                        says("[fit] empty (Empty) is not compiled: call compile({.loss = ...}) "
                             "first"));
  BOOST_CHECK_EXCEPTION(empty.evaluate(data.x, data.y), GraphError,
                        says("[evaluate] empty (Empty) is not compiled: call compile({.loss = "
                             "...}) first"));
  BOOST_CHECK_EXCEPTION(empty.compile({}), ValueError,
                        says("[compile] needs a loss: {.loss = \"mse\"}"));
  empty.compile({.loss = "mse"});
  BOOST_CHECK_EXCEPTION(empty.fit(data.x, data.y), ValueError,
                        says("[fit] empty (Empty) has no trainable parameters"));
  Net net;
  net.compile({.loss = "mse"});
  BOOST_CHECK_EXCEPTION(net.train_on_batch(data.x.slice(0, 0, 0), data.y.slice(0, 0, 0)),
                        ValueError, says("[train_on_batch] there is no data: x (0, 3)"));
  BOOST_CHECK_EXCEPTION(net.predict(data.x.slice(0, 0, 0)), ValueError,
                        says("[predict] there is no data: x (0, 3)"));
  BOOST_CHECK_EXCEPTION(net.evaluate(data.x, data.y, {.batch_size = -1}), ValueError,
                        says("[evaluate] batch_size must be positive, got -1"));
  BOOST_CHECK_EXCEPTION(net.fit(Tensor(data.x).sum(), data.y), ShapeError,
                        says("[fit] x has no axis of samples: shape ()"));
}

BOOST_AUTO_TEST_SUITE_END()
