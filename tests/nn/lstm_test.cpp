#include <boost/test/unit_test.hpp>

#include <carousel/carousel.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/lstm.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

namespace {

Tensor input(const Shape& shape, DType dtype = f64) {
  Generator generator{.seed = 5};
  return uniform(shape, -1, 1, generator, {.dtype = dtype});
}

double act(const std::string& name, double x) {
  if (name == "tanh") return std::tanh(x);
  if (name == "relu") return x > 0 ? x : 0;
  if (name == "hard_sigmoid") return std::clamp(x / 6 + 0.5, 0.0, 1.0);
  return 1 / (1 + std::exp(-x));
}

// The layer's definition, one number after the other; `counts` says which steps do.
struct Naive {
  const nn::LSTM& layer;
  std::vector<double> h, c;

  explicit Naive(const nn::LSTM& l)
      : layer(l), h(static_cast<std::size_t>(l.options().units)), c(h.size()) {}

  void step(const std::vector<double>& x) {
    const std::size_t units = h.size();
    std::vector<double> gates(4 * units);
    for (std::size_t j = 0; j < gates.size(); ++j) {
      gates[j] = layer.bias().defined() ? layer.bias()(j) : 0;
      for (std::size_t i = 0; i < x.size(); ++i) gates[j] += x[i] * layer.kernel()(i, j);
      for (std::size_t i = 0; i < units; ++i) gates[j] += h[i] * layer.recurrent_kernel()(i, j);
    }
    const std::string inner = layer.options().activation.name();
    const std::string gate = layer.options().recurrent_activation.name();
    for (std::size_t k = 0; k < units; ++k) {
      c[k] = act(gate, gates[units + k]) * c[k] +
             act(gate, gates[k]) * act(inner, gates[2 * units + k]);
      h[k] = act(gate, gates[3 * units + k]) * act(inner, c[k]);
    }
  }
};

// All outputs of the naive layer for row b of x.
std::vector<std::vector<double>> naive_outputs(const nn::LSTM& layer, const Tensor& x, int b,
                                               std::int64_t length) {
  Naive naive(layer);
  std::vector<std::vector<double>> outputs;
  for (std::int64_t t = 0; t < length; ++t) {
    const std::int64_t at = layer.options().go_backwards ? length - 1 - t : t;
    std::vector<double> row;
    for (std::int64_t f = 0; f < x.dim(2); ++f) row.push_back(x(b, at, f));
    naive.step(row);
    outputs.push_back(naive.h);
  }
  return outputs;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_lstm)

BOOST_AUTO_TEST_CASE(it_is_its_definition) {
  const std::vector<nn::LSTMOptions> cases{
      {.units = 3, .return_sequences = true},
      {.units = 5, .activation = "relu", .return_sequences = true},
      {.units = 2, .recurrent_activation = "hard_sigmoid", .return_sequences = true},
      {.units = 4, .use_bias = false, .return_sequences = true},
      {.units = 4, .return_sequences = true, .go_backwards = true, .unroll = true},
  };
  const Tensor x = input({2, 6, 3});
  for (const nn::LSTMOptions& options : cases) {
    nn::LSTM layer{options};
    const Tensor y = layer(x);
    BOOST_REQUIRE_EQUAL(to_string(y.shape()), to_string(Shape{2, 6, options.units}));
    for (int b = 0; b < 2; ++b) {
      const auto expected = naive_outputs(layer, x, b, 6);
      for (std::size_t t = 0; t < 6; ++t)
        for (std::size_t k = 0; k < expected[t].size(); ++k)
          BOOST_CHECK_SMALL(y(b, t, k) - expected[t][k], 1e-12);
    }
  }
}

BOOST_AUTO_TEST_CASE(without_sequences_it_gives_the_last_output) {
  nn::LSTM layer{{.units = 3}};
  const Tensor x = input({2, 4, 3});
  const Tensor y = layer(x);
  BOOST_CHECK_EQUAL(to_string(y.shape()), "(2, 3)");
  BOOST_CHECK(y.to_vector<double>() == layer.run(x).h.to_vector<double>());
}

BOOST_AUTO_TEST_CASE(lengths_end_each_row_on_its_own) {
  nn::LSTM layer{{.units = 3, .return_sequences = true}};
  const Tensor x = input({3, 5, 2});
  const auto result = layer.run(x, {.lengths = Tensor{5, 2, 0}});
  const std::int64_t lengths[] = {5, 2, 0};
  for (int b = 0; b < 3; ++b) {
    const auto expected = naive_outputs(layer, x, b, lengths[b]);
    for (int k = 0; k < 3; ++k) {
      const double last = expected.empty() ? 0 : expected.back()[static_cast<std::size_t>(k)];
      BOOST_CHECK_SMALL(result.h(b, k) - last, 1e-12);
      BOOST_CHECK_SMALL(result.output(b, 4, k) - last, 1e-12);  // repeated
    }
  }
}

BOOST_AUTO_TEST_CASE(a_mask_beside_lengths_counts_where_both_do) {
  nn::LSTM layer{{.units = 2}};
  const Tensor x = input({1, 3, 2});
  const auto both = layer.run(x, {.mask = Tensor{{true, false, true}}, .lengths = Tensor{2}});
  const auto first = layer.run(x.slice(1, 0, 1));
  BOOST_CHECK(both.h.to_vector<double>() == first.h.to_vector<double>());
}

BOOST_AUTO_TEST_CASE(steps_are_one_call_to_the_bit) {
  for (const DType dtype : {f32, f64}) {
    nn::LSTM layer{{.units = 7, .return_sequences = true}};
    const Tensor x = input({3, 9, 4}, dtype);
    const auto whole = layer.run(x);
    nn::LSTMState state;
    for (int t = 0; t < 9; ++t) {
      state = layer.step(x.select(1, t), state);
      BOOST_CHECK(equal(state.h, whole.output.select(1, t)).to_vector<bool>() ==
                  std::vector<bool>(21, true));
    }
    BOOST_CHECK(equal(state.c, whole.c).to_vector<bool>() == std::vector<bool>(21, true));
  }
}

BOOST_AUTO_TEST_CASE(a_sequence_in_two_parts_is_one_sequence) {
  nn::LSTM plain{{.units = 3}}, stateful{{.units = 3, .stateful = true}};
  const Tensor x = input({2, 6, 2});
  const Tensor whole = plain(x);
  const auto first = plain.run(x.slice(1, 0, 4));
  const auto second = plain.run(x.slice(1, 4, 6), {.initial_state = {first.h, first.c}});
  BOOST_CHECK(second.h.to_vector<double>() == whole.to_vector<double>());

  stateful.build(x.shape(), f64);
  stateful.set_weights(plain.get_weights());
  stateful(x.slice(1, 0, 4));
  const Tensor carried = stateful(x.slice(1, 4, 6));
  BOOST_CHECK(carried.to_vector<double>() == whole.to_vector<double>());
  BOOST_CHECK(!stateful.states().h.requires_grad());
  stateful.reset_states();
  BOOST_CHECK(Tensor(stateful(x)).to_vector<double>() == whole.to_vector<double>());
}

BOOST_AUTO_TEST_CASE(the_fused_layer_is_the_composed_operation) {
  nn::LSTM layer{{.units = 4, .return_sequences = true}};
  Tensor x = input({2, 5, 3}).set_requires_grad();
  const auto fused = layer.run(x, {.lengths = Tensor{5, 3}});
  const Tensor mask{{true, true, true, true, true}, {true, true, true, false, false}};
  const auto composed =
      lstm_composed(x, layer.kernel(), layer.recurrent_kernel(), layer.bias(), {.mask = mask});
  const auto wanted = layer.parameters();
  const auto gradients = [&](const LSTMResult& r) {
    for (Tensor p : wanted) p.zero_grad();
    x.zero_grad();
    (r.output * r.output).sum().backward();
    std::vector<std::vector<double>> all{x.grad().to_vector<double>()};
    for (const Tensor& p : wanted) all.push_back(p.grad().to_vector<double>());
    return all;
  };
  const auto a = gradients(fused), b = gradients(composed);
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t k = 0; k < a[i].size(); ++k) BOOST_CHECK_SMALL(a[i][k] - b[i][k], 1e-12);
}

