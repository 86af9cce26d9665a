#include <cmath>
#include <set>

#include <boost/test/unit_test.hpp>

#include <carousel/carousel.h>
#include <carousel/nn/layers.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

namespace {

std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }

std::string text_of_shape(const Tensor& x) { return to_string(x.shape()); }

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_layers)

BOOST_AUTO_TEST_CASE(dense_works_over_the_last_axis) {
  nn::Dense layer{{.units = 2, .activation = "relu", .use_bias = false}};
  const Tensor x = arange(12, {.dtype = f32}).reshape({2, 2, 3}), y = layer(x);
  BOOST_CHECK_EQUAL(text_of_shape(y), "(2, 2, 2)");
  const Tensor rows = relu(matmul(x.reshape({4, 3}), layer.kernel()));
  BOOST_CHECK(numbers(y) == numbers(rows));
  BOOST_CHECK_EQUAL(layer.num_parameters(), 6);
}

BOOST_AUTO_TEST_CASE(dense_refuses) {
  nn::Dense layer{{.units = 2}};
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] { layer(ones({3})); }),
                    "[dense] needs an input (batch, ..., features), got shape (3,); in dense "
                    "(Dense)");
  layer(ones({1, 3}));
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] {
                      layer(ones({1, 4}));
                    }),
                    "[dense] was built for 3 features, got shape (1, 4); in dense (Dense)");
  BOOST_CHECK_EQUAL(text_of<ShapeError>([] {
                      nn::Dense{{.units = 2}}(zeros({1, 0}));
                    }),
                    "[dense] needs at least one feature, got shape (1, 0); in dense (Dense)");
  BOOST_CHECK_EQUAL(text_of<ValueError>([] { nn::Dense{{.units = -1}}; }),
                    "[dense] units must be at least 1, got -1");
}

BOOST_AUTO_TEST_CASE(activations_have_names_values_and_functions) {
  const Tensor x{{-1.f, 0.5f}};
  BOOST_CHECK(numbers(nn::Activation{"relu"}(x)) == (std::vector<float>{0, 0.5f}));
  BOOST_CHECK(numbers(nn::Activation{"leaky_relu"}(x)) == (std::vector<float>{-0.2f, 0.5f}));
  BOOST_CHECK(numbers(nn::Activation{{.activation = carousel::Activation::tanh}}(x)) ==
              numbers(tanh(x)));
  BOOST_CHECK(numbers(nn::Activation{[](const Tensor& v) { return v * 2; }}(x)) ==
              (std::vector<float>{-2, 1}));
  BOOST_CHECK(numbers(nn::Activation{"linear"}(x)) == numbers(x));
  BOOST_CHECK_EQUAL(text_of<ValueError>([] { nn::Activation{"cosine"}; }),
                    "[activation] 'cosine' is none of " + nn::activation_names());
}

BOOST_AUTO_TEST_CASE(every_activation_name_computes) {
  const std::string all = nn::activation_names();
  int count = 0;
  for (std::size_t at = 0; at < all.size(); ++count) {
    const std::size_t comma = std::min(all.find(", ", at), all.size());
    const Tensor y = nn::ActivationFunction(all.substr(at, comma - at))(Tensor{{0.3f, -2.f}});
    for (const float value : numbers(y)) BOOST_CHECK(std::isfinite(value));
    at = comma + 2;
  }
  BOOST_CHECK_EQUAL(count, 31);
}

BOOST_AUTO_TEST_CASE(embedding_looks_up_and_masks) {
  nn::Embedding layer{{.input_dim = 4, .output_dim = 2, .mask_zero = true}};
  const nn::Value y = layer(Tensor{{0, 3}, {1, 0}});
  BOOST_CHECK_EQUAL(text_of_shape(y), "(2, 2, 2)");
  BOOST_CHECK_EQUAL(y(0, 1, 1), layer.embeddings()(3, 1));
  BOOST_CHECK(y.mask.to_vector<bool>() == (std::vector<bool>{false, true, true, false}));
  for (const float value : numbers(layer.embeddings())) BOOST_CHECK(std::abs(value) <= 0.05f);
}

