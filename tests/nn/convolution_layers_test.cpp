// Convolutions and pooling: shapes, equivalences, formats, errors. Values: tests/op_cases, parity.
#include <carousel/carousel.h>
#include <carousel/nn/layers.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

namespace {

std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }
std::string shape_of(const Tensor& x) { return to_string(x.shape()); }

Tensor noise(const Shape& shape) {
  Generator generator{7};
  return randn(shape, generator);
}

struct Refused {
  const char* text;
  std::function<void()> call;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_convolution_layers)

BOOST_AUTO_TEST_CASE(padding_decides_the_length) {
  const Tensor x = ones({1, 7, 2});
  const auto length = [&](nn::Conv1DOptions options) {
    options.filters = 3, options.kernel_size = 3;
    return nn::Conv1D{options}(x).dim(1);
  };
  BOOST_CHECK_EQUAL(length({}), 5);
  BOOST_CHECK_EQUAL(length({.padding = "same"}), 7);
  BOOST_CHECK_EQUAL(length({.strides = 2, .padding = "same"}), 4);
  BOOST_CHECK_EQUAL(length({.padding = "causal", .dilation_rate = 2}), 7);
  nn::Conv2DTranspose up{{.filters = 1, .kernel_size = 3, .strides = 2, .padding = "same"}};
  BOOST_CHECK_EQUAL(shape_of(up(ones({1, 4, 5, 2}))), "(1, 8, 10, 1)");
  nn::Conv1DTranspose more{{.filters = 1, .kernel_size = 3, .strides = 2, .output_padding = 1}};
  BOOST_CHECK_EQUAL(shape_of(more(x)), "(1, 16, 1)");
}

BOOST_AUTO_TEST_CASE(causal_outputs_do_not_see_what_follows) {
  nn::Conv1D layer{{.filters = 2, .kernel_size = 3, .padding = "causal"}};
  const Tensor x = noise({1, 6, 2});
  const Tensor changed = concat({x.slice(1, 0, 4), zeros({1, 2, 2})}, 1);
  BOOST_CHECK(numbers(layer(x).slice(1, 0, 4)) == numbers(layer(changed).slice(1, 0, 4)));
}

BOOST_AUTO_TEST_CASE(channels_first_is_the_same_with_moved_axes) {
  nn::Conv2D last{{.filters = 3, .kernel_size = {2, 3}}};
  nn::Conv2D first{{.filters = 3, .kernel_size = {2, 3}, .data_format = "channels_first"}};
  const Tensor x = noise({2, 4, 5, 2});
  const Tensor y = last(x), z = first(x.permute({0, 3, 1, 2}));
  BOOST_CHECK_EQUAL(shape_of(z), "(2, 3, 3, 3)");
  BOOST_CHECK(numbers(z.permute({0, 2, 3, 1})) == numbers(y));
  const nn::Value pooled =
      nn::MaxPooling2D{{.data_format = "channels_first"}}(x.permute({0, 3, 1, 2}));
  BOOST_CHECK(numbers(pooled.permute({0, 2, 3, 1})) == numbers(nn::MaxPooling2D{}(x)));
}

BOOST_AUTO_TEST_CASE(one_by_one_is_a_dense_layer) {
  nn::Conv2D layer{{.filters = 4, .kernel_size = 1, .activation = "relu"}};
  const Tensor x = noise({2, 3, 5, 3}), y = layer(x);
  const Tensor rows = relu(matmul(x.reshape({30, 3}), layer.kernel().reshape({3, 4})));
  BOOST_CHECK(numbers(y) == numbers(rows));
}

BOOST_AUTO_TEST_CASE(global_pooling_leaves_masked_steps_out) {
  const Tensor x = noise({1, 4, 3});
  nn::GlobalAveragePooling1D layer{{.keepdims = true}};
  const Tensor y = layer(nn::Value::masked(x, Tensor{{true, false, true, false}}));
  BOOST_CHECK_EQUAL(shape_of(y), "(1, 1, 3)");
  BOOST_CHECK_CLOSE(y(0, 0, 1), (x(0, 0, 1) + x(0, 2, 1)) / 2, 1e-3);
  BOOST_CHECK_EQUAL(shape_of(nn::GlobalMaxPooling2D{}(noise({2, 3, 4, 5}))), "(2, 5)");
}