BOOST_AUTO_TEST_CASE(the_forget_gate_begins_open) {
  nn::LSTM layer{{.units = 2}};
  layer.build({1, 3, 4});
  BOOST_CHECK(layer.bias().to_vector<float>() == (std::vector<float>{0, 0, 1, 1, 0, 0, 0, 0}));
  nn::LSTM plain{{.units = 2, .unit_forget_bias = false}};
  plain.build({1, 3, 4});
  BOOST_CHECK(plain.bias().to_vector<float>() == std::vector<float>(8, 0.f));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  nn::LSTM layer{{.units = 2}};
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] {
                      layer(zeros({32, 10}));
                    }),
                    "[lstm] needs (batch, time, features), got 2-D data (32, 10): reshape to "
                    "(batch, time, features), here (32, 10, 1) or (32, 1, 10); in lstm (LSTM)");
  BOOST_CHECK(!layer.built());
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] {
                      layer(zeros({2, 0, 3}));
                    }),
                    "[lstm] the input has no time steps: (2, 0, 3); in lstm (LSTM)");
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] {
                      layer(zeros({0, 4, 3}));
                    }),
                    "[lstm] the input has no rows: (0, 4, 3); in lstm (LSTM)");
  layer(zeros({2, 4, 3}));
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] {
                      layer(zeros({2, 4, 5}));
                    }),
                    "[lstm] was built for 3 features, got shape (2, 4, 5); in lstm (LSTM)");
  BOOST_CHECK_EQUAL(text_of<ValueError>([&] {
                      layer.run(zeros({2, 4, 3}), {.lengths = Tensor{4, 5}});
                    }),
                    "[lstm] length 5 of row 1 is outside [0, 4], the time steps; in lstm (LSTM)");
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] {
                      layer.run(zeros({2, 4, 3}), {.lengths = Tensor{4}});
                    }),
                    "[lstm] lengths must be (2,), got (1,); in lstm (LSTM)");
  BOOST_CHECK_EQUAL(text_of<ValueError>([] { nn::LSTM{{.units = 0}}; }),
                    "[lstm] units must be at least 1, got 0");
  BOOST_CHECK_THROW((nn::LSTM{{.units = 2, .activation = "cosine"}}), ValueError);
}

BOOST_AUTO_TEST_CASE(a_stateful_layer_keeps_its_batch) {
  nn::LSTM layer{{.units = 2, .stateful = true}};
  layer(zeros({2, 3, 1}));
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] {
                      layer(zeros({4, 3, 1}));
                    }),
                    "[lstm] stateful: a batch of 4 follows one of 2: call reset_states() before; "
                    "in lstm (LSTM)");
}

BOOST_AUTO_TEST_SUITE_END()
