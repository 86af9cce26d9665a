// Features and channels that a built layer does not take: layers that share code each say so under
// their own name.
#include <carousel/carousel.h>
#include <carousel/nn/layers.h>

#include <tests/nn/support.h>

#include <memory>

using namespace carousel;
using namespace carousel::nn;
using carousel::nn::test::text_of;

namespace {

using Made = std::shared_ptr<Module>;

template <class L>
Made make(typename L::Options options = {}) {
  return std::make_shared<L>(std::move(options));
}

struct Row {
  Made layer;
  Shape built, given;
  const char* what;
};

// Called with another shape than it was built for.
std::string refusal(const Made& layer, const Shape& built, const Shape& given) {
  layer->build(built);
  return text_of<ShapeError>([&] { (*layer)(ones(given)); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wrong_features)

BOOST_AUTO_TEST_CASE(a_layer_names_itself) {
  const Shape row{2, 3, 4}, image{2, 5, 5, 4}, volume{2, 5, 5, 5, 4};
  const Shape row_5{2, 3, 5}, image_5{2, 5, 5, 5}, volume_5{2, 5, 5, 5, 5};
  const Row rows[] = {
      {make<Dense>({.units = 1}), row, row_5, "4 features"},
      {make<LayerNormalization>(), {2, 3}, {2, 5}, "3 features in axis 1"},
      {make<LayerNormalization>({.axis = 1, .scale = false}),
       row,
       {2, 5, 4},
       "3 features in axis 1"},
      {make<LayerNormalization>({.axis = {2, 1}}), row, row_5, "sizes (3, 4) in axes (1, 2)"},
      {make<RMSNormalization>(), {2, 3}, {2, 5}, "3 features in axis 1"},
      {make<RMSNormalization>({.axis = {1, 2}}), row, {2, 4, 3}, "sizes (3, 4) in axes (1, 2)"},
      {make<GroupNormalization>({.groups = 1}), {2, 1}, {2, 5}, "1 channels in axis 1"},
      {make<GroupNormalization>({.groups = 2, .scale = false}), row, row_5, "4 channels in axis 2"},
      {make<BatchNormalization>(), {2, 3}, {2, 4, 5}, "3 channels in axis 2"},
      {make<Conv1D>({.filters = 1, .kernel_size = 2}), row, row_5, "4 channels"},
      {make<Conv2D>({.filters = 1, .kernel_size = 2}), image, image_5, "4 channels"},
      {make<Conv3D>({.filters = 1, .kernel_size = 2}), volume, volume_5, "4 channels"},
      {make<Conv1DTranspose>({.filters = 1, .kernel_size = 2}), row, row_5, "4 channels"},
      {make<Conv2DTranspose>({.filters = 1, .kernel_size = 2}), image, image_5, "4 channels"},
      {make<DepthwiseConv1D>({.kernel_size = 2}), row, row_5, "4 channels"},
      {make<DepthwiseConv2D>({.kernel_size = 2}), image, image_5, "4 channels"},
      {make<SeparableConv1D>({.filters = 1, .kernel_size = 2}), row, row_5, "4 channels"},
      {make<SeparableConv2D>({.filters = 1, .kernel_size = 2}), image, image_5, "4 channels"},
      {make<ConvLSTM1D>({.filters = 1, .kernel_size = 2}), image, image_5, "4 channels"},
      {make<ConvLSTM2D>({.filters = 1, .kernel_size = 2}), volume, volume_5, "4 channels"},
      {make<SimpleRNN>({.units = 2}), row, row_5, "4 features"},
      {make<GRU>({.units = 2}), row, row_5, "4 features"},
      {make<LSTM>({.units = 2}), row, row_5, "4 features"},
  };
  for (const auto& [layer, built, given, what] : rows) {
    const std::string name = layer->name(), type = layer->type_name();
    BOOST_CHECK_EQUAL(refusal(layer, built, given), "[" + name + "] was built for " + what +
                                                        ", got shape " + to_string(given) +
                                                        "; in " + name + " (" + type + ")");
  }
}

BOOST_AUTO_TEST_CASE(a_wrapper_names_its_part) {
  const struct {
    Made layer;
    const char* text;
  } rows[] = {
      {std::make_shared<Bidirectional>(GRU{{.units = 2}}),
       "[gru] was built for 4 features, got shape (2, 3, 5); in bidirectional.forward_layer (GRU)"},
      {std::make_shared<Bidirectional>(SimpleRNN{{.units = 2}}),
       "[simple_rnn] was built for 4 features, got shape (2, 3, 5); in "
       "bidirectional.forward_layer (SimpleRNN)"},
      {std::make_shared<TimeDistributed>(std::make_unique<RMSNormalization>()),
       "[rms_normalization] was built for 4 features in axis 1, got shape (6, 5); in "
       "time_distributed.layer (RMSNormalization)"},
  };
  for (const auto& [layer, text] : rows)
    BOOST_CHECK_EQUAL(refusal(layer, {2, 3, 4}, {2, 3, 5}), text);
}

// Layers of the same windows, along one axis and two.
BOOST_AUTO_TEST_CASE(other_axes_are_named_likewise) {
  const Shape row{2, 5, 4}, image{2, 5, 5, 4};
  const Row rows[] = {
      {make<MaxPooling1D>(), row, image, "(batch, time, features)"},
      {make<AveragePooling1D>(), row, image, "(batch, time, features)"},
      {make<GlobalMaxPooling1D>(), row, image, "(batch, time, features)"},
      {make<GlobalAveragePooling1D>(), row, image, "(batch, time, features)"},
      {make<AdaptiveMaxPooling1D>({.output_size = 2}), row, image, "(batch, time, features)"},
      {make<AdaptiveAveragePooling1D>({.output_size = 2}), row, image, "(batch, time, features)"},
      {make<Conv1D>({.filters = 1, .kernel_size = 2}), row, image, "(batch, time, features)"},
      {make<SeparableConv1D>({.filters = 1, .kernel_size = 2}), row, image,
       "(batch, time, features)"},
      {make<MaxPooling2D>(), image, row, "(batch, height, width, channels)"},
      {make<AveragePooling2D>(), image, row, "(batch, height, width, channels)"},
      {make<GlobalMaxPooling2D>(), image, row, "(batch, height, width, channels)"},
      {make<GlobalAveragePooling2D>(), image, row, "(batch, height, width, channels)"},
      {make<AdaptiveMaxPooling2D>({.output_size = 2}), image, row,
       "(batch, height, width, channels)"},
      {make<AdaptiveAveragePooling2D>({.output_size = 2}), image, row,
       "(batch, height, width, channels)"},
      {make<Conv2D>({.filters = 1, .kernel_size = 2}), image, row,
       "(batch, height, width, channels)"},
      {make<DepthwiseConv2D>({.kernel_size = 2}), image, row, "(batch, height, width, channels)"},
  };
  for (const auto& [layer, built, given, what] : rows) {
    const std::string name = layer->name(), type = layer->type_name();
    BOOST_CHECK_EQUAL(refusal(layer, built, given), "[" + name + "] needs " + what +
                                                        ", got shape " + to_string(given) +
                                                        "; in " + name + " (" + type + ")");
  }
}

BOOST_AUTO_TEST_SUITE_END()
