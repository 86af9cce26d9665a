// All layers with options of their own, each with options that fit.
#pragma once

#include <carousel/nn/layers.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace carousel::nn::test {

struct EveryLayer {
  std::string type;  // as in files
  std::string op;    // what its errors begin with
  // Makes one; `change` sees the options' fields before.
  std::function<void(Fields& change)> make;
};

template <class L>
EveryLayer layer(std::string type, std::string op, typename L::Options fits = {}) {
  return {std::move(type), std::move(op), [fits](Fields& change) {
            typename L::Options options = fits;
            detail::all_fields(change, options);
            const L made(std::move(options));
          }};
}

inline std::vector<EveryLayer> recurrent_layers() {
  return {
      layer<LSTM>("LSTM", "lstm", {.units = 2}),
      layer<GRU>("GRU", "gru", {.units = 2}),
      layer<SimpleRNN>("SimpleRNN", "simple_rnn", {.units = 2}),
      layer<ConvLSTM1D>("ConvLSTM1D", "conv_lstm1d", {.filters = 2, .kernel_size = 3}),
      layer<ConvLSTM2D>("ConvLSTM2D", "conv_lstm2d", {.filters = 2, .kernel_size = 3}),
      layer<ConvLSTM3D>("ConvLSTM3D", "conv_lstm3d", {.filters = 2, .kernel_size = 3}),
  };
}

inline std::vector<EveryLayer> feature_layers() {
  return {
      layer<AdditiveAttention>("AdditiveAttention", "additive_attention"),
      layer<Attention>("Attention", "attention"),
      layer<BatchNormalization>("BatchNormalization", "batch_normalization"),
      layer<EinsumDense>("EinsumDense", "einsum_dense",
                         {.equation = "ab,bc->ac", .output_shape = {2}}),
      layer<Embedding>("Embedding", "embedding", {.input_dim = 3, .output_dim = 2}),
      layer<GroupNormalization>("GroupNormalization", "group_normalization"),
      layer<GroupQueryAttention>("GroupQueryAttention", "group_query_attention",
                                 {.head_dim = 2, .num_query_heads = 2, .num_key_value_heads = 1}),
      layer<LayerNormalization>("LayerNormalization", "layer_normalization"),
      layer<Masking>("Masking", "masking"),
      layer<MultiHeadAttention>("MultiHeadAttention", "multi_head_attention",
                                {.num_heads = 2, .key_dim = 2}),
      layer<Normalization>("Normalization", "normalization", {.mean = {1}, .variance = {1}}),
      layer<RMSNormalization>("RMSNormalization", "rms_normalization"),
      layer<UnitNormalization>("UnitNormalization", "unit_normalization"),
  };
}

inline std::vector<EveryLayer> plain_layers() {
  return {
      layer<Activation>("Activation", "activation"),
      layer<ActivityRegularization>("ActivityRegularization", "activity_regularization"),
      layer<Add>("Add", "add"),
      layer<AlphaDropout>("AlphaDropout", "alpha_dropout"),
      layer<Average>("Average", "average"),
      layer<Concatenate>("Concatenate", "concatenate"),
      layer<Dense>("Dense", "dense", {.units = 2}),
      layer<Dot>("Dot", "dot", {.axes = 1}),
      layer<Dropout>("Dropout", "dropout"),
      layer<ELU>("ELU", "elu"),
      layer<Flatten>("Flatten", "flatten"),
      layer<GaussianDropout>("GaussianDropout", "gaussian_dropout"),
      layer<GaussianNoise>("GaussianNoise", "gaussian_noise"),
      layer<Identity>("Identity", "identity"),
      layer<LeakyReLU>("LeakyReLU", "leaky_relu"),
      layer<Maximum>("Maximum", "maximum"),
      layer<Minimum>("Minimum", "minimum"),
      layer<Multiply>("Multiply", "multiply"),
      layer<PReLU>("PReLU", "prelu"),
      layer<Permute>("Permute", "permute", {.dims = {2, 1}}),
      layer<ReLU>("ReLU", "relu"),
      layer<RepeatVector>("RepeatVector", "repeat_vector", {.n = 2}),
      layer<Rescaling>("Rescaling", "rescaling"),
      layer<Reshape>("Reshape", "reshape"),
      layer<Softmax>("Softmax", "softmax"),
      layer<SpatialDropout1D>("SpatialDropout1D", "spatial_dropout1d"),
      layer<SpatialDropout2D>("SpatialDropout2D", "spatial_dropout2d"),
      layer<Subtract>("Subtract", "subtract"),
  };
}