BOOST_AUTO_TEST_CASE(embedding_refuses) {
  nn::Embedding layer{{.input_dim = 4, .output_dim = 2}};
  BOOST_CHECK_EQUAL(
      text_of<IndexError>([&] {
        layer(Tensor{{0, -1}});
      }),
      "[embedding] index -1 at position 1 is outside [0, 4); in embedding (Embedding)");
  BOOST_CHECK_EQUAL(
      text_of<IndexError>([&] {
        layer(Tensor{{0, 4}});
      }),
      "[embedding] index 4 at position 1 is outside [0, 4); in embedding (Embedding)");
  BOOST_CHECK_EQUAL(text_of<DTypeError>([&] {
                      layer(Tensor{{0.f, 1.f}});
                    }),
                    "[embedding] ids must be i32 or i64, got f32; in embedding (Embedding)");
  BOOST_CHECK_EQUAL(text_of<ValueError>([] { nn::Embedding{{.input_dim = 0, .output_dim = 2}}; }),
                    "[embedding] input_dim and output_dim must be at least 1, got 0 and 2");
  const auto with = [](Tensor weights) {
    return [=] { nn::Embedding{{.input_dim = 4, .output_dim = 2, .weights = weights}}; };
  };
  BOOST_CHECK_EQUAL(text_of<ShapeError>(with(ones({2, 4}))),
                    "[embedding] weights must be (4, 2) for input_dim and output_dim, got (2, 4)");
  BOOST_CHECK_EQUAL(text_of<DTypeError>(with(ones({4, 2}, {.dtype = i32}))),
                    "[embedding] weights must be f32 or f64, got i32 (4, 2)");
}

BOOST_AUTO_TEST_CASE(embedding_begins_with_pretrained_vectors) {
  const Tensor vectors = arange(8, {.dtype = f64}).reshape({4, 2});
  nn::Sequential model{nn::Embedding{{.input_dim = 4,
                                      .output_dim = 2,
                                      .weights = vectors,
                                      .trainable = false,
                                      .name = "words"}},
                       nn::Flatten{}, nn::Dense{{.units = 1}}};
  model.compile({.optimizer = "sgd", .loss = "mse"});
  model.fit(Tensor{{0, 3}, {1, 0}}, ones({2, 1}), {.verbose = 0});
  const Tensor& after = model.get_layer<nn::Embedding>("words").embeddings();
  BOOST_CHECK(numbers(after) == numbers(vectors.to(f32)));
  BOOST_CHECK(after.dtype() == f32 && !after.requires_grad());

  nn::Embedding trained{{.input_dim = 4, .output_dim = 2, .weights = vectors.to(f32)}};
  trained(Tensor{{0}});
  BOOST_CHECK(trained.embeddings().requires_grad());
  Tensor(trained.embeddings().detach()).fill_(7);
  BOOST_CHECK_EQUAL(vectors(3, 1), 7);  // a copy: the matrix is nobody else's
  BOOST_CHECK_EQUAL(trained.options().weights(0, 0), 0);
}

BOOST_AUTO_TEST_CASE(dropout_drops_in_training_only) {
  nn::Dropout layer{0.25};
  const Tensor x = ones({100, 100});
  BOOST_CHECK(numbers(layer(x)) == numbers(x));
  layer.train();
  const auto first = numbers(layer(x)), second = numbers(layer(x));
  BOOST_CHECK(first != second);
  int zero = 0;
  for (const float value : first) {
    BOOST_CHECK(value == 0 || std::abs(value - 1 / 0.75f) < 1e-6);
    zero += value == 0;
  }
  BOOST_CHECK_CLOSE(zero / 10000.0, 0.25, 8);
  BOOST_CHECK_EQUAL(text_of<ValueError>([] { nn::Dropout{1.0}; }),
                    "[dropout] rate must be in [0, 1), got 1");
}

BOOST_AUTO_TEST_CASE(dropout_shares_draws_by_noise_shape) {
  nn::Dropout layer{{.rate = 0.5, .noise_shape = {-1, 1, 4}, .seed = 3}};
  layer.train();
  const Tensor y = layer(ones({8, 5, 4}));
  std::set<float> seen;
  for (int b = 0; b < 8; ++b)
    for (int c = 0; c < 4; ++c) {
      seen.insert(static_cast<float>(y(b, 0, c)));
      for (int t = 1; t < 5; ++t) BOOST_CHECK_EQUAL(y(b, t, c), y(b, 0, c));
    }
  BOOST_CHECK((seen == std::set<float>{0, 2}));
  BOOST_CHECK_EQUAL(nn::make_layer("Dropout", layer.config())->config(), layer.config());
  BOOST_CHECK(text_of<ShapeError>([&] {
                layer(ones({8, 5, 3}));
              }).starts_with("[dropout] noise_shape does not broadcast to the input (8, 5, 3)"));
}

