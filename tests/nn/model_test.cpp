// Functional graphs: what they compute, how they are put together; what they refuse stands in
// model_errors_test.cpp.
#include <boost/test/unit_test.hpp>

#include <carousel/carousel.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/model.h>
#include <carousel/nn/train/train.h>
#include <carousel/optim/optim.h>

using namespace carousel;

namespace {

std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }

// A layer of the program's own, of two outputs.
struct Halves : nn::Module {
  nn::Values forward_many(const nn::Values& in) override {
    const std::int64_t half = in.at(0).dim(-1) / 2;
    return {in[0].slice(-1, 0, half), in[0].slice(-1, half)};
  }
};

// An encoder whose states begin the decoder.
struct Decoder : nn::Module {
  nn::LSTM lstm{{.units = 4, .return_sequences = true}};

  nn::Values forward_many(const nn::Values& in) override {
    return {lstm.run(in.at(0), {.initial_state = {.h = in.at(1), .c = in.at(1)}}).output};
  }
  void visit(nn::Visitor& v) override { v("lstm", lstm); }
};

struct Rows {
  explicit Rows(std::int64_t count = 64) {
    Generator generator{7, 0, 0};
    a = rand({count, 3}, generator), b = rand({count, 3}, generator);
    sum = carousel::sum(a + b, -1, true), difference = carousel::sum(a - b, -1, true);
  }
  Tensor a, b, sum, difference;
};

