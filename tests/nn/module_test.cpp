// Modules in use: their parts, states, weights, switches and errors.
#include <boost/test/unit_test.hpp>

#include <carousel/carousel.h>
#include <carousel/nn/dense.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/lstm.h>
#include <tests/nn/forecaster.h>
#include <tests/nn/support.h>

using namespace carousel;
using nn::test::Forecaster, nn::test::numbers, nn::test::text_of;

namespace {

// A parameter and a buffer of its own.
struct Scale : nn::Module {
  Tensor factor, count;

  nn::Value forward(const nn::Value& x) override { return x * factor; }
  void visit(nn::Visitor& v) override { v("factor", factor), v.buffer("count", count); }

 protected:
  void make_parameters(const nn::Values& inputs) override {
    factor = parameter({inputs[0].dim(-1)}, "ones");
    count = buffer({}, "zeros");
  }
};

// Two inputs, two outputs, states handed over: an encoder and a decoder.
struct Translator : nn::Module {
  nn::LSTM encoder{{.units = 4}};
  nn::LSTM decoder{{.units = 4, .return_sequences = true}};
  nn::Dense head{{.units = 3}};

  nn::Values forward_many(const nn::Values& in) override {
    const auto encoded = encoder.run(in[0]);
    const auto decoded = decoder.run(in[1], {.initial_state = {.h = encoded.h, .c = encoded.c}});
    return {head(decoded.output), encoded.h};
  }
  void visit(nn::Visitor& v) override {
    v("encoder", encoder), v("decoder", decoder), v("head", head);
  }
};

std::vector<std::string> names(const std::vector<nn::NamedTensor>& list) {
  std::vector<std::string> result;
  for (const auto& each : list) result.push_back(each.name);
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_module)

BOOST_AUTO_TEST_CASE(a_custom_module_trains) {
  Forecaster model;
  const Tensor x = ones({4, 6, 2}), y = model(x);
  BOOST_CHECK_EQUAL(to_string(y.shape()), "(4, 1)");
  (y * y).sum().backward();
  for (const Tensor& p : model.parameters()) {
    BOOST_CHECK(p.requires_grad());
    BOOST_CHECK(p.grad().defined());
  }
  const std::vector<std::string> expected{"lstm/kernel", "lstm/recurrent_kernel", "lstm/bias",
                                          "head/kernel", "head/bias"};
  BOOST_CHECK(names(model.named_parameters()) == expected);
  BOOST_CHECK_EQUAL(model.num_parameters(), 4 * 5 * (2 + 5 + 1) + 6);
}

BOOST_AUTO_TEST_CASE(own_parameters_and_buffers) {
  Scale model;
  BOOST_CHECK(numbers(model(Tensor{{1.f, 2.f}})) == (std::vector<float>{1, 2}));
  BOOST_CHECK(names(model.named_parameters()) == std::vector<std::string>{"factor"});
  BOOST_CHECK(names(model.named_state()) == (std::vector<std::string>{"factor", "count"}));
  BOOST_CHECK(!model.count.requires_grad());
}

BOOST_AUTO_TEST_CASE(several_inputs_and_outputs) {
  Translator model;
  const auto out = model(nn::Values{ones({2, 5, 3}), ones({2, 4, 1})});
  BOOST_CHECK_EQUAL(to_string(out.at(0).shape()), "(2, 4, 3)");
  BOOST_CHECK_EQUAL(to_string(out.at(1).shape()), "(2, 4)");
  Tensor(out[0]).sum().backward();
  for (const auto& each : model.named_parameters())
    BOOST_CHECK_MESSAGE(each.tensor.grad().defined(), each.name);
  BOOST_CHECK_EQUAL(text_of<ValueError>([&] {
                      model(ones({2, 5, 3}));
                    }),
                    "[forward] Translator takes a list of inputs: call it with {a, b}; in "
                    "translator (Translator)");
  nn::Dense one{{.units = 1}};
  BOOST_CHECK_EQUAL(text_of<ValueError>([&] {
                      one(nn::Values{ones({2, 3}), ones({2, 3})});
                    }),
                    "[forward] Dense takes one input, got 2; in dense (Dense)");
}

BOOST_AUTO_TEST_CASE(errors_say_where) {
  Forecaster model;
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] {
                      model(ones({4, 2}));
                    }),
                    "[lstm] needs (batch, time, features), got 2-D data (4, 2): reshape to (batch, "
                    "time, features), here (4, 2, 1) or (4, 1, 2); in forecaster.lstm (LSTM)");
  BOOST_CHECK(!model.built() && !model.lstm.built());
  model(ones({4, 3, 2}));
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] {
                      model(ones({4, 3, 1}));
                    }),
                    "[lstm] was built for 2 features, got shape (4, 3, 1); in forecaster.lstm "
                    "(LSTM)");
}

