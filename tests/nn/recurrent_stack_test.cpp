// Recurrent layers of several layers and directions, with projection and two biases.
#include <boost/test/unit_test.hpp>

#include <carousel/carousel.h>
#include <carousel/nn/gru.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/lstm.h>
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

using Layer = std::unique_ptr<nn::RecurrentLayer>;
using Make = std::function<Layer(const std::string& more)>;

// Calls check(make) for each kind of layer; make(options as JSON) is a new one of 7 units that
// returns sequences.
void for_each_layer(const std::function<void(const Make&)>& check) {
  const std::pair<const char*, const char*> kinds[] = {{"LSTM", ""},
                                                       {"LSTM", R"(, "proj_size": 3)"},
                                                       {"SimpleRNN", ""},
                                                       {"GRU", ""},
                                                       {"GRU", R"(, "reset_after": false)"}};
  for (const auto& [type, own] : kinds) BOOST_TEST_CONTEXT(type << own) {
      check([type = type, own = own](const std::string& more) {
        auto layer =
            nn::make_layer(type, R"({"units": 7, "return_sequences": true)" + more + own + "}");
        return Layer(dynamic_cast<nn::RecurrentLayer*>(layer.release()));
      });
    }
}

// A layer of one direction with the weights of a part of `stack`.
Layer part_of(const Make& make, nn::RecurrentLayer& stack, std::size_t part,
              const std::string& more = "") {
  Layer layer = make(more);
  const std::vector<Tensor> all = stack.get_weights();
  layer->build({1, 1, all[part * all.size() / 4].dim(0)}, f64);
  const auto count = static_cast<std::ptrdiff_t>(all.size() / 4);
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(part) * count;
  layer->set_weights(std::vector<Tensor>(begin, begin + count));
  return layer;
}

const std::string kTwoBothWays = R"(, "num_layers": 2, "bidirectional": true)";

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_recurrent_stack)

BOOST_AUTO_TEST_CASE(a_stack_is_its_layers_one_after_the_other) {
  for_each_layer([](const Make& make) {
    const Layer stack_ = make(kTwoBothWays);
    const Tensor x = input({3, 5, 2});
    const auto whole = stack_->run(x);
    Tensor y = x;
    std::vector<Tensor> h;
    for (std::size_t part = 0; part < 4; part += 2) {
      const auto forward = part_of(make, *stack_, part)->run(y);
      const auto backward = part_of(make, *stack_, part + 1, R"(, "go_backwards": true)")->run(y);
      y = concat({forward.output, flip(backward.output, 1)}, -1);
      h.push_back(forward.h);
      h.push_back(backward.h);
    }
    BOOST_TEST(same(whole.output, y));
    BOOST_TEST(same(whole.h, stack(h, 0)));
    BOOST_TEST(y.dim(2) == stack_->output_size());
  });
}

BOOST_AUTO_TEST_CASE(the_last_output_is_each_directions_last) {
  for_each_layer([](const Make& make) {
    const Layer all = make(kTwoBothWays);
    const Tensor x = input({3, 5, 2});
    const auto sequences = all->run(x);
    const Layer last = make(kTwoBothWays + R"(, "return_sequences": false)");
    last->build(x.shape(), f64);
    last->set_weights(all->get_weights());
    const std::int64_t half = all->output_size() / 2;
    const Tensor forward = sequences.output.select(1, 4).slice(1, 0, half);
    const Tensor backward = sequences.output.select(1, 0).slice(1, half, 2 * half);
    BOOST_TEST(same(last->run(x).output, concat({forward, backward}, -1)));
  });
}

