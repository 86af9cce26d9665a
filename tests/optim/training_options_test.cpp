// Averages, accumulation, scaled losses and groups, by hand on plain descent.
#include <carousel/nn/layers/dense.h>
#include <carousel/nn/sequential.h>
#include <carousel/nn/train/callbacks.h>
#include <carousel/nn/train/train.h>
#include <carousel/nn/train/training_state.h>
#include <carousel/tensor/error.h>
#include <tests/file_support.h>
#include <tests/optim/every_optimizer.h>

#include <boost/test/unit_test.hpp>

using namespace carousel;
using namespace carousel::test;

namespace {

Tensor parameter(double value) { return Tensor{value}.set_requires_grad(); }

// A step with this gradient.
void step(optim::Optimizer& optimizer, Tensor& w, double gradient) {
  w.set_grad(Tensor{gradient});
  optimizer.step();
}

auto says(const std::string& text) {
  return [text](const Error& e) {
    BOOST_TEST(e.what() == text);
    return true;
  };
}

struct SignDescentOptions {
  optim::LearningRate learning_rate = 0.5;
  std::optional<double> weight_decay = {};
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "SignDescent";
  void check() const {}
  void step(optim::Step& s) const {
    optim::Value& seen = s.slot("seen", 10);
    seen += abs(s.g);
    s.w -= s.learning_rate * sign(s.g);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(training_options)

BOOST_AUTO_TEST_CASE(averages_follow_and_replace) {
  Tensor w = parameter(4);
  optim::SGD sgd{
      {.learning_rate = 1, .use_ema = true, .ema_momentum = 0.75, .ema_overwrite_frequency = 3}};
  sgd.bind(std::vector<Tensor>{w});
  step(sgd, w, 1);  // w 3, the average begins there
  BOOST_TEST(w.item() == 3);
  step(sgd, w, 1);  // w 2, average 2.75
  BOOST_TEST(w.item() == 2);
  step(sgd, w, 1);  // w 1, average 2.3125, which replaces w
  BOOST_TEST(w.item() == 2.3125);
  step(sgd, w, 1);  // w 1.3125, average 2.0625
  BOOST_TEST(w.item() == 1.3125);
  sgd.finalize();
  BOOST_TEST(w.item() == 2.0625);
}

BOOST_AUTO_TEST_CASE(accumulated_gradients_are_a_mean) {
  Tensor w = parameter(4);
  optim::SGD sgd{{.learning_rate = 1, .clipvalue = 2, .gradient_accumulation_steps = 3}};
  sgd.bind(std::vector<Tensor>{w});
  const double gradients[] = {1, 5, -3, 9, 9, 9}, expected[] = {4, 4, 3, 3, 3, 1};
  for (int i = 0; i < 6; ++i) {
    step(sgd, w, gradients[i]);
    BOOST_TEST(w.item() == expected[i], "step " << i);
  }
  BOOST_TEST(sgd.iterations() == 6);
}

BOOST_AUTO_TEST_CASE(bias_corrections_count_updates_not_calls) {
  Tensor often = parameter(4), once = parameter(4);
  optim::Adam accumulating{{.gradient_accumulation_steps = 2}}, plain;
  accumulating.bind(std::vector<Tensor>{often});
  plain.bind(std::vector<Tensor>{once});
  for (double g : {1.0, 2.0, -0.5}) {
    step(accumulating, often, g);
    step(accumulating, often, g);
    step(plain, once, g);
    BOOST_TEST(often.item() == once.item());
  }
}

BOOST_AUTO_TEST_CASE(a_scaled_loss_gives_the_same_step) {
  Tensor plain = parameter(3), scaled = parameter(3);
  optim::SGD a{{.learning_rate = 0.5, .clipnorm = 2}};
  optim::SGD b{{.learning_rate = 0.5, .clipnorm = 2, .loss_scale_factor = 1024}};
  a.bind(std::vector<Tensor>{plain});
  b.bind(std::vector<Tensor>{scaled});
  for (int i = 0; i < 3; ++i) {
    a.zero_grad(), b.zero_grad();
    a.scale_loss((plain * plain).sum()).backward();
    const Tensor loss = b.scale_loss((scaled * scaled).sum());
    BOOST_TEST(loss.item() == 1024 * scaled.item() * scaled.item());
    loss.backward();
    a.step(), b.step();
    BOOST_TEST(plain.item() == scaled.item());
  }
}

BOOST_AUTO_TEST_CASE(groups_have_rates_and_decays_of_their_own) {
  const std::vector<NamedTensor> all{
      {"lstm/kernel", parameter(1)}, {"lstm/bias", parameter(1)}, {"head/kernel", parameter(1)}};
  optim::SGD sgd{{.learning_rate = 0.5, .weight_decay = 0.5}};
  sgd.add_group({.match = "bias", .weight_decay = 0});
  sgd.add_group({.match = "head/", .learning_rate_multiplier = 0.5});
  for (const auto& optimizer : {sgd.fresh(), optim::OptimizerSpec(sgd).make()}) {
    for (const auto& [name, w] : all) Tensor(w).set_grad(Tensor{1.0});
    optimizer->bind(all);
    optimizer->step();
  }
  // Twice: w - rate decay w - rate.
  BOOST_TEST(all[0].tensor.item() == (0.75 - 0.5) * 0.75 - 0.5);
  BOOST_TEST(all[1].tensor.item() == 0);
  BOOST_TEST(all[2].tensor.item() == (0.875 - 0.25) * 0.875 - 0.25);
}

BOOST_AUTO_TEST_CASE(groups_that_make_no_sense) {
  optim::Adam adam;
  BOOST_CHECK_EXCEPTION(adam.add_group({.match = ""}), ValueError,
                        says("[Adam] a group's match must not be empty"));
  BOOST_CHECK_EXCEPTION(adam.add_group({.match = "a", .learning_rate_multiplier = -1}), ValueError,
                        says("[Adam] learning_rate_multiplier must be finite and not negative, "
                             "got -1"));
  adam.add_group({.match = "bais"});
  BOOST_CHECK_EXCEPTION(adam.bind(std::vector<NamedTensor>{{"bias", parameter(1)}}), ValueError,
                        says("[Adam] no parameter is called \"...bais...\"; the first is bias"));
  BOOST_TEST(!adam.bound());
  optim::SGD sgd;
  sgd.bind(std::vector<Tensor>{parameter(1)});
  BOOST_CHECK_EXCEPTION(sgd.add_group({.match = "0"}), GraphError,
                        says("[SGD] add_group() after bind(): its parameters have their groups"));
  BOOST_CHECK_EXCEPTION(optim::torch::LBFGS{}.add_group({.match = "0"}), ValueError,
                        says("[torch.LBFGS] sees all parameters as one vector and has no groups"));
}

BOOST_AUTO_TEST_CASE(a_rule_of_the_users_own) {
  Tensor w = parameter(4);
  optim::Rule<SignDescentOptions> optimizer;
  optimizer.bind(std::vector<Tensor>{w});
  step(optimizer, w, 7);
  step(optimizer, w, -3);
  step(optimizer, w, 2);
  BOOST_TEST(w.item() == 3.5);
  BOOST_TEST(optimizer.state().back().name == "seen/0");
  BOOST_TEST(optimizer.state().back().tensor.item() == 22);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(optimizers_in_models)

BOOST_AUTO_TEST_CASE(each_name_trains_a_model_and_resumes_to_the_same_bits) {
  const Folder folder;
  Generator generator{3, 0, 0};
  const Tensor x = rand({16, 3}, generator), y = sum(x, {1}).unsqueeze(-1);
  for (const char* name : {"adadelta", "adafactor", "adagrad", "adam", "adamax", "adamw", "asgd",
                           "ftrl", "lamb", "lbfgs", "lion", "muon", "Nadam", "radam", "rmsprop",
                           "rprop", "schedulefreeadamw", "SGD"}) {
    const auto make = [&] {
      auto model = std::make_unique<nn::Sequential>();
      model->add(nn::Dense{{.units = 4}});
      model->add(nn::Dense{{.units = 1}});
      model->compile({.optimizer = name, .loss = "mse"});
      return model;
    };
    const auto whole = make(), resumed = make();
    whole->fit(x, y, {.batch_size = 8, .epochs = 2, .verbose = 0});
    nn::save_training(*whole, folder / "state.h5");
    nn::load_training(*resumed, folder / "state.h5");
    for (const auto& model : {whole.get(), resumed.get()})
      model->fit(x, y, {.batch_size = 8, .epochs = 4, .verbose = 0, .initial_epoch = 2});
    const auto a = whole->named_parameters(), b = resumed->named_parameters();
    BOOST_TEST(values(a) == values(b), name);
  }
}

BOOST_AUTO_TEST_CASE(compiling_again_keeps_the_weights) {
  Generator generator{4, 0, 0};
  const Tensor x = rand({8, 3}, generator), y = sum(x, {1}).unsqueeze(-1);
  nn::Sequential model{nn::Dense{{.units = 1}}};
  model.compile({.optimizer = "adam", .loss = "mse"});
  model.fit(x, y, {.epochs = 3, .verbose = 0});
  const auto before = values(model.named_parameters());
  model.compile({.optimizer = optim::SGD{{.learning_rate = 1e-9}}, .loss = "mae"});
  BOOST_TEST(values(model.named_parameters()) == before);
  model.fit(x, y, {.epochs = 1, .verbose = 0});
  const auto after = values(model.named_parameters());
  for (std::size_t i = 0; i < before.size(); ++i) BOOST_TEST(std::abs(after[i] - before[i]) < 1e-6);
}

BOOST_AUTO_TEST_CASE(fit_ends_with_the_averages) {
  Generator generator{5, 0, 0};
  const Tensor x = rand({8, 2}, generator), y = sum(x, {1}).unsqueeze(-1);
  nn::Sequential model{nn::Dense{{.units = 1}}};
  model.compile({.optimizer = optim::SGD{{.learning_rate = 0.1, .use_ema = true}}, .loss = "mse"});
  model.fit(x, y, {.batch_size = 8, .epochs = 1, .verbose = 0});
  const auto first = values(model.named_parameters());  // the average begins with the weights
  std::vector<double> last;
  const auto watch =
      nn::LambdaCallback{{.on_batch_end = [&](nn::FitState& fit, std::int64_t, const nn::Logs&) {
        last = values(fit.model.named_parameters());
      }}};
  model.fit(x, y, {.batch_size = 8, .epochs = 1, .verbose = 0, .callbacks = {watch}});
  const auto averaged = values(model.named_parameters());
  for (std::size_t i = 0; i < last.size(); ++i)
    BOOST_TEST(std::abs(averaged[i] - (0.99 * first[i] + 0.01 * last[i])) < 1e-6);
}

BOOST_AUTO_TEST_SUITE_END()
