#include <boost/test/unit_test.hpp>

#include <carousel/carousel.h>
#include <carousel/nn/rnn.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

namespace {

Tensor input(const Shape& shape, DType dtype = f64) {
  Generator generator{.seed = 5};
  return uniform(shape, -1, 1, generator, {.dtype = dtype});
}

double difference(const Tensor& a, const Tensor& b) {
  const auto x = a.to_vector<double>(), y = b.to_vector<double>();
  double worst = x.size() == y.size() ? 0 : 1e9;
  for (std::size_t i = 0; i < y.size(); ++i) worst = std::max(worst, std::abs(x[i] - y[i]));
  return worst;
}

// One gate (Zhou et al., 2016): h' = (1 - f) h + f n with n = tanh(x W + (f h) U).
struct MinimalGated : nn::Cell {
  nn::Dense gate{{.units = 6, .activation = "sigmoid"}};
  nn::Dense candidate{{.units = 6, .activation = "tanh"}};

  std::vector<std::int64_t> state_sizes() const override { return {6}; }
  nn::CellStep step(const Tensor& x, const std::vector<Tensor>& states) override {
    const Tensor& h = states[0];
    const Tensor f = gate(concat({x, h}, -1));
    const Tensor n = candidate(concat({x, f * h}, -1));
    const Tensor after = (1 - f) * h + f * n;
    return {after, {after}};
  }
  void visit(nn::Visitor& v) override { v("gate", gate), v("candidate", candidate); }
};

const Tensor& holes() {
  static const Tensor mask{{true, true, false, true, false},
                           {false, true, true, true, true},
                           {true, false, false, false, false}};
  return mask;
}

// A layer and the same from its cell, with a mask of any kind.
template <class L>
void check_cell(typename L::Options options) {
  for (int variant = 0; variant < 8; ++variant) BOOST_TEST_CONTEXT("variant " << variant) {
      options.return_sequences = (variant & 1) != 0;
      options.go_backwards = (variant & 2) != 0;
      options.zero_output_for_mask = variant == 5;
      L layer{options};
      nn::RNN rnn{nn::LayerCell<L>{options},
                  {.return_sequences = options.return_sequences,
                   .go_backwards = options.go_backwards,
                   .zero_output_for_mask = options.zero_output_for_mask}};
      const Tensor x = input({3, 5, 2}), mask = variant & 4 ? holes() : Tensor();
      const auto expected = layer.run(x, {.mask = mask});
      rnn.build(x.shape(), f64);
      rnn.set_weights(layer.get_weights());
      const auto got = rnn.run(x, {.mask = mask});
      BOOST_TEST(difference(got.output, expected.output) <= 1e-14);
      BOOST_TEST(difference(got.states[0], expected.h) <= 1e-14);
      if (expected.c.defined()) BOOST_TEST(difference(got.states[1], expected.c) <= 1e-14);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_rnn)

BOOST_AUTO_TEST_CASE(a_layer_is_the_steps_of_its_cell) {
  check_cell<nn::LSTM>({.units = 4});
  check_cell<nn::GRU>({.units = 4});
  check_cell<nn::GRU>({.units = 4, .reset_after = false});
  check_cell<nn::SimpleRNN>({.units = 4, .activation = "relu"});
}

BOOST_AUTO_TEST_CASE(stacked_cells_are_stacked_layers) {
  nn::LSTM first{{.units = 4, .return_sequences = true}};
  nn::GRU second{{.units = 3, .return_sequences = true}};
  const Tensor x = input({3, 5, 2});
  const Tensor expected = second(first(x));
  nn::RNN rnn{nn::StackedRNNCells{nn::LSTMCell{{.units = 4}}, nn::GRUCell{{.units = 3}}},
              {.return_sequences = true, .return_state = true}};
  rnn.build(x.shape(), f64);
  std::vector<Tensor> weights = first.get_weights();
  for (const Tensor& w : second.get_weights()) weights.push_back(w);
  rnn.set_weights(weights);
  const nn::Values outputs = rnn(nn::Values{x});
  BOOST_TEST(outputs.size() == 4u);
  BOOST_TEST(difference(outputs[0], expected) <= 1e-14);
  BOOST_TEST((outputs[3].shape() == Shape{3, 3}));
}

BOOST_AUTO_TEST_CASE(a_cell_of_ones_own_trains) {
  nn::Sequential model{nn::RNN{MinimalGated{}}, nn::Dense{{.units = 1}}};
  model.compile({.optimizer = optim::Adam{{.learning_rate = 1e-2}}, .loss = "mse"});
  const Tensor x = input({64, 6, 2}, f32), y = x.mean({1, 2}).unsqueeze(-1);
  const auto history = model.fit(x, y, {.epochs = 20, .verbose = 0});
  BOOST_TEST(history["loss"].back() < history["loss"].front() / 4);
}

BOOST_AUTO_TEST_CASE(a_row_with_a_length_is_that_shorter_row) {
  nn::RNN rnn{MinimalGated{}, {.return_sequences = true}};
  const Tensor x = input({3, 5, 2});
  const auto whole = rnn.run(x, {.lengths = Tensor{5, 3, 1}});
  const auto three = rnn.run(x.slice(0, 1, 2).slice(1, 0, 3));
  BOOST_TEST(difference(whole.states[0].slice(0, 1, 2), three.states[0]) <= 1e-14);
}

BOOST_AUTO_TEST_CASE(a_stateful_layer_goes_on_where_it_was) {
  nn::RNN plain{nn::GRUCell{{.units = 4}}}, stateful{nn::GRUCell{{.units = 4}}, {.stateful = true}};
  const Tensor x = input({3, 6, 2});
  const Tensor whole = plain(x);
  stateful.build(x.shape(), f64);
  stateful.set_weights(plain.get_weights());
  stateful(x.slice(1, 0, 4));
  BOOST_TEST(difference(stateful(x.slice(1, 4, 6)), whole) == 0);
  stateful.reset_states();
  BOOST_TEST(difference(stateful(x), whole) == 0);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  nn::RNN rnn{nn::LSTMCell{{.units = 4}}};
  BOOST_TEST(text_of<ShapeError>([&] {
               rnn(zeros({4, 3}));
             }) == "[rnn] needs (batch, time, features), got shape (4, 3); in rnn (RNN)");
  BOOST_TEST(text_of<ValueError>([&] {
               rnn.run(zeros({2, 4, 3}), {.initial_states = {zeros({2, 4})}});
             }) == "[rnn] the cell has 2 states, got 1 initial ones; in rnn (RNN)");
  BOOST_TEST(text_of<ValueError>([] { nn::GRUCell{{.units = 4, .dropout = 0.5}}; }) ==
             "[cell] dropout and recurrent_dropout are a layer's, not a cell's");
}

BOOST_AUTO_TEST_SUITE_END()
