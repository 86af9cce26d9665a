#include <boost/test/unit_test.hpp>

#include <cmath>

#include <carousel/autograd/gradcheck.h>
#include <carousel/carousel.h>
#include <carousel/nn/layers.h>

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

struct LeakyOptions {
  std::int64_t units = 0;
  double leak = 0.9;
  std::string name = {};
};
void fields(nn::Fields& f, LeakyOptions& o) { f("units", o.units), f("leak", o.leak); }

// What depends on the input alone is computed for all steps at once.
class Leaky : public nn::Layer<LeakyOptions, nn::Cell> {
 public:
  explicit Leaky(LeakyOptions options) : Layer(options), input{{.units = options.units}} {}

  std::vector<std::int64_t> state_sizes() const override { return {options().units}; }
  Tensor project_input(const Tensor& x) override {
    ++projections;
    return input(x);
  }
  nn::CellStep step(const Tensor& x, const std::vector<Tensor>& states) override {
    const Tensor h = states[0] * options().leak + tanh(x);
    return {h * 2, {h}};
  }
  void visit(nn::Visitor& v) override { v("input", input); }

  nn::Dense input;
  int projections = 0;
};

// What it gives for one row, step by step.
Tensor leaky_by_hand(Leaky& cell, const Tensor& x) {
  std::vector<Tensor> outputs;
  Tensor h = zeros({x.dim(0), cell.options().units}, {.dtype = x.dtype()});
  for (std::int64_t t = 0; t < x.dim(1); ++t) {
    const nn::Values next = cell(nn::Values{x.select(1, t), h});
    outputs.push_back(next.at(0));
    h = next.at(1);
  }
  return stack(outputs, 1);
}

