// Masks and lengths of any kind: a row is its steps that count, alone.
#include <boost/test/unit_test.hpp>

#include <functional>

#include <carousel/autograd/gradcheck.h>
#include <carousel/carousel.h>
#include <carousel/nn/layers.h>

#include <tests/nn/mask_problem.h>

using namespace carousel;
using namespace carousel::nn::test;

namespace {

using Layer = std::unique_ptr<nn::RecurrentLayer>;

// Calls check(type, options) for each kind of layer.
void for_each_kind(const std::function<void(const std::string&, const std::string&)>& check) {
  const std::pair<const char*, const char*> kinds[] = {{"LSTM", ""},
                                                       {"LSTM", R"(, "proj_size": 2)"},
                                                       {"SimpleRNN", ""},
                                                       {"GRU", ""},
                                                       {"GRU", R"(, "reset_after": false)"}};
  for (const auto& [type, own] : kinds) BOOST_TEST_CONTEXT(type << own) {
      check(type, own);
    }
}

Layer make(const std::string& type, std::int64_t units, const std::string& more) {
  auto layer = nn::make_layer(
      type, R"({"return_sequences": true, "units": )" + std::to_string(units) + more + "}");
  return Layer(dynamic_cast<nn::RecurrentLayer*>(layer.release()));
}

// A row's outputs in the order of the input, and its states, from its counting steps alone.
struct Alone {
  Tensor output, h;
};
Alone run_alone(nn::RecurrentLayer& layer, const Problem& p, std::int64_t b,
                const nn::RecurrentState& initial, bool bidirectional) {
  const auto kept = p.kept(b);
  const auto row = [&](const Tensor& states) {
    return states.defined() ? states.slice(-2, b, b + 1) : states;
  };
  if (kept.empty()) return {zeros({p.time, layer.output_size()}), row(initial.h)};
  std::vector<Tensor> steps;
  for (const std::int64_t t : kept) steps.push_back(p.x.select(0, b).select(0, t));
  const auto result =
      layer.run(stack(steps, 0).unsqueeze(0), {.initial_state = {row(initial.h), row(initial.c)}});
  Tensor y = result.output.select(0, 0);
  if (layer.go_backwards()) y = flip(y, 0);
  if (!bidirectional) return {spread(y, kept, p.time, layer.go_backwards()), result.h};
  const std::int64_t half = layer.output_size() / 2;
  return {concat({spread(y.slice(1, 0, half), kept, p.time, false),
                  spread(y.slice(1, half, 2 * half), kept, p.time, true)},
                 -1),
          result.h};
}

nn::RecurrentState random_state(const nn::RecurrentLayer& layer, const Problem& p, bool two) {
  Generator generator{.seed = 77};
  const auto draw = [&](std::int64_t size) {
    return two ? uniform({2, p.batch, size}, -1, 1, generator)
               : uniform({p.batch, size}, -1, 1, generator);
  };
  const std::int64_t size = layer.output_size() / (two ? 2 : 1);
  return {draw(size), layer.has_cell_state() ? draw(layer.units()) : Tensor()};
}

// Puts tensors in place of a layer's parameters, in their order.
class Replace final : public nn::Visitor {
 public:
  explicit Replace(const std::vector<Tensor>& with) : with_(with) {}

 private:
  void module(std::string_view, nn::Module&) override {}
  void tensor(std::string_view, Tensor& x, nn::Role role) override {
    if (role == nn::Role::parameter) x = with_.at(next_++);
  }
  const std::vector<Tensor>& with_;
  std::size_t next_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_recurrent_masks)

BOOST_AUTO_TEST_CASE(a_row_is_its_counting_steps_alone_to_the_bit) {
  for_each_kind([](const std::string& type, const std::string& own) {
    unsigned seed = 0;
    for (const char* way : {"", R"(, "go_backwards": true)", R"(, "bidirectional": true)"})
      for (const MaskKind kind : kMaskKinds)
        for (int repeat = 0; repeat < 4; ++repeat)
          BOOST_TEST_CONTEXT(way << ", mask " << static_cast<int>(kind) << ", seed " << ++seed) {
            const Problem p(seed, kind);
            const Layer layer = make(type, p.units, own + way);
            const bool two = std::string(way).find("bidirectional") != std::string::npos;
            const NoGrad nothing_recorded;
            layer->build({1, 1, p.features});
            const auto initial = random_state(*layer, p, two);
            const auto all =
                kind == MaskKind::lengths
                    ? layer->run(p.x, {.lengths = p.lengths(), .initial_state = initial})
                    : layer->run(p.x, {.mask = p.mask(), .initial_state = initial});
            const Tensor y = layer->go_backwards() ? flip(all.output, 1) : all.output;
            for (std::int64_t b = 0; b < p.batch; ++b) {
              const Alone alone = run_alone(*layer, p, b, initial, two);
              BOOST_TEST(same(y.select(0, b), alone.output));
              BOOST_TEST(same(all.h.slice(-2, b, b + 1), alone.h));
            }
          }
  });
}

BOOST_AUTO_TEST_CASE(steps_are_one_call_to_the_bit) {
  for_each_kind([](const std::string& type, const std::string& own) {
    for (unsigned seed = 1; seed <= 12; ++seed) BOOST_TEST_CONTEXT("seed " << seed) {
        const Problem p(seed, MaskKind::all_count);
        const Layer layer =
            make(type, p.units, own + R"(, "num_layers": )" + std::to_string(1 + seed % 2));
        const NoGrad nothing_recorded;
        const auto whole = layer->run(p.x);
        nn::RecurrentState state;
        for (std::int64_t t = 0; t < p.time; ++t) state = layer->step(p.x.select(1, t), state);
        BOOST_TEST(same(state.h, whole.h));
        if (whole.c.defined()) BOOST_TEST(same(state.c, whole.c));
      }
  });
}

BOOST_AUTO_TEST_CASE(gradients_of_gradients_hold_in_both_directions) {
  for_each_kind([](const std::string& type, const std::string& own) {
    Generator generator{.seed = 9};
    const auto draw = [&](const Shape& shape) {
      return uniform(shape, -.7, .7, generator, {.dtype = f64, .requires_grad = true});
    };
    const Layer layer = make(type, 3, own + R"(, "bidirectional": true, "two_biases": true)");
    layer->build({2, 4, 2}, f64);
    const std::int64_t size = layer->output_size() / 2;
    std::vector<Tensor> inputs{draw({2, 4, 2}), draw({2, 2, size}), draw({2, 2, 3})};
    if (!layer->has_cell_state()) inputs[2] = inputs[2].detach();
    for (const Tensor& parameter : layer->parameters()) inputs.push_back(draw(parameter.shape()));
    const Tensor mask = Tensor{1, 0, 1, 1, 1, 1, 0, 1}.reshape({2, 4}).to(boolean);
    const auto outputs = [&](const std::vector<Tensor>& in) {
      const std::vector<Tensor> parameters(in.begin() + 3, in.end());
      Replace replace(parameters);
      layer->visit(replace);
      const Tensor c = layer->has_cell_state() ? in[2] : Tensor();
      const auto result = layer->run(in[0], {.mask = mask, .initial_state = {in[1], c}});
      std::vector<Tensor> all{result.output, result.h};
      if (result.c.defined()) all.push_back(result.c);
      return all;
    };
    gradcheck(outputs, inputs);
    gradgradcheck(outputs, inputs);
  });
}

BOOST_AUTO_TEST_SUITE_END()