inline std::vector<EveryLayer> convolution_layers() {
  return {
      layer<Conv1D>("Conv1D", "conv1d", {.filters = 2, .kernel_size = 3}),
      layer<Conv2D>("Conv2D", "conv2d", {.filters = 2, .kernel_size = 3}),
      layer<Conv3D>("Conv3D", "conv3d", {.filters = 2, .kernel_size = 3}),
      layer<Conv1DTranspose>("Conv1DTranspose", "conv1d_transpose",
                             {.filters = 2, .kernel_size = 3}),
      layer<Conv2DTranspose>("Conv2DTranspose", "conv2d_transpose",
                             {.filters = 2, .kernel_size = 3}),
      layer<DepthwiseConv1D>("DepthwiseConv1D", "depthwise_conv1d", {.kernel_size = 3}),
      layer<DepthwiseConv2D>("DepthwiseConv2D", "depthwise_conv2d", {.kernel_size = 3}),
      layer<SeparableConv1D>("SeparableConv1D", "separable_conv1d",
                             {.filters = 2, .kernel_size = 3}),
      layer<SeparableConv2D>("SeparableConv2D", "separable_conv2d",
                             {.filters = 2, .kernel_size = 3}),
  };
}

inline std::vector<EveryLayer> resizing_layers() {
  return {
      layer<AdaptiveAveragePooling1D>("AdaptiveAveragePooling1D", "adaptive_average_pooling1d",
                                      {.output_size = 2}),
      layer<AdaptiveAveragePooling2D>("AdaptiveAveragePooling2D", "adaptive_average_pooling2d",
                                      {.output_size = 2}),
      layer<AdaptiveMaxPooling1D>("AdaptiveMaxPooling1D", "adaptive_max_pooling1d",
                                  {.output_size = 2}),
      layer<AdaptiveMaxPooling2D>("AdaptiveMaxPooling2D", "adaptive_max_pooling2d",
                                  {.output_size = 2}),
      layer<AveragePooling1D>("AveragePooling1D", "average_pooling1d"),
      layer<AveragePooling2D>("AveragePooling2D", "average_pooling2d"),
      layer<Cropping1D>("Cropping1D", "cropping1d"),
      layer<Cropping2D>("Cropping2D", "cropping2d"),
      layer<GlobalAveragePooling1D>("GlobalAveragePooling1D", "global_average_pooling1d"),
      layer<GlobalAveragePooling2D>("GlobalAveragePooling2D", "global_average_pooling2d"),
      layer<GlobalMaxPooling1D>("GlobalMaxPooling1D", "global_max_pooling1d"),
      layer<GlobalMaxPooling2D>("GlobalMaxPooling2D", "global_max_pooling2d"),
      layer<MaxPooling1D>("MaxPooling1D", "max_pooling1d"),
      layer<MaxPooling2D>("MaxPooling2D", "max_pooling2d"),
      layer<UpSampling1D>("UpSampling1D", "up_sampling1d"),
      layer<UpSampling2D>("UpSampling2D", "up_sampling2d"),
      layer<ZeroPadding1D>("ZeroPadding1D", "zero_padding1d"),
      layer<ZeroPadding2D>("ZeroPadding2D", "zero_padding2d"),
  };
}

inline std::vector<EveryLayer> every_layer() {
  std::vector<EveryLayer> list;
  for (const auto& family : {plain_layers(), feature_layers(), convolution_layers(),
                             resizing_layers(), recurrent_layers()})
    list.insert(list.end(), family.begin(), family.end());
  return list;
}

}  // namespace carousel::nn::test
