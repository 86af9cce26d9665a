// Cells that know whole sequences, against the same cells step by step.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <carousel/autograd/gradcheck.h>
#include <carousel/carousel.h>
#include <carousel/nn/layers.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

namespace {

// What derives from a cell of the library may have another step(), so it is taken step by step.
template <class C>
struct Stepwise : C {
  using C::C;
  nn::CellStep step(const Tensor& x, const std::vector<Tensor>& states) override {
    ++steps;
    return C::step(x, states);
  }
  int steps = 0;
};

using CellPointer = std::unique_ptr<nn::Cell>;
template <class C>
CellPointer make(typename C::Options options, bool stepwise) {
  if (stepwise) return std::make_unique<Stepwise<C>>(options);
  return std::make_unique<C>(options);
}

std::vector<CellPointer> three_cells(bool stepwise) {
  std::vector<CellPointer> cells;
  cells.push_back(make<nn::LSTMCell>({.units = 5}, stepwise));
  cells.push_back(make<nn::GRUCell>({.units = 3}, stepwise));
  cells.push_back(make<nn::LSTMCell>({.units = 4, .proj_size = 2}, stepwise));
  return cells;
}

struct Kind {
  const char* name;
  std::function<CellPointer(bool stepwise)> cell;
};
const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      // What the layer's options say of sequences is not the cell's.
      {"lstm",
       [](bool s) {
         return make<nn::LSTMCell>({.units = 4, .go_backwards = true, .stateful = true}, s);
       }},
      {"projected", [](bool s) { return make<nn::LSTMCell>({.units = 5, .proj_size = 3}, s); }},
      {"gru", [](bool s) { return make<nn::GRUCell>({.units = 4}, s); }},
      {"gru_before",
       [](bool s) { return make<nn::GRUCell>({.units = 4, .reset_after = false}, s); }},
      {"simple", [](bool s) { return make<nn::SimpleRNNCell>({.units = 4}, s); }},
      {"stacked", [](bool s) -> CellPointer {
         if (s) return std::make_unique<Stepwise<nn::StackedRNNCells>>(three_cells(true));
         return std::make_unique<nn::StackedRNNCells>(three_cells(false));
       }}};
  return all;
}

Tensor draw(const Shape& shape, DType dtype, std::uint64_t seed) {
  Generator generator{.seed = seed};
  return uniform(shape, -1, 1, generator, {.dtype = dtype});
}

// Rows that count here and there, from the first step on, and never.
Tensor holes() {
  return Tensor{{true, true, false, true, false},
                {false, true, true, true, true},
                {true, false, false, false, false},
                {false, false, false, false, false}};
}

bool same(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.to(f64).to_vector<double>() == b.to(f64).to_vector<double>();
}

double difference(const Tensor& a, const Tensor& b) {
  BOOST_TEST_REQUIRE(to_string(a.shape()) == to_string(b.shape()));
  return abs(a - b).max().item<double>();
}

// The same weights in both.
struct Two {
  nn::RNN whole, steps;
  Two(const Kind& kind, const nn::RNNOptions& options, const Tensor& x)
      : whole(kind.cell(false), options), steps(kind.cell(true), options) {
    whole.build(x.shape(), x.dtype());
    steps.build(x.shape(), x.dtype());
    steps.set_weights(whole.get_weights());
  }
};

// Calls check(two, x, options of a run) for all cells, ways through time, masks and states.
void for_all(DType dtype,
             const std::function<void(Two&, const Tensor&, const nn::RNNRunOptions&)>& check) {
  const Tensor x = draw({4, 5, 2}, dtype, 5);
  for (const Kind& kind : kinds())
    for (int variant = 0; variant < 32; ++variant)
      BOOST_TEST_CONTEXT(kind.name << ", variant " << variant) {
        const nn::RNNOptions options{.return_sequences = (variant & 1) != 0,
                                     .go_backwards = (variant & 2) != 0,
                                     .zero_output_for_mask = (variant & 4) != 0};
        Two two(kind, options, x);
        nn::RNNRunOptions run;
        if (variant & 8) run.mask = holes();
        std::uint64_t seed = 10;
        if (variant & 16)
          for (const std::int64_t size : two.whole.cell().state_sizes())
            run.initial_states.push_back(draw({4, size}, dtype, ++seed));
        check(two, x, run);
      }
}

