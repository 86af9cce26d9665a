#include <boost/test/unit_test.hpp>

#include <carousel/carousel.h>
#include <carousel/nn/layers.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

namespace {

// Embedding(mask_zero) -> LSTM by hand.
struct Tagger : nn::Module {
  nn::Embedding words{{.input_dim = 10, .output_dim = 3, .mask_zero = true}};
  nn::LSTM lstm{{.units = 4}};

  nn::Value forward(const nn::Value& ids) override { return lstm(words(ids)); }
  void visit(nn::Visitor& v) override { v("embedding", words), v("lstm", lstm); }
};

std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_sequential)

BOOST_AUTO_TEST_CASE(layers_run_in_order_and_are_named_as_in_keras) {
  nn::Sequential model{nn::LSTM{{.units = 5, .return_sequences = true}}, nn::LSTM{{.units = 4}},
                       nn::Dense{{.units = 2, .name = "out"}}};
  const Tensor x = ones({3, 6, 2}), y = model(x);
  BOOST_CHECK_EQUAL(to_string(y.shape()), "(3, 2)");
  const Tensor by_hand = model[2](model[1](model[0](x)));
  BOOST_CHECK(numbers(y) == numbers(by_hand));
  BOOST_CHECK_EQUAL(model.named_parameters()[3].name, "lstm_1/kernel");
  BOOST_CHECK_EQUAL(model.named_parameters()[7].name, "out/bias");
}

BOOST_AUTO_TEST_CASE(layers_may_be_added) {
  nn::Sequential list{nn::Dense{{.units = 4, .activation = "relu"}}, nn::Dense{{.units = 1}}};
  nn::Sequential added;
  added.add(nn::Dense{{.units = 4, .activation = "relu"}});
  added.add(nn::Dense{{.units = 1}});
  const Tensor x = ones({2, 3});
  BOOST_CHECK(numbers(list(x)) == numbers(added(x)));
  BOOST_CHECK_EQUAL(text_of<GraphError>([&] { added.add(nn::Dense{{.units = 1}}); }),
                    "[add] sequential is built: layers can be added before its first call only");
  nn::Sequential named{nn::Dense{{.units = 1, .name = "a"}}};
  BOOST_CHECK_EQUAL(text_of<ValueError>([&] { named.add(nn::Dense{{.units = 1, .name = "a"}}); }),
                    "[add] there is a layer 'a' already");
}

BOOST_AUTO_TEST_CASE(an_empty_one_is_refused) {
  nn::Sequential model;
  BOOST_CHECK_EQUAL(text_of<ValueError>([&] {
                      model(ones({1, 2}));
                    }),
                    "[sequential] has no layers; in sequential (Sequential)");
}

BOOST_AUTO_TEST_CASE(a_sequential_in_another_is_a_layer) {
  nn::Sequential model{nn::Sequential{nn::Dense{{.units = 4}}, nn::Dense{{.units = 3}}},
                       nn::Dense{{.units = 1}}};
  model(ones({2, 5}));
  BOOST_CHECK_EQUAL(model.size(), 2);
  BOOST_CHECK_EQUAL(model.named_parameters()[2].name, "sequential/dense_1/kernel");
  nn::Sequential outer;
  outer.add(nn::Sequential{nn::Dense{{.units = 4}}});
  outer(ones({1, 2}));
  BOOST_CHECK_EQUAL(outer.named_parameters()[0].name, "sequential/dense/kernel");
}

BOOST_AUTO_TEST_CASE(one_alone_is_wrapped_and_a_move_moves) {
  const auto inner = [] {
    return nn::Sequential{nn::Dense{{.units = 4}}, nn::Dense{{.units = 4}}};
  };
  nn::Sequential wrapped{{inner()}};
  BOOST_CHECK_EQUAL(wrapped.size(), 1);
#if !defined(__clang__) || __clang_major__ >= 18
  BOOST_CHECK_EQUAL((nn::Sequential{inner()}).size(), 1);
#endif
  nn::Sequential moved = std::move(wrapped);
  BOOST_CHECK_EQUAL(moved.size(), 1);
  BOOST_CHECK_EQUAL(moved.get_layer(0).type_name(), "Sequential");
}