BOOST_AUTO_TEST_CASE(dropout_goes_on_from_its_saved_state) {
  const Tensor x = ones({4, 4});
  nn::Dropout a{0.5}, b{0.5};
  a.train(), b.train();
  a(x), b(x);
  b(x);  // b is a step ahead
  const auto state = a.named_state();
  BOOST_REQUIRE_EQUAL(state.size(), 1u);
  BOOST_CHECK_EQUAL(state[0].name, "random_state");
  Tensor(b.named_state()[0].tensor).copy_(state[0].tensor);
  BOOST_CHECK(numbers(a(x)) == numbers(b(x)));
  nn::Sequential two{nn::Dropout{0.5}, nn::Dropout{0.5}};
  two.build(x.shape());
  BOOST_CHECK_NE(two.named_state()[0].tensor(0), two.named_state()[1].tensor(0));
}

BOOST_AUTO_TEST_CASE(flatten_and_reshape) {
  const Tensor x = arange(12, {.dtype = f32}).reshape({2, 2, 3});
  BOOST_CHECK_EQUAL(text_of_shape(nn::Flatten{}(x)), "(2, 6)");
  BOOST_CHECK_EQUAL(text_of_shape(nn::Flatten{}(ones({3}))), "(3, 1)");
  nn::Reshape layer{{.target_shape = {3, -1}}};
  BOOST_CHECK_EQUAL(text_of_shape(layer(x)), "(2, 3, 2)");
  BOOST_CHECK(numbers(layer(x)) == numbers(x));
  BOOST_CHECK_EQUAL(text_of<ShapeError>([&] {
                      layer(ones({2, 4}));
                    }),
                    "[reshape] rows of (2, 4) do not fit target_shape (3, -1); in reshape "
                    "(Reshape)");
  BOOST_CHECK_EQUAL(text_of<ValueError>([] {
                      nn::Reshape{{.target_shape = {-1, -1}}};
                    }),
                    "[reshape] target_shape must be sizes, at most one of them -1, got (-1, -1)");
}

BOOST_AUTO_TEST_CASE(configurations_rebuild_a_model) {
  nn::Sequential model{
      nn::Embedding{{.input_dim = 9, .output_dim = 3, .mask_zero = true}},
      nn::LSTM{{.units = 4,
                .activation = "relu",
                .kernel_initializer = nn::init::Constant{{.value = 0.1}},
                .return_sequences = true}},
      nn::Sequential{nn::Dropout{{.rate = 0.25, .seed = 5}}, nn::Activation{"tanh"}},
      nn::Flatten{},
      nn::Reshape{{.target_shape = {2, -1}}},
      nn::Dense{{.units = 2, .activation = "softmax", .use_bias = false, .name = "out"}}};
  const Tensor ids{{1, 2, 3, 0}};
  const Tensor y = model(ids);
  const auto copy = nn::make_layer(model.type_name(), model.config());
  BOOST_CHECK_EQUAL(copy->config(), model.config());
  BOOST_CHECK(numbers((*copy)(ids)) == numbers(y));
  BOOST_CHECK_EQUAL(copy->summary(), model.summary());
}

BOOST_AUTO_TEST_CASE(options_that_a_configuration_lacks_keep_their_defaults) {
  const auto layer = nn::make_layer("Dense", "{\"units\": 3}");
  BOOST_CHECK_EQUAL(layer->config(), (nn::Dense{{.units = 3}}.config()));
}

BOOST_AUTO_TEST_CASE(configurations_that_do_not_fit) {
  BOOST_CHECK_THROW(nn::make_layer("Dense", "{"), FormatError);
  BOOST_CHECK_THROW(nn::make_layer("Dense", "{\"units\": \"1\"}"), FormatError);
  BOOST_CHECK_EQUAL(
      text_of<FormatError>([] { nn::make_layer("Dense", "{\"units\": 1, \"width\": 2}"); }),
      "[make_layer] there is no option width");
  const std::string text = text_of<FormatError>([] { nn::make_layer("Quilt", "{}"); });
  BOOST_CHECK(text.starts_with("[make_layer] 'Quilt' is none of Activation, "));
  nn::Dense own{{.units = 1, .activation = [](const Tensor& x) { return x * 3; }}};
  BOOST_CHECK_EQUAL(text_of<GraphError>([&] { own.config(); }),
                    "[config] activation is a function of the program's own: it has no name to be "
                    "written down");
}

BOOST_AUTO_TEST_SUITE_END()
