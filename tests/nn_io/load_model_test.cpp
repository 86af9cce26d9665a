#include <carousel/autograd/ops.h>
#include <carousel/nn/io/checkpoint.h>
#include <carousel/nn/io/load_model.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/train/train.h>
#include <carousel/tensor/error.h>
#include <tests/file_support.h>

#include <boost/test/unit_test.hpp>

using namespace carousel;
using namespace carousel::test;

namespace {

struct Twice : nn::Module {
  nn::Value forward(const nn::Value& x) override { return x + x; }
};

nn::Sequential forecaster() {
  return nn::Sequential{nn::LSTM{{.units = 7, .activation = "relu", .return_sequences = true}},
                        nn::LSTM{{.units = 5, .unit_forget_bias = false, .go_backwards = true}},
                        nn::Dropout{{.rate = 0.5}},
                        nn::Dense{{.units = 2, .activation = "tanh", .name = "head"}}};
}

nn::Sequential reader_of_words() {
  return nn::Sequential{
      nn::Embedding{{.input_dim = 11, .output_dim = 4, .mask_zero = true}}, nn::LSTM{{.units = 3}},
      nn::Sequential{nn::Dense{{.units = 6, .use_bias = false}}, nn::Activation{"relu"}},
      nn::Reshape{{.target_shape = {2, 3}}}, nn::Flatten{}};
}

Tensor series() { return linspace(-1, 1, 3 * 6 * 2).reshape({3, 6, 2}); }
Tensor words() { return Tensor{{3, 1, 10, 0}, {5, 5, 0, 0}}; }

std::vector<float> outputs(nn::Module& model, const Tensor& x) {
  return model(nn::Value(x)).to_vector<float>();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(load_model)

BOOST_AUTO_TEST_CASE(what_was_frozen_stays_so) {
  const Folder folder;
  nn::Sequential model{nn::BatchNormalization{}, nn::Bidirectional{nn::LSTM{{.units = 2}}},
                       nn::Dense{{.units = 1}}};
  model.build({4, 3, 2});
  model.get_layer("batch_normalization").set_trainable(false);
  model.get_layer("bidirectional").set_trainable(false);
  nn::save_model(model, folder / "a.h5");
  nn::Sequential loaded = nn::load_model(folder / "a.h5");
  loaded.compile({.optimizer = "sgd", .loss = "mse"});
  loaded.fit(series().reshape({6, 3, 2}), ones({6, 1}), {.verbose = 0});
  const auto before = model.get_weights(), after = loaded.get_weights();
  for (std::size_t i = 0; i < before.size(); ++i)
    BOOST_TEST((after[i].to_vector<float>() == before[i].to_vector<float>()) ==
               (i + 2 < before.size()));  // all but the last layer's two
}

BOOST_AUTO_TEST_CASE(gives_the_same_model_to_the_bit) {
  struct {
    nn::Sequential model;
    Tensor x;
  } cases[] = {{forecaster(), series()}, {reader_of_words(), words()}};
  for (auto& [model, x] : cases) {
    const Folder folder;
    nn::set_seed(4);
    const auto expected = outputs(model, x);
    nn::save_model(model, folder / "a.h5");
    nn::set_seed(5);
    nn::Sequential loaded = nn::load_model(folder / "a.h5");
    BOOST_TEST(outputs(loaded, x) == expected);
    BOOST_TEST(loaded.config() == model.config());
    BOOST_TEST(loaded.summary() == model.summary());
    // Saving what was loaded gives the same file.
    nn::save_model(loaded, folder / "b.h5");
    BOOST_TEST((contents(folder / "b.h5") == contents(folder / "a.h5")));
  }
}

BOOST_AUTO_TEST_CASE(another_seed_would_give_another_model) {
  nn::Sequential a = forecaster(), b = forecaster();
  nn::set_seed(4);
  const auto first = outputs(a, series());
  nn::set_seed(5);
  BOOST_TEST(outputs(b, series()) != first);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_saved_leaves_no_file) {
  const Folder folder;
  nn::Sequential unbuilt = forecaster(), foreign{Twice{}, nn::Dense{{.units = 1}}};
  foreign.build({1, 2});
  BOOST_CHECK_THROW(nn::save_model(unbuilt, folder / "a.h5"), GraphError);
  BOOST_CHECK_THROW(nn::save_model(foreign, folder / "a.h5"), GraphError);
  BOOST_TEST(folder.count() == 0);
}

BOOST_AUTO_TEST_CASE(weights_alone_are_no_model) {
  const Folder folder;
  const std::string path = folder / "a.h5";
  nn::Sequential model = forecaster();
  model.build({1, 6, 2});
  nn::save_weights(model, path);
  BOOST_TEST(error_of<FormatError>([&] { nn::load_model(path); }) ==
             "[load_model] " + path + " says not what the model is made of: it lacks /config");
}

BOOST_AUTO_TEST_CASE(a_model_s_file_fills_its_like) {
  const Folder folder;
  nn::Sequential model = forecaster(), like = forecaster();
  nn::set_seed(4);
  const auto expected = outputs(model, series());
  nn::save_model(model, folder / "a.h5");
  nn::load_weights(like, folder / "a.h5");
  BOOST_TEST(outputs(like, series()) == expected);
}

BOOST_AUTO_TEST_SUITE_END()
