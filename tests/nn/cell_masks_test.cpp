// Masks and lengths of any kind around cells: a row is its steps that count, alone.
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>

#include <carousel/carousel.h>
#include <carousel/nn/layers.h>

#include <tests/nn/mask_problem.h>

using namespace carousel;
using namespace carousel::nn::test;

namespace {

struct OwnOptions {
  std::int64_t units = 0;
  std::string name = {};
};
void fields(nn::Fields& f, OwnOptions& o) { f("units", o.units); }

// Two states, ordinary operations, and an output that is neither of them.
class Own : public nn::Layer<OwnOptions, nn::Cell> {
 public:
  explicit Own(OwnOptions options)
      : Layer(options),
        gate_{{.units = options.units, .activation = "sigmoid"}},
        candidate_{{.units = options.units, .activation = "tanh"}} {}

  std::vector<std::int64_t> state_sizes() const override {
    return {options().units, options().units};
  }
  nn::CellStep step(const Tensor& x, const std::vector<Tensor>& states) override {
    const Tensor &h = states[0], &slow = states[1];
    const Tensor f = gate_(concat({x, h}, -1));
    const Tensor after = (1 - f) * h + f * candidate_(concat({x, slow}, -1));
    return {after - slow, {after, 0.9 * slow + 0.1 * after}};
  }
  void visit(nn::Visitor& v) override { v("gate", gate_), v("candidate", candidate_); }

