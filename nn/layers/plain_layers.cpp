#include <carousel/nn/layer_list.h>
#include <carousel/nn/layers/activations.h>
#include <carousel/nn/layers/dense.h>
#include <carousel/nn/layers/dropout.h>
#include <carousel/nn/layers/merge.h>
#include <carousel/nn/layers/noise.h>
#include <carousel/nn/layers/preprocessing.h>
#include <carousel/nn/layers/resizing.h>
#include <carousel/nn/layers/shaping.h>

namespace carousel::nn::detail {

std::span<const ListedLayer> plain_layers() {
  // One line a layer.
  // clang-format off
  static constexpr ListedLayer kLayers[] = {
      listed<Activation>("Activation"),
      listed<ActivityRegularization>("ActivityRegularization"),
      listed<Add>("Add"),
      listed<AlphaDropout>("AlphaDropout"),
      listed<Average>("Average"),
      listed<Concatenate>("Concatenate"),
      listed<Dense>("Dense"),
      listed<Dot>("Dot"),
      listed<Dropout>("Dropout"),
      listed<ELU>("ELU"),
      listed<Flatten>("Flatten"),
      listed<GaussianDropout>("GaussianDropout"),
      listed<GaussianNoise>("GaussianNoise"),
      listed<Identity>("Identity"),
      listed<LeakyReLU>("LeakyReLU"),
      listed<Maximum>("Maximum"),
      listed<Minimum>("Minimum"),
      listed<Multiply>("Multiply"),
      listed<PReLU>("PReLU"),
      listed<Permute>("Permute"),
      listed<ReLU>("ReLU"),
      listed<RepeatVector>("RepeatVector"),
      listed<Rescaling>("Rescaling"),
      listed<Reshape>("Reshape"),
      listed<Softmax>("Softmax"),
      listed<SpatialDropout1D>("SpatialDropout1D"),
      listed<SpatialDropout2D>("SpatialDropout2D"),
      listed<Subtract>("Subtract"),
  };
  // clang-format on
  return kLayers;
}

}  // namespace carousel::nn::detail