BOOST_AUTO_TEST_CASE(states_go_in_and_out_layer_by_layer) {
  for_each_layer([](const Make& make) {
    const Layer layer = make(R"(, "num_layers": 3)");
    const Tensor x = input({2, 6, 4});
    const auto whole = layer->run(x);
    const auto first = layer->run(x.slice(1, 0, 2));
    const auto rest = layer->run(x.slice(1, 2, 6), {.initial_state = {first.h, first.c}});
    BOOST_TEST(same(rest.output, whole.output.slice(1, 2, 6)));
    BOOST_TEST(same(rest.h, whole.h));
    nn::RecurrentState state;
    for (int t = 0; t < 6; ++t) state = layer->step(x.select(1, t), state);
    BOOST_TEST(same(state.h, whole.h));
  });
}

BOOST_AUTO_TEST_CASE(rows_of_any_length_are_these_rows_alone) {
  for_each_layer([](const Make& make) {
    const Layer layer = make(kTwoBothWays + R"(, "zero_output_for_mask": true)");
    const Tensor x = input({4, 5, 2}, f32);
    const std::int64_t lengths[] = {3, 5, 1, 4};
    const NoGrad nothing_recorded;
    const auto all = layer->run(x, {.lengths = Tensor{3, 5, 1, 4}});
    for (int b = 0; b < 4; ++b) {
      const auto alone = layer->run(x.slice(0, b, b + 1).slice(1, 0, lengths[b]));
      const Tensor row = all.output.slice(0, b, b + 1);
      BOOST_TEST(same(row.slice(1, 0, lengths[b]).to(f64), alone.output.to(f64)));
      BOOST_TEST(same(all.h.slice(1, b, b + 1).to(f64), alone.h.to(f64)));
      const Tensor padding = row.slice(1, lengths[b], 5).to(f64);
      BOOST_TEST(same(padding, zeros_like(padding)));
    }
  });
}

BOOST_AUTO_TEST_CASE(backwards_is_the_stack_on_the_reversed_sequence) {
  for_each_layer([](const Make& make) {
    const Layer forward = make(kTwoBothWays),
                backward = make(kTwoBothWays + R"(, "go_backwards": true)");
    const Tensor x = input({2, 5, 3});
    const Tensor mask = Tensor{1, 1, 1, 0, 1, 1, 0, 1, 1, 1}.reshape({2, 5}).to(boolean);
    const auto expected = forward->run(flip(x, 1), {.mask = flip(mask, 1)});
    backward->build(x.shape(), f64);
    backward->set_weights(forward->get_weights());
    const auto result = backward->run(x, {.mask = mask});
    BOOST_TEST(same(result.output, expected.output));
    BOOST_TEST(same(result.h, expected.h));
  });
}

BOOST_AUTO_TEST_CASE(two_biases_are_their_sum_but_the_grus) {
  const Tensor x = input({2, 5, 3});
  nn::LSTM two{{.units = 4, .two_biases = true}}, one{{.units = 4}};
  const Tensor y = one(x);
  two.build(x.shape(), f64);
  auto weights = one.get_weights();
  BOOST_TEST(to_string(two.bias().shape()) == "(2, 16)");
  const Tensor part = input({16});
  weights[2] = stack({part, weights[2] - part});
  two.set_weights(weights);
  const Tensor difference = abs(Tensor(two(x)) - y).max();
  BOOST_TEST(difference.item<double>() < 1e-15);
  nn::GRU gru{{.units = 4, .two_biases = true}};
  gru.build(x.shape());
  BOOST_TEST(to_string(gru.bias().shape()) == "(2, 12)");
}

BOOST_AUTO_TEST_CASE(parameters_are_named_by_layer_and_direction) {
  nn::LSTM layer{{.units = 4,
                  .num_layers = 2,
                  .bidirectional = true,
                  .two_biases = true,
                  .proj_size = 3,
                  .name = "rnn"}};
  layer.build({1, 2, 5});
  struct Names final : nn::Visitor {
    std::string text;
    void module(std::string_view, nn::Module&) override {}
    void tensor(std::string_view name, Tensor& x, nn::Role) override {
      text += std::string(name) + to_string(x.shape()) + " ";
    }
  } names;
  layer.visit(names);
  BOOST_TEST(names.text ==
             "kernel(5, 16) recurrent_kernel(3, 16) bias(2, 16) projection(4, 3) "
             "kernel_reverse(5, 16) recurrent_kernel_reverse(3, 16) bias_reverse(2, 16) "
             "projection_reverse(4, 3) "
             "kernel_l1(6, 16) recurrent_kernel_l1(3, 16) bias_l1(2, 16) projection_l1(4, 3) "
             "kernel_l1_reverse(6, 16) recurrent_kernel_l1_reverse(3, 16) bias_l1_reverse(2, 16) "
             "projection_l1_reverse(4, 3) ");
}

