// How modules get their parameters: when, where, with which values, and what stops them.
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

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_build)

BOOST_AUTO_TEST_CASE(a_dense_layer_builds_at_its_first_input) {
  nn::Dense layer{{.units = 3}};
  BOOST_CHECK(!layer.built());
  const Tensor y = layer(Tensor{{1.f, 2.f}});
  BOOST_CHECK(layer.built());
  BOOST_CHECK_EQUAL(layer.num_parameters(), 9);
  for (int i = 0; i < 3; ++i)
    BOOST_CHECK_CLOSE(y(0, i), layer.kernel()(0, i) + 2 * layer.kernel()(1, i), 1e-4);
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

BOOST_AUTO_TEST_CASE(a_failed_build_leaves_nothing_behind) {
  Forecaster model;
  model.head.build({1, 7});  // does not fit the LSTM's 5 units
  const auto before = numbers(model.head.kernel());
  BOOST_CHECK_THROW(model(ones({4, 3, 2})), ShapeError);
  BOOST_CHECK(!model.built() && !model.lstm.built() && !model.lstm.kernel().defined());
  BOOST_CHECK(numbers(model.head.kernel()) == before);
}

BOOST_AUTO_TEST_CASE(a_layer_has_no_weights_for_an_input_without_features) {
  const auto check = [](nn::Module&& layer, const Shape& input, const std::string& text) {
    BOOST_TEST(text_of<ShapeError>([&] { layer(zeros(input)); }) == text);
  };
  const std::string why = " has no elements: the input needs a feature, or channel, at least; in ";
  check(nn::Conv1D{{.filters = 2, .kernel_size = 3}}, {2, 4, 0},
        "[build] a parameter of shape (3, 0, 2)" + why + "conv1d (Conv1D)");
  check(nn::Conv1DTranspose{{.filters = 2, .kernel_size = 3}}, {2, 4, 0},
        "[build] a parameter of shape (3, 2, 0)" + why + "conv1d_transpose (Conv1DTranspose)");
  check(nn::EinsumDense{{.equation = "ab,bc->ac", .output_shape = {3}}}, {2, 0},
        "[build] a parameter of shape (0, 3)" + why + "einsum_dense (EinsumDense)");
  check(nn::LayerNormalization{}, {2, 0},
        "[build] a parameter of shape (0,)" + why + "layer_normalization (LayerNormalization)");
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

BOOST_AUTO_TEST_SUITE_END()