BOOST_AUTO_TEST_CASE(modules_move) {
  Forecaster model;
  const Tensor x = ones({2, 3, 2});
  const auto before = numbers(model(x));
  Forecaster moved = std::move(model);
  BOOST_CHECK(numbers(moved(x)) == before);
  static_assert(!std::is_copy_constructible_v<Forecaster>);
}

BOOST_AUTO_TEST_CASE(weights_go_out_and_in) {
  Forecaster a, b;
  const Tensor x = ones({2, 3, 2});
  a(x);
  nn::set_seed(3);
  b(x);
  nn::set_seed(0);
  b.set_weights(a.get_weights());
  BOOST_CHECK(numbers(b(x)) == numbers(a(x)));
  auto weights = a.get_weights();
  weights[4] = zeros({2});
  weights[0] = zeros_like(weights[0]);
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] { b.set_weights(weights); }),
                    "[set_weights] head/bias has shape (1,), got (2,)");
  BOOST_CHECK(numbers(b(x)) == numbers(a(x)));
  weights.pop_back();
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] { b.set_weights(weights); }),
                    "[set_weights] forecaster has 5 weights, got 4 tensors");
}

BOOST_AUTO_TEST_CASE(conversion_keeps_handles) {
  Forecaster model;
  model.build({1, 3, 2});
  const Tensor kernel = model.parameters()[0];
  const float value = numbers(kernel)[1];
  model.to(f64);
  BOOST_CHECK(kernel.dtype() == f64);
  BOOST_CHECK_EQUAL(kernel(0, 1), value);
  const Tensor y = model(ones({1, 3, 2}, {.dtype = f64}));
  BOOST_CHECK(y.dtype() == f64);
  y.sum().backward();
  BOOST_CHECK(kernel.grad().dtype() == f64);
  model.to(f32);
  BOOST_CHECK(!kernel.grad().defined());
  BOOST_CHECK(model(ones({1, 3, 2})).dtype() == f32);
  BOOST_CHECK_EQUAL(text_of<DTypeError>([&] { model.to(i32); }),
                    "[to] a module's parameters are f32 or f64, got i32");
}

BOOST_AUTO_TEST_CASE(switches_reach_all_parts) {
  Forecaster model;
  model.lstm.set_trainable(false);
  model.build({1, 3, 2});
  BOOST_CHECK(!model.lstm.kernel().requires_grad());
  BOOST_CHECK(model.head.kernel().requires_grad());
  model.set_trainable(false);
  BOOST_CHECK(!model.head.kernel().requires_grad());
  model.set_trainable(true);
  BOOST_CHECK(model.lstm.kernel().requires_grad());
  BOOST_CHECK(!model.lstm.training());
  model.train();
  BOOST_CHECK(model.lstm.training() && model.head.training());
}

BOOST_AUTO_TEST_CASE(layers_are_found) {
  Forecaster model;
  BOOST_CHECK_EQUAL(&model.get_layer("head"), static_cast<nn::Module*>(&model.head));
  BOOST_CHECK_EQUAL(&model.get_layer(-2), static_cast<nn::Module*>(&model.lstm));
  BOOST_CHECK_EQUAL(model.get_layer<nn::LSTM>("lstm").options().units, 5);
  BOOST_CHECK_EQUAL(text_of<ValueError>([&] { model.get_layer("gru"); }),
                    "[get_layer] forecaster has no layer 'gru'; it has: lstm, head");
  BOOST_CHECK_EQUAL(text_of<IndexError>([&] { model.get_layer(2); }),
                    "[get_layer] forecaster has 2 layers, no layer 2");
  BOOST_CHECK_EQUAL(text_of<ValueError>([&] { model.get_layer<nn::Dense>("lstm"); }),
                    "[get_layer] lstm is a LSTM");
}

BOOST_AUTO_TEST_SUITE_END()