// {a, b} to {a number, a number}, with a layer that both inputs pass.
nn::Model two_by_two() {
  nn::Input a{{.shape = {3}, .name = "a"}}, b{{.shape = {3}, .name = "b"}};
  auto shared = nn::share(nn::Dense{{.units = 4}});
  nn::Symbol both = nn::Concatenate{}({shared(a), shared(b)});
  nn::Symbol sum = nn::Dense{{.units = 1, .name = "sum"}}(both);
  nn::Symbol difference = nn::Dense{{.units = 1, .name = "difference"}}(both);
  return {{a, b}, {sum, difference}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(model)

BOOST_AUTO_TEST_CASE(a_chain_is_a_sequential) {
  nn::Input x{{.shape = {6, 2}}};
  nn::Symbol y = nn::Dense{{.units = 2}}(nn::LSTM{{.units = 5}}(x));
  BOOST_CHECK_EQUAL(to_string(y), "(None, 2)");
  nn::Model model{x, y};
  nn::Sequential same{nn::LSTM{{.units = 5}}, nn::Dense{{.units = 2}}};
  const Tensor data = ones({3, 6, 2});
  BOOST_CHECK(numbers(model(data)) == numbers(same(data)));
  BOOST_CHECK_EQUAL(model.named_parameters()[3].name, "dense/kernel");
}

BOOST_AUTO_TEST_CASE(sizes_that_are_open_stay_open) {
  nn::Input x{{.shape = {-1, 2}}};
  nn::Symbol sequence = nn::LSTM{{.units = 5, .return_sequences = true}}(x);
  BOOST_CHECK_EQUAL(to_string(sequence), "(None, None, 5)");
  nn::Model model{x, sequence};
  BOOST_CHECK_EQUAL(to_string(model(ones({2, 3, 2})).shape()), "(2, 3, 5)");
  BOOST_CHECK_EQUAL(to_string(model(ones({4, 9, 2})).shape()), "(4, 9, 5)");
}

BOOST_AUTO_TEST_CASE(a_shared_layer_has_one_set_of_parameters) {
  nn::Model model = two_by_two();
  BOOST_CHECK_EQUAL(model.num_parameters(), (3 * 4 + 4) + 2 * (8 + 1));
  const Tensor x = ones({2, 3});
  const nn::Values y = model(nn::Values{x, x});
  BOOST_CHECK_EQUAL(y.size(), 2u);
  (y[0].sum() + y[1].sum()).backward();
  for (const auto& each : model.named_parameters())
    BOOST_CHECK_MESSAGE(each.tensor.grad().defined(), each.name);
}

BOOST_AUTO_TEST_CASE(several_inputs_and_outputs_train) {
  nn::Model model = two_by_two();
  const Rows rows;
  model.compile({.optimizer = optim::Adam{{.learning_rate = 0.02}},
                 .loss = {"mse", "mae"},
                 .loss_weights = {1, 0.5},
                 .output_metrics = {{"mae"}, {}}});
  const nn::History history =
      model.fit({rows.a, rows.b}, {rows.sum, rows.difference}, {.epochs = 40, .verbose = 0});
  BOOST_TEST(history["sum_loss"].back() < 0.1 * history["sum_loss"].front());
  const nn::Logs logs = model.evaluate({rows.a, rows.b}, {rows.sum, rows.difference});
  BOOST_TEST(std::abs(logs["loss"] - (logs["sum_loss"] + 0.5 * logs["difference_loss"])) < 1e-5);
  BOOST_TEST(logs.has("sum_mae"));
  const nn::Tensors predicted = model.predict_many({rows.a, rows.b});
  BOOST_CHECK_EQUAL(to_string(predicted[1].shape()), "(64, 1)");
}

BOOST_AUTO_TEST_CASE(models_nest) {
  const auto tower = [] {
    nn::Input x{{.shape = {3}}};
    return nn::Model{x, nn::Dense{{.units = 2}}(x)};
  };
  nn::Input a{{.shape = {3}}}, b{{.shape = {3}}};
  auto shared = nn::share(tower());
  nn::Symbol y = nn::Add{}({shared(a), shared(b)});
  nn::Symbol z = tower()(a);
  nn::Model model{{a, b}, {y, z}};
  const nn::Values out = model(nn::Values{ones({1, 3}), zeros({1, 3})});
  BOOST_CHECK_EQUAL(out.size(), 2u);
  BOOST_CHECK_EQUAL(model.named_parameters()[0].name, "model/dense/kernel");
  BOOST_CHECK_EQUAL(model.named_parameters()[2].name, "model_1/dense/kernel");
}

BOOST_AUTO_TEST_CASE(models_of_one_graph_have_its_layers_in_common) {
  nn::Input x{{.shape = {3}}};
  nn::Symbol code = nn::Dense{{.units = 2, .name = "code"}}(x);
  nn::Symbol back = nn::Dense{{.units = 3}}(code);
  nn::Model encoder{x, code}, autoencoder{x, back};
  const Tensor data = ones({2, 3});
  autoencoder(data);
  BOOST_CHECK(numbers(encoder(data)) == numbers(autoencoder.get_layer("code")(data)));
}

BOOST_AUTO_TEST_CASE(a_programs_own_modules_take_part) {
  nn::Input x{{.shape = {5, 8}}}, start{{.shape = {4}}};
  const nn::Symbols halves = nn::share(Halves{})(nn::Symbols{x});
  BOOST_CHECK_EQUAL(halves.size(), 2u);
  BOOST_CHECK_EQUAL(to_string(halves[1]), "(None, 5, 4)");
  nn::Symbol decoded = nn::share(Decoder{})({nn::Add{}({halves[0], halves[1]}), start});
  nn::Model model{{x, start}, decoded};
  const nn::Values out = model(nn::Values{ones({2, 5, 8}), zeros({2, 4})});
  BOOST_CHECK_EQUAL(to_string(out[0].shape()), "(2, 5, 4)");
  BOOST_CHECK_EQUAL(model.named_parameters()[0].name, "decoder/lstm/kernel");
}

BOOST_AUTO_TEST_CASE(masks_flow) {
  nn::Input ids{{.shape = {4}, .dtype = i32}};
  nn::Symbol words = nn::Embedding{{.input_dim = 10, .output_dim = 3, .mask_zero = true}}(ids);
  BOOST_CHECK(words.masked());
  nn::Symbol y = nn::LSTM{{.units = 4}}(nn::Dropout{{.rate = 0.5}}(words));
  BOOST_CHECK(!y.masked());
  nn::Model model{ids, y};
  const Tensor padded{{4, 7, 0, 0}};
  nn::Sequential same{nn::Embedding{{.input_dim = 10, .output_dim = 3, .mask_zero = true}},
                      nn::Dropout{{.rate = 0.5}}, nn::LSTM{{.units = 4}}};
  BOOST_CHECK(numbers(model(padded)) == numbers(same(padded)));
}

BOOST_AUTO_TEST_CASE(pretrained_layers_keep_their_weights) {
  nn::Dense trained{{.units = 2}};
  const Tensor data = ones({2, 3}), expected = trained(data);
  nn::Input x{{.shape = {3}}};
  nn::Model model{x, std::move(trained)(x)};
  BOOST_CHECK(numbers(model(data)) == numbers(expected));
}

BOOST_AUTO_TEST_CASE(the_summary_names_shapes_parameters_and_connections) {
  nn::Model model = two_by_two();
  const std::string thin(90, '_'), thick(90, '=');
  BOOST_CHECK_EQUAL(
      model.summary(),
      "Model: \"model\"\n" + thin +
          "\n Layer (type)                Output Shape             Param #     Connected to      "
          "      \n" +
          thick +
          "\n a (Input)                   (None, 3)                0                             "
          "      \n"
          " b (Input)                   (None, 3)                0                               "
          "    \n"
          " dense (Dense)               (None, 4)                16          a                   "
          "    \n"
          "                                                                  b                   "
          "    \n"
          " concatenate (Concatenate)   (None, 8)                0           dense[0][0]         "
          "    \n"
          "                                                                  dense[1][0]         "
          "    \n"
          " sum (Dense)                 (None, 1)                9           concatenate[0][0]   "
          "    \n"
          " difference (Dense)          (None, 1)                9           concatenate[0][0]   "
          "    \n" +
          thick +
          "\nTotal params: 34 (136.00 B)\nTrainable params: 34 (136.00 B)\n"
          "Non-trainable params: 0 (0.00 B)\n" +
          thin + "\n");
}

BOOST_AUTO_TEST_CASE(the_graph_as_dot) {
  nn::Input x{{.shape = {3}, .name = "x"}};
  nn::Model model{x, nn::Dense{{.units = 2}}(x)};
  BOOST_CHECK_EQUAL(model.to_dot(),
                    "digraph \"model\" {\n  node [shape=box];\n"
                    "  \"x\" [label=\"x (Input)\\n(None, 3)\"];\n"
                    "  \"dense\" [label=\"dense (Dense)\\n(None, 2)\"];\n"
                    "  \"x\" -> \"dense\";\n}\n");
}

BOOST_AUTO_TEST_SUITE_END()
