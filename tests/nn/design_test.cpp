// What the design writes down compiles and runs, with the one header.
#include <boost/test/unit_test.hpp>

#include <thread>

#include <carousel/carousel.h>

using namespace carousel;

namespace {

struct Forecaster : nn::Module {
  nn::LSTM lstm{{.units = 50}};
  nn::Dense head{{.units = 1}};

  nn::Value forward(const nn::Value& x) override { return head(lstm(x)); }
  void visit(nn::Visitor& v) override { v("lstm", lstm), v("head", head); }
};

struct Data {
  Tensor x, y;
};
Data sums(std::int64_t rows) {
  Generator generator{.seed = 2};
  const Tensor x = rand({rows, 5, 1}, generator);
  return {x, x.sum({1, 2}).reshape({rows, 1})};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_design)

BOOST_AUTO_TEST_CASE(a_sequential_is_listed_compiled_and_fitted) {
  const auto [x, y] = sums(64);
  nn::Sequential model{nn::LSTM{{.units = 8, .return_sequences = true}}, nn::LSTM{{.units = 8}},
                       nn::Dense{{.units = 1}}};
  model.compile(
      {.optimizer = optim::Adam{{.learning_rate = 1e-2}}, .loss = nn::mse, .metrics = {"mae"}});
  const auto before = model.evaluate(x, y);
  model.fit(x, y, {.epochs = 3, .verbose = 0, .validation_split = 0.2});
  const auto after = model.evaluate(x, y);
  BOOST_CHECK_LT(after["loss"], before["loss"]);
  BOOST_CHECK_LT(after["mae"], before["mae"]);
}

BOOST_AUTO_TEST_CASE(a_module_of_ones_own_trains_alike) {
  const auto [x, y] = sums(64);
  Forecaster model;
  model.compile({.optimizer = "adam", .loss = "mse"});
  const auto before = model.evaluate(x, y);
  model.fit(x, y, {.epochs = 3, .verbose = 0});
  BOOST_CHECK_LT(model.evaluate(x, y)["loss"], before["loss"]);
  BOOST_CHECK_EQUAL(to_string(model.predict(x).shape()), "(64, 1)");
}

BOOST_AUTO_TEST_CASE(options_stand_in_keras_order) {
  nn::LSTM lstm{{.units = 4,
                 .activation = "relu",
                 .recurrent_activation = "hard_sigmoid",
                 .use_bias = true,
                 .kernel_initializer = nn::init::HeNormal{},
                 .recurrent_initializer = "glorot_uniform",
                 .bias_initializer = "zeros",
                 .unit_forget_bias = false,
                 .return_sequences = true,
                 .go_backwards = true,
                 .stateful = false,
                 .unroll = true,
                 .name = "reader",
                 .input_shape = {10, 1}}};
  nn::Dense dense{{.units = 4,
                   .activation = carousel::Activation::relu,
                   .use_bias = false,
                   .kernel_initializer = "he_uniform",
                   .bias_initializer = "ones",
                   .input_shape = {3}}};
  nn::Embedding embedding{{.input_dim = 5,
                           .output_dim = 2,
                           .embeddings_initializer = nn::init::RandomNormal{{.stddev = 0.1}},
                           .mask_zero = true,
                           .input_shape = {7}}};
  BOOST_CHECK_EQUAL(lstm.num_parameters(), 4 * 4 * (1 + 4 + 1));
  BOOST_CHECK_EQUAL(dense.num_parameters(), 12);
  BOOST_CHECK_EQUAL(embedding.num_parameters(), 10);
  BOOST_CHECK_EQUAL(lstm.name(), "reader");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(threads)

BOOST_AUTO_TEST_CASE(a_model_that_several_threads_call_first_is_built_once) {
  const Tensor x = sums(4).x;
  Forecaster alone;
  const auto expected = Tensor(alone(x)).to_vector<float>();
  for (int round = 0; round < 10; ++round) {
    Forecaster model;
    std::vector<std::vector<float>> results(4);
    std::vector<std::thread> team;
    for (auto& result : results)
      team.emplace_back([&] {
        const NoGrad no_grad;
        result = Tensor(model(x)).to_vector<float>();
      });
    for (std::thread& each : team) each.join();
    for (const auto& result : results) BOOST_CHECK(result == expected);
  }
}

BOOST_AUTO_TEST_SUITE_END()