BOOST_AUTO_TEST_CASE(adaptive_pooling_makes_as_many_as_asked) {
  const Tensor x = noise({2, 7, 5, 3});
  BOOST_CHECK_EQUAL(shape_of(nn::AdaptiveMaxPooling2D{{.output_size = {3, 2}}}(x)), "(2, 3, 2, 3)");
  const Tensor whole = nn::AdaptiveAveragePooling2D{{.output_size = 1}}(x);
  BOOST_CHECK_CLOSE(whole(1, 0, 0, 2), mean(x.select(0, 1).select(2, 2)).item(), 1e-3);
}

BOOST_AUTO_TEST_CASE(arguments_outside_their_domain) {
  const std::vector<Refused> all{
      {"[conv1d] filters must be at least 1, got 0", [] { nn::Conv1D{{.kernel_size = 3}}; }},
      {"[conv2d] kernel_size must be at least 1, got 3, 0",
       [] {
         nn::Conv2D{{.filters = 1, .kernel_size = {3, 0}}};
       }},
      {"[conv2d] padding must be valid, same, got 'causal'",
       [] { nn::Conv2D{{.filters = 1, .kernel_size = 3, .padding = "causal"}}; }},
      {"[conv1d] strides (2) and dilation_rate (2) cannot both be above 1",
       [] { nn::Conv1D{{.filters = 1, .kernel_size = 3, .strides = 2, .dilation_rate = 2}}; }},
      {"[conv1d] groups must divide filters, got 2 and 3",
       [] { nn::Conv1D{{.filters = 3, .kernel_size = 3, .groups = 2}}; }},
      {"[conv1d_transpose] output_padding (2) must be from 0 and below strides (2)",
       [] {
         nn::Conv1DTranspose{{.filters = 1, .kernel_size = 3, .strides = 2, .output_padding = 2}};
       }},
      {"[depthwise_conv1d] depth_multiplier must be at least 1, got 0",
       [] { nn::DepthwiseConv1D{{.kernel_size = 3, .depth_multiplier = 0}}; }},
      {"[max_pooling1d] pool_size must be at least 1, got 0",
       [] { nn::MaxPooling1D{{.pool_size = 0}}; }},
      {"[average_pooling2d] padding must be valid, same, got 'full'",
       [] { nn::AveragePooling2D{{.padding = "full"}}; }},
      {"[adaptive_max_pooling1d] output_size must be at least 1, got 0",
       [] { nn::AdaptiveMaxPooling1D{{}}; }},
      {"[global_max_pooling1d] data_format must be channels_last or channels_first, got 'NHWC'",
       [] { nn::GlobalMaxPooling1D{{.data_format = "NHWC"}}; }}};
  for (const Refused& each : all) BOOST_CHECK_EQUAL(text_of<ValueError>(each.call), each.text);
}

BOOST_AUTO_TEST_CASE(inputs_that_do_not_fit) {
  nn::Conv1D layer{{.filters = 1, .kernel_size = 3}};
  layer.build({1, 5, 2});
  const std::vector<Refused> all{
      {"[conv1d] was built for 2 channels, got shape (1, 5, 3); in conv1d (Conv1D)",
       [&] {
         layer(ones({1, 5, 3}));
       }},
      {"[conv] a window over 3 does not fit axis 1 of (1, 2, 2); in conv1d (Conv1D)",
       [&] {
         layer(ones({1, 2, 2}));
       }},
      {"[conv2d] needs (batch, height, width, channels), got shape (1, 5, 3); in conv2d (Conv2D)",
       [] {
         nn::Conv2D{{.filters = 1, .kernel_size = 3}}(ones({1, 5, 3}));
       }},
      {"[conv1d] 2 groups do not divide the 3 channels of an input (1, 5, 3); in conv1d (Conv1D)",
       [] {
         nn::Conv1D{{.filters = 2, .kernel_size = 3, .groups = 2}}(ones({1, 5, 3}));
       }}};
  for (const Refused& each : all) BOOST_CHECK_EQUAL(text_of<ShapeError>(each.call), each.text);
}

BOOST_AUTO_TEST_SUITE_END()