BOOST_AUTO_TEST_CASE(masks_flow_from_an_embedding_to_an_lstm) {
  nn::Sequential model{nn::Embedding{{.input_dim = 10, .output_dim = 3, .mask_zero = true}},
                       nn::Dropout{{.rate = 0.5}}, nn::LSTM{{.units = 4}}};
  Tagger custom;
  const Tensor padded{{4, 7, 0, 0}, {1, 2, 3, 4}}, alone{{4, 7}};
  const Tensor y = model(padded);
  BOOST_CHECK_EQUAL(model[0](padded).mask.dtype() == boolean, true);
  const Tensor short_one = model(alone);
  for (int k = 0; k < 4; ++k) BOOST_CHECK_EQUAL(y(0, k), short_one(0, k));
  BOOST_CHECK(numbers(custom(padded)) == numbers(y));

  nn::Sequential blind{nn::Embedding{{.input_dim = 10, .output_dim = 3}}, nn::LSTM{{.units = 4}}};
  BOOST_CHECK(numbers(blind(padded)) != numbers(y));
}

BOOST_AUTO_TEST_CASE(the_summary_is_a_table) {
  nn::Sequential model{nn::LSTM{{.units = 50, .return_sequences = true}}, nn::Dense{{.units = 1}}};
  const std::string before = model.summary();
  BOOST_CHECK(before.find(" lstm (LSTM)                 ?                        ?") !=
              std::string::npos);
  BOOST_CHECK(before.find("Total params: ?") != std::string::npos);
  model.get_layer("lstm").set_trainable(false);
  model.build({1, 10, 1});
  const std::string thin(66, '_'), thick(66, '=');
  BOOST_CHECK_EQUAL(model.summary(),
                    "Model: \"sequential\"\n" + thin +
                        "\n Layer (type)                Output Shape             Param #     \n" +
                        thick +
                        "\n lstm (LSTM)                 (None, 10, 50)           10400       "
                        "\n dense (Dense)               (None, 10, 1)            51          \n" +
                        thick +
                        "\nTotal params: 10,451 (40.82 KB)\nTrainable params: 51 (204.00 B)"
                        "\nNon-trainable params: 10,400 (40.62 KB)\n" +
                        thin + "\n");
}

BOOST_AUTO_TEST_CASE(moving_statistics_are_weights_that_do_not_train) {
  nn::Sequential model{nn::BatchNormalization{{.input_shape = {3}}}, nn::Dropout{{.rate = 0.5}}};
  const std::string text = model.summary();
  BOOST_CHECK(text.find("Total params: 12 (48.00 B)\nTrainable params: 6 (24.00 B)\n"
                        "Non-trainable params: 6 (24.00 B)") != std::string::npos);
  BOOST_CHECK(text.find("(None, 3)                12 ") != std::string::npos);
  BOOST_CHECK_EQUAL(model.num_parameters(), 6);
  model.set_weights({full({3}, 1), full({3}, 2), full({3}, 3), full({3}, 4)});
  BOOST_CHECK(model.get_weights()[3].to_vector<float>() == (std::vector<float>{4, 4, 4}));
}

BOOST_AUTO_TEST_CASE(a_promised_input_shape_builds) {
  nn::Sequential model{nn::LSTM{{.units = 2, .input_shape = {10, 1}}}, nn::Dense{{.units = 1}}};
  BOOST_CHECK(model.summary().find("(None, 2)") != std::string::npos);
  BOOST_CHECK_EQUAL(model.num_parameters(), 4 * 2 * (1 + 2 + 1) + 3);
}

BOOST_AUTO_TEST_SUITE_END()