void check_values(DType dtype) {
  for_all(dtype, [](Two& two, const Tensor& x, const nn::RNNRunOptions& run) {
    const auto got = two.whole.run(x, run), expected = two.steps.run(x, run);
    BOOST_TEST(same(got.output, expected.output));
    BOOST_TEST_REQUIRE(got.states.size() == expected.states.size());
    for (std::size_t i = 0; i < expected.states.size(); ++i)
      BOOST_TEST(same(got.states[i], expected.states[i]));
  });
}

// Of x, the initial states and the weights, from outputs and states.
std::vector<Tensor> gradients(nn::RNN& rnn, const Tensor& x, const nn::RNNRunOptions& given) {
  nn::RNNRunOptions run{.mask = given.mask};
  std::vector<Tensor> leaves{x.detach().set_requires_grad()};
  for (const Tensor& state : given.initial_states) {
    leaves.push_back(state.detach().set_requires_grad());
    run.initial_states.push_back(leaves.back());
  }
  const auto result = rnn.run(leaves[0], run);
  Tensor loss = (result.output * draw(result.output.shape(), x.dtype(), 3)).sum();
  for (const Tensor& state : result.states) loss = loss + square(state).sum();
  for (const Tensor& weight : rnn.parameters()) leaves.push_back(weight);
  return grad(std::span(&loss, 1), leaves);
}

// A cell with a sequence() that gives something else than it must.
struct Wrong : nn::Cell {
  explicit Wrong(int how) : how_(how) {}
  std::vector<std::int64_t> state_sizes() const override { return {3}; }
  nn::CellStep step(const Tensor& x, const std::vector<Tensor>&) override { return {x, {x}}; }
  std::optional<nn::SequenceResult> sequence(const Tensor& x, const std::vector<Tensor>&,
                                             const nn::CellSequenceOptions&) override {
    const Tensor last = x.select(1, 0);
    if (how_ == 0) return {{last, {last}}};
    if (how_ == 1) return {{x, {}}};
    return {{x, {x}}};
  }
  int how_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_cell_sequence)

BOOST_AUTO_TEST_CASE(a_sequence_is_its_steps_to_the_bit) {
  check_values(f32);
  check_values(f64);
}