 private:
  nn::Dense gate_, candidate_;
};

struct Registered {
  Registered() { nn::register_layer<Own>("Own"); }
};

using Cells = std::vector<std::unique_ptr<nn::Cell>>;

template <class... C>
std::unique_ptr<nn::Cell> stacked(C... cells) {
  Cells all;
  (all.push_back(std::make_unique<C>(std::move(cells))), ...);
  return std::make_unique<nn::StackedRNNCells>(std::move(all));
}

struct Kind {
  const char* name;
  std::function<std::unique_ptr<nn::Cell>(std::int64_t units)> make;
};
const Kind kKinds[] = {
    {"own", [](std::int64_t n) { return std::make_unique<Own>(OwnOptions{.units = n}); }},
    {"LSTM",
     [](std::int64_t n) { return std::make_unique<nn::LSTMCell>(nn::LSTMOptions{.units = n}); }},
    {"stack of LSTM and GRU",
     [](std::int64_t n) {
       return stacked(nn::LSTMCell{{.units = n + 1}}, nn::GRUCell{{.units = n}});
     }},
    {"stack of SimpleRNN and own",
     [](std::int64_t n) {
       return stacked(nn::SimpleRNNCell{{.units = n + 1}}, Own{{.units = n}});
     }},
};

std::vector<Tensor> random_states(const nn::Cell& cell, std::int64_t batch) {
  Generator generator{.seed = 77};
  std::vector<Tensor> states;
  for (const std::int64_t size : cell.state_sizes())
    states.push_back(uniform({batch, size}, -1, 1, generator));
  return states;
}

std::vector<Tensor> zero_states(const nn::Cell& cell, std::int64_t batch) {
  std::vector<Tensor> states;
  for (const std::int64_t size : cell.state_sizes()) states.push_back(zeros({batch, size}));
  return states;
}

// What row b of a problem is on its own: outputs in the order of the input, and the last states.
nn::RNNResult run_alone(nn::RNN& rnn, const Problem& p, std::int64_t b,
                        const std::vector<Tensor>& initial, std::int64_t width) {
  std::vector<Tensor> states, steps;
  for (const Tensor& state : initial) states.push_back(state.slice(0, b, b + 1));
  const auto kept = p.kept(b);
  if (kept.empty()) return {zeros({p.time, width}), states};
  for (const std::int64_t t : kept) steps.push_back(p.x.select(0, b).select(0, t));
  nn::RNNResult result = rnn.run(stack(steps, 0).unsqueeze(0), {.initial_states = states});
  Tensor y = result.output.select(0, 0);
  if (rnn.go_backwards()) y = flip(y, 0);
  result.output = spread(y, kept, p.time, rnn.go_backwards());
  return result;
}

nn::RNNRunOptions hiding(const Problem& p, MaskKind kind, std::vector<Tensor> initial) {
  if (kind == MaskKind::lengths)
    return {.lengths = p.lengths(), .initial_states = std::move(initial)};
  return {.mask = p.mask(), .initial_states = std::move(initial)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_cell_masks, *boost::unit_test::fixture<Registered>())

BOOST_AUTO_TEST_CASE(a_row_is_its_counting_steps_alone_to_the_bit) {
  const NoGrad nothing_recorded;
  unsigned seed = 0;
  for (const auto& [name, make] : kKinds)
    for (const bool backwards : {false, true})
      for (const MaskKind kind : kMaskKinds)
        for (int repeat = 0; repeat < 2; ++repeat)
          BOOST_TEST_CONTEXT(name << ", mask " << int(kind) << ", seed " << ++seed) {
            const Problem p(seed, kind);
            nn::RNN rnn{make(p.units), {.return_sequences = true, .go_backwards = backwards}};
            rnn.build({1, 1, p.features});
            const auto initial = random_states(rnn.cell(), p.batch);
            const auto all = rnn.run(p.x, hiding(p, kind, initial));
            const Tensor y = backwards ? flip(all.output, 1) : all.output;
            for (std::int64_t b = 0; b < p.batch; ++b) {
              const auto alone = run_alone(rnn, p, b, initial, y.dim(-1));
              BOOST_TEST(same(y.select(0, b), alone.output));
              for (std::size_t i = 0; i < initial.size(); ++i)
                BOOST_TEST(same(all.states[i].slice(0, b, b + 1), alone.states[i]));
            }
          }
}

BOOST_AUTO_TEST_CASE(both_directions_are_each_alone_to_the_bit) {
  const NoGrad nothing_recorded;
  unsigned seed = 100;
  for (const auto& [name, make] : kKinds)
    for (const MaskKind kind : kMaskKinds) BOOST_TEST_CONTEXT(name << ", seed " << ++seed) {
        const Problem p(seed, kind);
        nn::Bidirectional both{nn::RNN{make(p.units), {.return_sequences = true}}};
        both.build({1, 1, p.features});
        const nn::Value y = both(nn::Value::masked(p.x, p.mask()));
        auto& forward = dynamic_cast<nn::RNN&>(both.forward_layer());
        auto& backward = dynamic_cast<nn::RNN&>(both.backward_layer());
        const std::int64_t half = y.dim(-1) / 2;
        for (std::int64_t b = 0; b < p.batch; ++b) {
          const auto one = run_alone(forward, p, b, zero_states(forward.cell(), p.batch), half);
          const auto other = run_alone(backward, p, b, zero_states(backward.cell(), p.batch), half);
          BOOST_TEST(same(y.select(0, b), concat({one.output, other.output}, -1)));
        }
      }
}

BOOST_AUTO_TEST_CASE(steps_are_one_call_to_the_bit) {
  const NoGrad nothing_recorded;
  for (const auto& [name, make] : kKinds) BOOST_TEST_CONTEXT(name) {
      const Problem p(7, MaskKind::all_count);
      nn::RNN rnn{make(p.units)};
      rnn.build({1, 1, p.features});
      const auto initial = random_states(rnn.cell(), p.batch);
      const auto whole = rnn.run(p.x, {.initial_states = initial});
      std::vector<Tensor> states = initial;
      for (std::int64_t t = 0; t < p.time; ++t) {
        nn::Values inputs{p.x.select(1, t)};
        inputs.insert(inputs.end(), states.begin(), states.end());
        const nn::Values after = rnn.cell()(inputs);
        states.assign(after.begin() + 1, after.end());
      }
      for (std::size_t i = 0; i < states.size(); ++i) BOOST_TEST(same(states[i], whole.states[i]));
    }
}

BOOST_AUTO_TEST_SUITE_END()
