#include <carousel/nn/layer_list.h>
#include <carousel/nn/layers/convolution.h>
#include <carousel/nn/layers/pooling.h>
#include <carousel/nn/layers/resizing.h>
#include <carousel/nn/recurrent/conv_lstm.h>

namespace carousel::nn::detail {

std::span<const ListedLayer> window_layers() {
  // One line a layer.
  // clang-format off
  static constexpr ListedLayer kLayers[] = {
      listed<AdaptiveAveragePooling1D>("AdaptiveAveragePooling1D"),
      listed<AdaptiveAveragePooling2D>("AdaptiveAveragePooling2D"),
      listed<AdaptiveMaxPooling1D>("AdaptiveMaxPooling1D"),
      listed<AdaptiveMaxPooling2D>("AdaptiveMaxPooling2D"),
      listed<AveragePooling1D>("AveragePooling1D"),
      listed<AveragePooling2D>("AveragePooling2D"),
      listed<Conv1D>("Conv1D"),
      listed<Conv1DTranspose>("Conv1DTranspose"),
      listed<Conv2D>("Conv2D"),
      listed<Conv2DTranspose>("Conv2DTranspose"),
      listed<Conv3D>("Conv3D"),
      listed<ConvLSTM1D>("ConvLSTM1D"),
      listed<ConvLSTM2D>("ConvLSTM2D"),
      listed<ConvLSTM3D>("ConvLSTM3D"),
      listed<Cropping1D>("Cropping1D"),
      listed<Cropping2D>("Cropping2D"),
      listed<DepthwiseConv1D>("DepthwiseConv1D"),
      listed<DepthwiseConv2D>("DepthwiseConv2D"),
      listed<GlobalAveragePooling1D>("GlobalAveragePooling1D"),
      listed<GlobalAveragePooling2D>("GlobalAveragePooling2D"),
      listed<GlobalMaxPooling1D>("GlobalMaxPooling1D"),
      listed<GlobalMaxPooling2D>("GlobalMaxPooling2D"),
      listed<MaxPooling1D>("MaxPooling1D"),
      listed<MaxPooling2D>("MaxPooling2D"),
      listed<SeparableConv1D>("SeparableConv1D"),
      listed<SeparableConv2D>("SeparableConv2D"),
      listed<UpSampling1D>("UpSampling1D"),
      listed<UpSampling2D>("UpSampling2D"),
      listed<ZeroPadding1D>("ZeroPadding1D"),
      listed<ZeroPadding2D>("ZeroPadding2D"),
  };
  // clang-format on
  return kLayers;
}

}  // namespace carousel::nn::detail
