// What all recurrent layers do alike, and what is the GRU's and the SimpleRNN's own.
#include <boost/test/unit_test.hpp>

#include <set>

#include <carousel/carousel.h>
#include <carousel/nn/gru.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/simple_rnn.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

namespace {

Tensor input(const Shape& shape, DType dtype = f64) {
  Generator generator{.seed = 5};
  return uniform(shape, -1, 1, generator, {.dtype = dtype});
}

bool same(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.to_vector<double>() == b.to_vector<double>();
}

// Calls check(make) for each kind of layer; make(options as JSON) is a new one.
using Make = std::function<std::unique_ptr<nn::RecurrentLayer>(const std::string& more)>;
void for_each_layer(const std::function<void(const Make&)>& check) {
  const std::pair<const char*, const char*> kinds[] = {
      {"LSTM", ""}, {"SimpleRNN", ""}, {"GRU", ""}, {"GRU", R"(, "reset_after": false)"}};
  for (const auto& [type, own] : kinds) BOOST_TEST_CONTEXT(type << own) {
      check([type = type, own = own](const std::string& more) {
        auto layer = nn::make_layer(type, R"({"units": 7)" + more + own + "}");
        auto* recurrent = dynamic_cast<nn::RecurrentLayer*>(layer.release());
        return std::unique_ptr<nn::RecurrentLayer>(recurrent);
      });
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_recurrent_layers)

BOOST_AUTO_TEST_CASE(parameters_have_keras_shapes) {
  const auto shapes = [](nn::Module&& layer) {
    layer.build({1, 3, 2});
    std::string text;
    for (const Tensor& p : layer.parameters()) text += to_string(p.shape()) + " ";
    return text;
  };
  BOOST_TEST(shapes(nn::LSTM{{.units = 5}}) == "(2, 20) (5, 20) (20,) ");
  BOOST_TEST(shapes(nn::GRU{{.units = 5}}) == "(2, 15) (5, 15) (2, 15) ");
  BOOST_TEST(shapes(nn::GRU{{.units = 5, .reset_after = false}}) == "(2, 15) (5, 15) (15,) ");
  BOOST_TEST(shapes(nn::SimpleRNN{{.units = 5}}) == "(2, 5) (5, 5) (5,) ");
  BOOST_TEST(shapes(nn::SimpleRNN{{.units = 5, .use_bias = false}}) == "(2, 5) (5, 5) ");
}

BOOST_AUTO_TEST_CASE(inputs_without_features_are_refused) {
  const auto check = [](nn::Module&& layer, const Shape& shape, const std::string& text) {
    BOOST_TEST(text_of<ShapeError>([&] { layer(zeros(shape)); }) == text);
  };
  const std::string none = " the input has no features: (2, 4, 0); in ";
  check(nn::LSTM{{.units = 3}}, {2, 4, 0}, "[lstm]" + none + "lstm (LSTM)");
  check(nn::GRU{{.units = 3}}, {2, 4, 0}, "[gru]" + none + "gru (GRU)");
  check(nn::SimpleRNN{{.units = 3}}, {2, 4, 0}, "[simple_rnn]" + none + "simple_rnn (SimpleRNN)");
  check(nn::RNN(nn::LSTMCell{{.units = 3}}), {2, 4, 0}, "[rnn]" + none + "rnn (RNN)");
  check(nn::Bidirectional(nn::GRU{{.units = 3}}), {2, 4, 0},
        "[gru]" + none + "bidirectional.forward_layer (GRU)");
  check(nn::ConvLSTM2D{{.filters = 3, .kernel_size = 1}}, {2, 4, 5, 5, 0},
        "[conv_lstm2d] the input has no channels: (2, 4, 5, 5, 0); in conv_lstm2d (ConvLSTM2D)");
  check(nn::ConvLSTM1D{{.filters = 3, .kernel_size = 1, .data_format = "channels_first"}},
        {2, 4, 0, 5},
        "[conv_lstm1d] the input has no channels: (2, 4, 0, 5); in conv_lstm1d (ConvLSTM1D)");
  BOOST_TEST(text_of<ShapeError>([] {
               nn::GRU{{.units = 3}}.step(zeros({2, 0}));
             }) == "[gru] the input has no features: (2, 1, 0); in gru (GRU)");
}

BOOST_AUTO_TEST_CASE(options_reach_the_operation) {
  const Tensor x = input({2, 4, 3});
  nn::GRU gru{{.units = 5,
               .activation = "relu",
               .recurrent_activation = "hard_sigmoid",
               .return_sequences = true,
               .go_backwards = true,
               .reset_after = false}};
  const Tensor y = gru(x);
  RecurrentOptions options;
  options.spec = {.activation = Activation::relu,
                  .recurrent_activation = Activation::hard_sigmoid,
                  .go_backwards = true,
                  .reset_after = false};
  const auto expected = carousel::gru(x, gru.kernel(), gru.recurrent_kernel(), gru.bias(), options);
  BOOST_TEST(same(y, expected.output));
  nn::SimpleRNN rnn{{.units = 5, .activation = "softsign"}};
  const Tensor last = rnn(x);
  options.spec = {.activation = Activation::softsign};
  BOOST_TEST(
      same(last, simple_rnn(x, rnn.kernel(), rnn.recurrent_kernel(), rnn.bias(), options).h));
}

BOOST_AUTO_TEST_CASE(steps_are_one_call_to_the_bit) {
  for_each_layer([](const Make& make) {
    const auto layer = make(R"(, "return_sequences": true)");
    const Tensor x = input({3, 9, 4}, f32);
    const auto whole = layer->run(x);
    nn::RecurrentState state;
    for (int t = 0; t < 9; ++t) {
      state = layer->step(x.select(1, t), state);
      BOOST_TEST(same(state.h.to(f64), whole.output.select(1, t).to(f64)));
    }
    BOOST_TEST(state.c.defined() == whole.c.defined());
  });
}

BOOST_AUTO_TEST_CASE(a_row_with_a_length_is_that_shorter_row) {
  for_each_layer([](const Make& make) {
    const auto layer = make(R"(, "return_sequences": true)");
    const Tensor x = input({3, 5, 2});
    const auto result = layer->run(x, {.lengths = Tensor{5, 2, 0}});
    const auto two = layer->run(x.slice(0, 1, 2).slice(1, 0, 2));
    BOOST_TEST(same(result.h.slice(0, 1, 2), two.h));
    BOOST_TEST(same(result.output.slice(0, 1, 2).slice(1, 0, 2), two.output));
    BOOST_TEST(same(result.h.select(0, 2), zeros({7}, {.dtype = f64})));
  });
}

BOOST_AUTO_TEST_CASE(a_stateful_layer_goes_on_where_it_was) {
  for_each_layer([](const Make& make) {
    const auto plain = make(""), stateful = make(R"(, "stateful": true)");
    const Tensor x = input({2, 6, 2});
    const Tensor whole = (*plain)(x);
    stateful->build(x.shape(), f64);
    stateful->set_weights(plain->get_weights());
    (*stateful)(x.slice(1, 0, 4));
    BOOST_TEST(same((*stateful)(x.slice(1, 4, 6)), whole));
    stateful->reset_states();
    BOOST_TEST(same((*stateful)(x), whole));
  });
}

BOOST_AUTO_TEST_CASE(a_configuration_makes_the_same_layer) {
  for_each_layer([](const Make& make) {
    const auto layer = make(R"(, "go_backwards": true, "activation": "elu", "use_bias": false)");
    const auto again = nn::make_layer(layer->type_name(), layer->config());
    BOOST_TEST(again->config() == layer->config());
    const Tensor x = input({2, 6, 2});
    BOOST_TEST(same((*again)(x), (*layer)(x)));
  });
}

BOOST_AUTO_TEST_CASE(all_of_them_learn) {
  for_each_layer([](const Make& make) {
    nn::Sequential model;
    model.add(std::unique_ptr<nn::Module>(make("")));
    model.add(nn::Dense{{.units = 1}});
    model.compile({.optimizer = optim::Adam{{.learning_rate = 1e-2}}, .loss = "mse"});
    const Tensor x = input({64, 6, 2}, f32);
    const Tensor y = x.sum({1, 2}).unsqueeze(-1);
    const auto history = model.fit(x, y, {.epochs = 30, .verbose = 0});
    const auto& loss = history["loss"];
    BOOST_TEST(loss.back() < loss.front() / 4);
  });
}

BOOST_AUTO_TEST_CASE(dropout_is_for_training_and_drawn_once_a_call) {
  for_each_layer([](const Make& make) {
    const auto layer = make(R"(, "dropout": 0.5, "seed": 3, "return_sequences": true)");
    const auto plain = make(R"(, "return_sequences": true)");
    const Tensor x = ones({4, 5, 6}, {.dtype = f64});
    const Tensor expected = (*plain)(x);
    (*layer)(x);
    layer->set_weights(plain->get_weights());
    BOOST_TEST(same((*layer)(x), expected));
    layer->train();
    const Tensor dropped = (*layer)(x);
    BOOST_TEST(!same(dropped, expected));
    BOOST_TEST(!same((*layer)(x), dropped));
  });
}

BOOST_AUTO_TEST_CASE(dropout_of_the_state_is_the_operations) {
  for_each_layer([](const Make& make) {
    const auto layer = make(R"(, "recurrent_dropout": 0.4, "seed": 3)");
    const Tensor x = input({4, 5, 6});
    const Tensor without = (*layer)(x);
    layer->train();
    const Tensor first = (*layer)(x), second = (*layer)(x);
    BOOST_TEST(!same(first, without));
    BOOST_TEST(!same(first, second));
    const Tensor one_step = x.slice(1, 0, 1);
    const Tensor dropped = (*layer)(one_step);
    layer->eval();
    BOOST_TEST(same(dropped, (*layer)(one_step)));  // the first state is 0
  });
}

// With linear gates of one unit that begins at 0 the state after a step is (1 - z)(n + r), each of
// them the gate's factor of the input, 0 or 2.
BOOST_AUTO_TEST_CASE(a_gru_with_both_dropouts_draws_factors_of_the_input_for_each_gate) {
  const auto states = [](double recurrent_dropout) {
    nn::GRU layer{{.units = 1,
                   .activation = "linear",
                   .recurrent_activation = "linear",
                   .dropout = 0.5,
                   .recurrent_dropout = recurrent_dropout,
                   .seed = 3}};
    layer.build({1, 1, 1}, f64);
    layer.set_weights({ones({1, 3}, {.dtype = f64}), ones({1, 3}, {.dtype = f64}),
                       Tensor{{0., 0., 0.}, {0., 0., 1.}}});
    layer.train();
    const auto h = Tensor(layer(ones({200, 1, 1}, {.dtype = f64}))).to_vector<double>();
    return std::set<double>(h.begin(), h.end());
  };
  BOOST_TEST((states(0) == std::set<double>{-4, 0}));
  BOOST_TEST((states(0.5) == std::set<double>{-4, -2, 0, 2, 4}));
}

BOOST_AUTO_TEST_CASE(errors_name_the_layer) {
  BOOST_TEST(text_of<ValueError>([] { nn::GRU{{.units = 2, .recurrent_dropout = 1}}; }) ==
             "[gru] recurrent_dropout must be in [0, 1), got 1");
  BOOST_TEST(text_of<ValueError>([] { nn::GRU{{.units = 0}}; }) ==
             "[gru] units must be at least 1, got 0");
  BOOST_TEST(text_of<ValueError>([] { nn::SimpleRNN{{.units = -3}}; }) ==
             "[simple_rnn] units must be at least 1, got -3");
  BOOST_TEST(text_of<ValueError>([] {
               nn::GRU{{.units = 2, .activation = "gelu"}};
             }).starts_with("[gru] unknown activation 'gelu'"));
  nn::GRU layer{{.units = 2}};
  BOOST_TEST(text_of<ShapeError>([&] {
               layer(zeros({32, 10}));
             }) ==
             "[gru] needs (batch, time, features), got 2-D data (32, 10): reshape to (batch, time, "
             "features), here (32, 10, 1) or (32, 1, 10); in gru (GRU)");
  layer(zeros({2, 4, 3}));
  BOOST_TEST(text_of<ShapeError>([&] {
               layer(zeros({2, 4, 5}));
             }) == "[gru] was built for 3 features, got shape (2, 4, 5); in gru (GRU)");
  const Tensor c = zeros({2, 2});
  BOOST_TEST(text_of<ValueError>([&] {
               layer.run(zeros({2, 4, 3}), {.initial_state = {{}, c}});
             }) == "[gru] has no cell state: initial_c must be left out, got (2, 2); in gru (GRU)");
}

BOOST_AUTO_TEST_SUITE_END()