BOOST_AUTO_TEST_CASE(gradients_are_those_of_the_steps) {
  for_all(f64, [](Two& two, const Tensor& x, const nn::RNNRunOptions& run) {
    const auto got = gradients(two.whole, x, run), expected = gradients(two.steps, x, run);
    BOOST_TEST_REQUIRE(got.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
      BOOST_TEST(difference(got[i], expected[i]) <= 1e-12);
  });
}

BOOST_AUTO_TEST_CASE(gradients_of_gradients_hold) {
  nn::RNN rnn{nn::StackedRNNCells{nn::LSTMCell{{.units = 2}}, nn::GRUCell{{.units = 2}}},
              {.return_sequences = true, .go_backwards = true}};
  const Tensor x = draw({2, 3, 2}, f64, 5).set_requires_grad();
  rnn.build(x.shape(), f64);
  const Tensor mask{{true, false, true}, {true, true, false}};
  const auto outputs = [&](const std::vector<Tensor>& in) {
    return rnn.run(in[0], {.mask = mask}).output;
  };
  gradcheck(outputs, {x});
  gradgradcheck(outputs, {x});
}

BOOST_AUTO_TEST_CASE(a_cell_drops_as_its_layer_does) {
  const nn::GRUOptions options{
      .units = 3, .dropout = 0.4, .recurrent_dropout = 0.3, .seed = 7, .return_sequences = true};
  const Tensor x = draw({3, 4, 2}, f64, 5);
  nn::GRU layer{options};
  nn::RNN rnn{nn::GRUCell{options}, {.return_sequences = true}};
  layer.build(x.shape(), f64), rnn.build(x.shape(), f64);
  rnn.set_weights(layer.get_weights());
  const Tensor quiet = layer(x);
  BOOST_TEST(difference(rnn(x), quiet) == 0);
  layer.train(), rnn.train();
  const Tensor dropped = rnn(x);
  BOOST_TEST(difference(dropped, layer(x)) == 0);
  BOOST_TEST(difference(dropped, quiet) > 0.01);
  BOOST_TEST(difference(dropped, rnn(x)) > 0.01);  // drawn anew for the next sequence
  BOOST_TEST(text_of<GraphError>([&] { rnn.cell()(x.select(1, 0)); }) ==
             "[cell] dropout is drawn once a sequence, and this is a single step in training: put "
             "the cell into an RNN, or train(false); in cell (GRUCell)");
}

BOOST_AUTO_TEST_CASE(steps_are_taken_only_where_there_is_nothing_faster) {
  const Tensor x = draw({4, 5, 2}, f32, 5);
  nn::RNN derived{Stepwise<nn::GRUCell>{{.units = 3}}};
  derived.build(x.shape());
  auto& cell = dynamic_cast<Stepwise<nn::GRUCell>&>(derived.cell());
  cell.steps = 0;
  derived(x);
  BOOST_TEST(cell.steps == 5);
}

// Of the operation that is the first in backward, as a NaN there is told.
BOOST_AUTO_TEST_CASE(a_sequence_is_one_operation) {
  const Tensor x = draw({4, 5, 2}, f64, 5).set_requires_grad();
  const char* const texts[] = {
      "[lstm] the gradient of input 0 (4, 5, 2)",       "[lstm] the gradient of input 0 (4, 5, 2)",
      "[gru] the gradient of input 0 (4, 5, 2)",        "[gru] the gradient of input 0 (4, 5, 2)",
      "[simple_rnn] the gradient of input 0 (4, 5, 2)", "[lstm] the gradient of input 0 (4, 5, 3)"};
  for (std::size_t i = 0; i < kinds().size(); ++i) BOOST_TEST_CONTEXT(kinds()[i].name) {
      nn::RNN rnn{kinds()[i].cell(false)};
      const Tensor y = rnn(x);
      const AnomalyMode anomaly;
      const std::string text = text_of<NumericError>(
          [&] { grad(y, {x}, {.cotangents = {full(y.shape(), std::nan(""), {.dtype = f64})}}); });
      BOOST_TEST(text.starts_with(texts[i]), text);
    }
}

BOOST_AUTO_TEST_CASE(what_a_mask_hides_may_be_nan) {
  const double nan = std::nan("");
  const Tensor mask{{true, true, false}};
  const Tensor x{{{0.5, -1.0}, {2.0, 0.25}, {nan, 1.0 / 0.0}}};
  for (const Kind& kind : kinds()) BOOST_TEST_CONTEXT(kind.name) {
      Two two(kind, {}, x);
      const auto masked = two.whole.run(x, {.mask = mask});
      BOOST_TEST(same(masked.output, two.whole.run(x.slice(1, 0, 2)).output));
      masked.output.sum().backward();
      for (const Tensor& w : two.whole.parameters()) BOOST_TEST(!any(isnan(w.grad())).item<bool>());
    }
}

BOOST_AUTO_TEST_CASE(a_stateful_stack_goes_on_where_it_was) {
  const Tensor x = draw({4, 5, 2}, f32, 5);
  nn::RNN plain{kinds().back().cell(false)};
  nn::RNN stateful{kinds().back().cell(false), {.stateful = true}};
  const Tensor whole = plain(x);
  stateful.build(x.shape());
  stateful.set_weights(plain.get_weights());
  stateful(x.slice(1, 0, 3));
  BOOST_TEST(same(stateful(x.slice(1, 3, 5)), whole));
  stateful.reset_states();
  BOOST_TEST(same(stateful(x), whole));
}

BOOST_AUTO_TEST_CASE(a_sequence_that_does_not_fit_is_refused) {
  const char* const wrong[] = {"[cell] sequence() must give 2 rows of 4 steps, it gave (2, 3)",
                               "[cell] sequence() gave 0 states, state_sizes() has 1",
                               "[cell] state 0 must be (2, 3), got (2, 4, 3)"};
  for (int how = 0; how < 3; ++how) {
    nn::RNN layer{Wrong{how}, {.return_sequences = true}};
    BOOST_TEST(text_of<Error>([&] {
                 layer(zeros({2, 4, 3}));
               }) == std::string(wrong[how]) + "; in rnn.cell (Wrong)");
  }
}

BOOST_AUTO_TEST_SUITE_END()
