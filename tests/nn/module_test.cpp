#include <boost/test/unit_test.hpp>

#include <carousel/carousel.h>
#include <carousel/nn/dense.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/lstm.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

namespace {

struct Forecaster : nn::Module {
  nn::LSTM lstm{{.units = 5}};
  nn::Dense head{{.units = 1}};

  nn::Value forward(const nn::Value& x) override { return head(lstm(x)); }
  void visit(nn::Visitor& v) override { v("lstm", lstm), v("head", head); }
};

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

struct Forgetful : nn::Module {
  nn::Dense named{{.units = 2}}, unnamed{{.units = 2}};
  nn::Value forward(const nn::Value& x) override { return unnamed(named(x)); }
  void visit(nn::Visitor& v) override { v("named", named); }
};

// Makes its part when it knows the input.
struct Autoencoder : nn::Module {
  nn::Dense code{{.units = 2}};
  std::unique_ptr<nn::Dense> decoder;

  nn::Value forward(const nn::Value& x) override { return (*decoder)(code(x)); }
  void visit(nn::Visitor& v) override {
    v("code", code);
    if (decoder) v("decoder", *decoder);
  }

 protected:
  void make_parameters(const nn::Values& inputs) override {
    decoder = std::make_unique<nn::Dense>(nn::DenseOptions{.units = inputs[0].dim(-1)});
  }
};

// Its forward needs data, and tensors that nobody names.
struct DataDependent : nn::Module {
  nn::Dense a{{.units = 2}};
  Tensor shift = Tensor{{1.f, 2.f}};
  nn::Value forward(const nn::Value& x) override {
    return a(x) * (x.sum().item() > 0 ? 1.0 : -1.0) + shift;
  }
  void visit(nn::Visitor& v) override { v("a", a); }
};

std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }

std::vector<std::string> names(const std::vector<nn::NamedTensor>& list) {
  std::vector<std::string> result;
  for (const auto& each : list) result.push_back(each.name);
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_module)

BOOST_AUTO_TEST_CASE(a_dense_layer_builds_at_its_first_input) {
  nn::Dense layer{{.units = 3}};
  BOOST_CHECK(!layer.built());
  const Tensor y = layer(Tensor{{1.f, 2.f}});
  BOOST_CHECK(layer.built());
  BOOST_CHECK_EQUAL(layer.num_parameters(), 9);
  for (int i = 0; i < 3; ++i)
    BOOST_CHECK_CLOSE(y(0, i), layer.kernel()(0, i) + 2 * layer.kernel()(1, i), 1e-4);
}

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

BOOST_AUTO_TEST_CASE(parameters_lie_in_one_block) {
  Forecaster model;
  model.build({1, 6, 2});
  const auto list = model.parameters();
  for (const Tensor& p : list) {
    BOOST_CHECK(&p.impl().storage->block() == &list[0].impl().storage->block());
    BOOST_CHECK_EQUAL(reinterpret_cast<std::uintptr_t>(p.impl().storage->host()) % 64, 0u);
  }
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

BOOST_AUTO_TEST_CASE(initial_values_depend_on_the_seed_and_the_path_alone) {
  nn::set_seed(7);
  Forecaster first;
  first(ones({1, 3, 2}));
  Forecaster second;
  second.head.build({1, 5});  // by itself, before its model: another path
  nn::Dense unrelated{{.units = 4}};
  unrelated(ones({2, 2}));
  Forecaster third;
  third.build({8, 1, 2});
  nn::set_seed(8);
  Forecaster other;
  other.build({8, 1, 2});
  nn::set_seed(0);
  BOOST_CHECK(numbers(first.lstm.kernel()) == numbers(third.lstm.kernel()));
  BOOST_CHECK(numbers(first.head.kernel()) == numbers(third.head.kernel()));
  BOOST_CHECK(numbers(first.head.kernel()) != numbers(second.head.kernel()));
  BOOST_CHECK(numbers(first.head.kernel()) != numbers(other.head.kernel()));
}

BOOST_AUTO_TEST_CASE(an_unbuilt_module_has_no_parameters_to_give) {
  Forecaster model;
  BOOST_CHECK_EQUAL(text_of<GraphError>([&] { model.parameters(); }),
                    "[parameters] forecaster (Forecaster) is not built: call the model once, or "
                    "build(shape)");
  nn::Dense promised{{.units = 2, .input_shape = {3}}};
  BOOST_CHECK_EQUAL(promised.num_parameters(), 8);
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

BOOST_AUTO_TEST_CASE(a_failed_build_leaves_nothing_behind) {
  Forecaster model;
  model.head.build({1, 7});  // does not fit the LSTM's 5 units
  const auto before = numbers(model.head.kernel());
  BOOST_CHECK_THROW(model(ones({4, 3, 2})), ShapeError);
  BOOST_CHECK(!model.built() && !model.lstm.built() && !model.lstm.kernel().defined());
  BOOST_CHECK(numbers(model.head.kernel()) == before);
}

BOOST_AUTO_TEST_CASE(a_part_that_was_built_before_keeps_its_values) {
  Forecaster model;
  model.lstm(ones({1, 3, 2}));
  const auto before = numbers(model.lstm.kernel());
  model(ones({4, 3, 2}));
  BOOST_CHECK(numbers(model.lstm.kernel()) == before);
  // The others were built from shapes alone: together.
  BOOST_CHECK(&model.head.kernel().impl().storage->block() ==
              &model.head.bias().impl().storage->block());
}

BOOST_AUTO_TEST_CASE(a_part_that_visit_forgets_is_an_error) {
  Forgetful model;
  BOOST_CHECK_EQUAL(text_of<GraphError>([&] {
                      model(ones({1, 2}));
                    }),
                    "[build] Forgetful calls a Dense that no visit() names; in forgetful.dense "
                    "(Dense)");
}

BOOST_AUTO_TEST_CASE(a_part_may_be_made_for_the_input) {
  Autoencoder model;
  BOOST_CHECK_EQUAL(to_string(model(ones({3, 7})).shape()), "(3, 7)");
  BOOST_CHECK_EQUAL(model.named_parameters()[2].name, "decoder/kernel");
}

BOOST_AUTO_TEST_CASE(a_forward_that_reads_data_builds_with_data) {
  DataDependent model;
  const Tensor y = model(ones({1, 3}));
  const Tensor kernel = model.a.kernel();
  for (int i = 0; i < 2; ++i)
    BOOST_CHECK_CLOSE(y(0, i), kernel(0, i) + kernel(1, i) + kernel(2, i) + 1 + i, 1e-4);
  BOOST_CHECK(kernel.requires_grad());
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
                    "[set_weights] forecaster has 5 parameters, got 4 tensors");
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