BOOST_AUTO_TEST_CASE(dropout_between_layers_is_for_training) {
  for_each_layer([](const Make& make) {
    const Layer layer = make(R"(, "num_layers": 2, "inter_layer_dropout": 0.5, "seed": 3)");
    const Tensor x = input({4, 5, 6});
    const auto without = layer->run(x);
    layer->train();
    const auto first = layer->run(x), second = layer->run(x);
    BOOST_TEST(same(first.h.select(0, 0), without.h.select(0, 0)));  // behind the first layer only
    BOOST_TEST(!same(first.output, without.output));
    BOOST_TEST(!same(first.output, second.output));
    layer->eval();
    BOOST_TEST(same(layer->run(x).output, without.output));
  });
}

BOOST_AUTO_TEST_CASE(a_configuration_makes_the_same_stack) {
  for_each_layer([](const Make& make) {
    const Layer layer = make(kTwoBothWays + R"(, "two_biases": true, "inter_layer_dropout": 0.25)");
    const auto again = nn::make_layer(layer->type_name(), layer->config());
    BOOST_TEST(again->config() == layer->config());
    const Tensor x = input({2, 6, 2});
    BOOST_TEST(same((*again)(x), (*layer)(x)));
  });
}

BOOST_AUTO_TEST_CASE(a_stack_learns) {
  for_each_layer([](const Make& make) {
    nn::Sequential model;
    model.add(std::unique_ptr<nn::Module>(make(kTwoBothWays + R"(, "return_sequences": false)")));
    model.add(nn::Dense{{.units = 1}});
    model.compile({.optimizer = optim::Adam{{.learning_rate = 1e-2}}, .loss = "mse"});
    const Tensor x = input({64, 6, 2}, f32);
    const Tensor y = x.sum({1, 2}).unsqueeze(-1);
    const auto history = model.fit(x, y, {.epochs = 30, .verbose = 0});
    BOOST_TEST(history["loss"].back() < history["loss"].front() / 4);
  });
}

BOOST_AUTO_TEST_CASE(errors_say_what_a_stack_needs) {
  BOOST_TEST(text_of<ValueError>([] { nn::GRU{{.units = 2, .num_layers = 0}}; }) ==
             "[gru] num_layers must be at least 1, got 0");
  BOOST_TEST(text_of<ValueError>([] { nn::LSTM{{.units = 2, .proj_size = 2}}; }) ==
             "[lstm] proj_size must be in [0, units), units are 2, got 2");
  BOOST_TEST(text_of<ValueError>([] { nn::LSTM{{.units = 2, .inter_layer_dropout = 1}}; }) ==
             "[lstm] inter_layer_dropout must be in [0, 1), got 1");
  nn::LSTM layer{{.units = 2, .num_layers = 2, .bidirectional = true}};
  const Tensor x = zeros({3, 5, 4});
  const Tensor h = zeros({3, 2});
  BOOST_TEST(text_of<ShapeError>([&] {
               layer.run(x, {.initial_state = {h, {}}});
             }) ==
             "[lstm] initial_h must be (4, 3, 2), a state for each layer and direction, got "
             "(3, 2); in lstm (LSTM)");
  BOOST_TEST(text_of<ValueError>([&] {
               layer.step(zeros({3, 4}));
             }) == "[lstm] a bidirectional layer has no steps: it needs the whole sequence, run()");
}

BOOST_AUTO_TEST_SUITE_END()