// A cell that does what it must not.
struct Wrong : nn::Cell {
  explicit Wrong(int how) : how_(how) {}
  std::vector<std::int64_t> state_sizes() const override { return {3}; }
  Tensor project_input(const Tensor& x) override { return how_ == 0 ? x.sum({0}, true) : x; }
  nn::CellStep step(const Tensor& x, const std::vector<Tensor>& states) override {
    if (how_ == 1) return {x, {states[0], x}};
    return {x, {x}};
  }
  int how_;
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

// Leaky may be in files and configurations.
struct Registered {
  Registered() { nn::register_layer<Leaky>("Leaky"); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_rnn, *boost::unit_test::fixture<Registered>())

BOOST_AUTO_TEST_CASE(a_layer_is_the_steps_of_its_cell) {
  check_cell<nn::LSTM>({.units = 4});
  check_cell<nn::LSTM>({.units = 4, .proj_size = 3});
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

BOOST_AUTO_TEST_CASE(the_input_is_projected_once_a_sequence) {
  nn::RNN rnn{Leaky{{.units = 4}}, {.return_sequences = true}};
  const Tensor x = input({3, 5, 2});
  rnn.build(x.shape(), f64);
  auto& cell = dynamic_cast<Leaky&>(rnn.cell());
  cell.projections = 0;
  const Tensor y = rnn(x);
  BOOST_TEST(cell.projections == 1);
  BOOST_TEST(difference(y, leaky_by_hand(cell, x)) == 0);
}

BOOST_AUTO_TEST_CASE(what_a_mask_hides_may_be_nan) {
  nn::RNN rnn{Leaky{{.units = 4}}};
  const Tensor mask{{true, true, false}};
  Tensor x{{{0.5, -1.0}, {2.0, 0.25}, {std::nan(""), 1.0 / 0.0}}};
  const auto masked = rnn.run(x, {.mask = mask});
  BOOST_TEST(difference(masked.output, rnn.run(x.slice(1, 0, 2)).output) == 0);
  masked.output.sum().backward();
  for (const Tensor& w : rnn.parameters()) BOOST_TEST(!any(isnan(w.grad())).item<bool>());
}

BOOST_AUTO_TEST_CASE(gradients_go_through_time_and_masks) {
  nn::RNN rnn{MinimalGated{}, {.return_sequences = true}};
  const Tensor x = input({3, 5, 2}).set_requires_grad();
  rnn.build(x.shape(), f64);
  gradcheck([&](const std::vector<Tensor>& in) { return rnn.run(in[0], {.mask = holes()}).output; },
            {x});
  // Of the weights: those of each row alone, added up.
  const std::vector<std::int64_t> lengths{5, 3, 1};
  square(rnn.run(x, {.lengths = from_vector(lengths, {3})}).states[0]).sum().backward();
  std::vector<Tensor> expected;
  for (const Tensor& w : rnn.parameters()) {
    expected.push_back(w.grad());
    Tensor(w).zero_grad();
  }
  for (std::int64_t row = 0; row < 3; ++row) {
    const Tensor alone = x.slice(0, row, row + 1).slice(1, 0, lengths[static_cast<size_t>(row)]);
    square(rnn.run(alone).states[0]).sum().backward();
  }
  for (std::size_t i = 0; i < expected.size(); ++i)
    BOOST_TEST(difference(rnn.parameters()[i].grad(), expected[i]) <= 1e-14);
}

BOOST_AUTO_TEST_CASE(both_directions_of_a_registered_cell) {
  nn::Bidirectional both{nn::RNN{Leaky{{.units = 4, .leak = 0.5}}, {.return_sequences = true}}};
  const Tensor x = input({3, 5, 2});
  const auto result = both.run(x, {.mask = holes()});
  BOOST_TEST((result.output.shape() == Shape{3, 5, 8}));
  nn::RNN backward{Leaky{{.units = 4, .leak = 0.5}},
                   {.return_sequences = true, .go_backwards = true}};
  backward.build(x.shape(), f64);
  backward.set_weights(both.backward_layer().get_weights());
  const auto expected = backward.run(x, {.mask = holes()});
  BOOST_TEST(difference(result.output.slice(2, 4, 8), flip(expected.output, 1)) == 0);
  BOOST_TEST(difference(result.backward_states[0], expected.states[0]) == 0);
  // One that is not registered can't be made again; with both layers given it need not be.
  BOOST_TEST(text_of<GraphError>([] { nn::Bidirectional{nn::RNN{MinimalGated{}}}; }) ==
             "[config] MinimalGated is none of the library's layers: "
             "nn::register_layer<MinimalGated>(\"MinimalGated\") lets files know it");
  nn::Bidirectional own{nn::RNN{MinimalGated{}}, nn::RNN{MinimalGated{}, {.go_backwards = true}}};
  BOOST_TEST((own(x).shape() == Shape{3, 12}));
}

BOOST_AUTO_TEST_CASE(configurations_rebuild_layers_and_cells) {
  nn::Sequential model{
      nn::RNN{nn::StackedRNNCells{nn::LSTMCell{{.units = 4, .unit_forget_bias = false}},
                                  Leaky{{.units = 3, .leak = 0.25}}},
              {.return_sequences = true, .zero_output_for_mask = true, .name = "stack"}},
      nn::Bidirectional{nn::RNN{nn::GRUCell{{.units = 2, .reset_after = false}},
                                {.stateful = true, .input_shape = {5, 3}}}}};
  const Tensor x = input({3, 5, 2}, f32);
  model.build(x.shape());
  const auto again = nn::make_layer(model.type_name(), model.config());
  BOOST_TEST(again->config() == model.config());
  again->build(x.shape());
  again->set_weights(model.get_weights());
  BOOST_TEST(Tensor((*again)(x)).to_vector<float>() == Tensor(model(x)).to_vector<float>());
}

BOOST_AUTO_TEST_CASE(configurations_that_do_not_fit_are_refused) {
  const struct {
    const char *type, *config, *text;
  } cases[] = {{"RNN", R"({"cell": {"type": "LSTM", "config": {"units": 2}}})",
                "[make_layer] 'LSTM' is no cell"},
               {"StackedRNNCells", R"({"cells": []})", "[stacked_rnn_cells] there is no cell"},
               {"Bidirectional", R"({"layer": {"type": "Dense", "config": {"units": 2}}})",
                "[make_layer] 'Dense' is no recurrent layer"}};
  for (const auto& [type, config, text] : cases)
    BOOST_TEST(text_of<Error>([&] { nn::make_layer(type, config); }) == text);
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
  BOOST_TEST(text_of<ShapeError>([&] {
               rnn.run(zeros({2, 4, 3}), {.mask = full({2, 3}, true)});
             }) == "[rnn] mask must be (2, 4), got (2, 3); in rnn (RNN)");
  BOOST_TEST(text_of<ShapeError>([&] {
               rnn.run(zeros({2, 4, 3}), {.initial_states = {zeros({2, 4}), zeros({2, 5})}});
             }) == "[rnn] initial state 1 must be (2, 4), got (2, 5); in rnn (RNN)");
  const char* const wrong[] = {"[cell] project_input() must keep the 8 rows, it gave (1, 3)",
                               "[cell] step() gave 2 states, state_sizes() has 1",
                               "[cell] step() made a state 0 of shape (2, 4) from one of (2, 3)"};
  for (int how = 0; how < 3; ++how) {
    nn::RNN layer{Wrong{how}};
    const Tensor x = zeros({2, 4, how == 2 ? 4 : 3});
    BOOST_TEST(text_of<Error>([&] { layer(x); }) ==
               std::string(wrong[how]) + "; in rnn.cell (Wrong)");
  }
  BOOST_TEST(text_of<ValueError>([] { nn::GRUCell{{.units = 4, .bidirectional = true}}; }) ==
             "[cell] num_layers and bidirectional are a layer's, not a cell's");
}

BOOST_AUTO_TEST_SUITE_END()
