#include <boost/test/unit_test.hpp>

#include <carousel/carousel.h>
#include <carousel/nn/layers.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

namespace {

Tensor input(const Shape& shape) {
  Generator generator{.seed = 5};
  return uniform(shape, -1, 1, generator, {.dtype = f64});
}

bool same(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.to_vector<double>() == b.to_vector<double>();
}

double difference(const Tensor& a, const Tensor& b) {
  BOOST_TEST_REQUIRE(to_string(a.shape()) == to_string(b.shape()));
  return abs(a - b).max().item<double>();
}

// `layer` with the weights of `other`.
template <class L>
L like(typename L::Options options, L& other, const Shape& shape) {
  L layer{std::move(options)};
  layer.build(shape, f64);
  layer.set_weights(other.get_weights());
  return layer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_conv_lstm)

BOOST_AUTO_TEST_CASE(with_windows_of_one_each_place_is_an_lstm) {
  nn::ConvLSTM1D layer{{.filters = 3, .kernel_size = 1, .return_sequences = true}};
  const Tensor x = input({2, 5, 4, 2});
  const Tensor y = layer(x);
  const auto places = [](const Tensor& t) { return t.transpose(1, 2).reshape({8, 5, t.dim(-1)}); };
  const auto expected = lstm(places(x), layer.kernel().reshape({2, 12}),
                             layer.recurrent_kernel().reshape({3, 12}), layer.bias());
  BOOST_TEST(difference(places(y), expected.output) < 1e-14);
}

BOOST_AUTO_TEST_CASE(shapes_are_those_of_the_inputs_convolution) {
  const auto shape = [](nn::Module&& layer, const Shape& in) {
    return to_string(Tensor(layer(input(in))).shape());
  };
  BOOST_TEST(shape(nn::ConvLSTM1D{{.filters = 3, .kernel_size = 3}}, {2, 4, 7, 2}) == "(2, 5, 3)");
  BOOST_TEST(shape(nn::ConvLSTM1D{{.filters = 3,
                                   .kernel_size = 3,
                                   .strides = 2,
                                   .padding = "same",
                                   .return_sequences = true}},
                   {2, 4, 7, 2}) == "(2, 4, 4, 3)");
  BOOST_TEST(shape(nn::ConvLSTM2D{{.filters = 3, .kernel_size = {3, 2}, .dilation_rate = 2}},
                   {2, 4, 7, 5, 2}) == "(2, 3, 3, 3)");
  BOOST_TEST(shape(nn::ConvLSTM3D{{.filters = 1, .kernel_size = 2}}, {1, 2, 3, 3, 3, 2}) ==
             "(1, 2, 2, 2, 1)");
}

BOOST_AUTO_TEST_CASE(a_masked_row_is_its_counting_steps_alone) {
  nn::ConvLSTM2D layer{
      {.filters = 2, .kernel_size = 2, .return_sequences = true, .return_state = true}};
  const Tensor x = input({2, 4, 3, 3, 1});
  const Tensor mask = Tensor{1, 0, 1, 1, 0, 0, 0, 0}.reshape({2, 4}).to(boolean);
  const nn::Values all = layer(nn::Values{nn::Value::masked(x, mask)});
  const Tensor kept = concat({x.slice(0, 0, 1).slice(1, 0, 1), x.slice(0, 0, 1).slice(1, 2, 4)}, 1);
  const nn::Values alone = layer(nn::Values{kept});
  const Tensor y = Tensor(all[0]).slice(0, 0, 1), expected = alone[0];
  BOOST_TEST(same(y.slice(1, 0, 1), expected.slice(1, 0, 1)));
  BOOST_TEST(same(y.slice(1, 1, 2), expected.slice(1, 0, 1)));  // repeated
  BOOST_TEST(same(y.slice(1, 2, 4), expected.slice(1, 1, 3)));
  for (int state : {1, 2}) {
    const Tensor last = all[static_cast<std::size_t>(state)];
    BOOST_TEST(same(last.slice(0, 0, 1), alone[static_cast<std::size_t>(state)]));
    BOOST_TEST(same(last.slice(0, 1, 2), zeros_like(last.slice(0, 1, 2))));
  }
  BOOST_TEST(same(Tensor(all[0].mask).to(f64), mask.to(f64)));
}

BOOST_AUTO_TEST_CASE(options_are_the_plain_layer_otherwise) {
  const Shape shape{2, 4, 5, 3};
  const Tensor x = input(shape);
  nn::ConvLSTM1D plain{{.filters = 2, .kernel_size = 3, .return_sequences = true}};
  const Tensor expected = plain(x);
  auto backwards = like<nn::ConvLSTM1D>(
      {.filters = 2, .kernel_size = 3, .return_sequences = true, .go_backwards = true}, plain,
      shape);
  BOOST_TEST(same(backwards(flip(x, 1)), expected));
  auto first = like<nn::ConvLSTM1D>(
      {.filters = 2, .kernel_size = 3, .data_format = "channels_first", .return_sequences = true},
      plain, {2, 4, 3, 5});
  BOOST_TEST(same(Tensor(first(x.transpose(2, 3))).transpose(2, 3), expected));
  auto stateful = like<nn::ConvLSTM1D>(
      {.filters = 2, .kernel_size = 3, .return_sequences = true, .stateful = true}, plain, shape);
  stateful(x.slice(1, 0, 3));
  BOOST_TEST(same(stateful(x.slice(1, 3, 4)), expected.slice(1, 3, 4)));
  stateful.reset_states();
  BOOST_TEST(same(stateful(x), expected));
  auto drops = like<nn::ConvLSTM1D>({.filters = 2,
                                     .kernel_size = 3,
                                     .dropout = 0.5,
                                     .recurrent_dropout = 0.5,
                                     .seed = 3,
                                     .return_sequences = true},
                                    plain, shape);
  BOOST_TEST(same(drops(x), expected));
  drops.train();
  BOOST_TEST(!same(drops(x), expected));
}

BOOST_AUTO_TEST_CASE(a_configuration_makes_the_same_layer) {
  nn::ConvLSTM2D layer{{.filters = 2, .kernel_size = {2, 3}, .strides = 2, .activation = "relu"}};
  const auto again = nn::make_layer("ConvLSTM2D", layer.config());
  BOOST_TEST(again->config() == layer.config());
  const Tensor x = input({2, 3, 5, 6, 2});
  BOOST_TEST(same((*again)(x), layer(x)));
}

BOOST_AUTO_TEST_CASE(it_learns) {
  nn::Sequential model{nn::ConvLSTM1D{{.filters = 4, .kernel_size = 3, .padding = "same"}},
                       nn::Flatten{}, nn::Dense{{.units = 1}}};
  model.compile({.optimizer = optim::Adam{{.learning_rate = 2e-2}}, .loss = "mse"});
  const Tensor x = input({32, 4, 5, 1}).to(f32);
  const Tensor y = x.sum({1, 2, 3}).unsqueeze(-1);
  const auto history = model.fit(x, y, {.epochs = 80, .verbose = 0});
  BOOST_TEST(history["loss"].back() < history["loss"].front() / 4);
}

BOOST_AUTO_TEST_CASE(errors_say_what_it_needs) {
  BOOST_TEST(text_of<ValueError>([] { nn::ConvLSTM1D{{.filters = 0, .kernel_size = 1}}; }) ==
             "[conv_lstm1d] filters must be at least 1, got 0");
  BOOST_TEST(text_of<ValueError>([] { nn::ConvLSTM2D{{.filters = 1, .kernel_size = 0}}; }) ==
             "[conv_lstm2d] kernel_size must be at least 1, got 0, 0");
  BOOST_TEST(text_of<ValueError>([] {
               nn::ConvLSTM1D{{.filters = 1, .kernel_size = 1, .recurrent_dropout = 2}};
             }) == "[conv_lstm1d] recurrent_dropout must be in [0, 1), got 2");
  nn::ConvLSTM1D layer{{.filters = 2, .kernel_size = 1}};
  BOOST_TEST(text_of<ShapeError>([&] {
               layer(input({2, 4, 3}));
             }) ==
             "[conv_lstm1d] needs (batch, time, length, channels), got shape (2, 4, 3); in "
             "conv_lstm1d (ConvLSTM1D)");
  layer(input({2, 4, 3, 1}));
  BOOST_TEST(text_of<ShapeError>([&] {
               layer(input({2, 4, 3, 2}));
             }) ==
             "[conv_lstm1d] was built for 1 channels, got shape (2, 4, 3, 2); in conv_lstm1d "
             "(ConvLSTM1D)");
  const Tensor wrong = input({2, 2});
  BOOST_TEST(text_of<ShapeError>([&] {
               layer(nn::Values{input({2, 4, 3, 1}), wrong, wrong});
             }) ==
             "[conv_lstm1d] initial h must be (2, 3, 2) with the channels last, got (2, 2); in "
             "conv_lstm1d (ConvLSTM1D)");
}

BOOST_AUTO_TEST_SUITE_END()
