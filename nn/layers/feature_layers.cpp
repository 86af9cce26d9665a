#include <carousel/nn/layer_list.h>
#include <carousel/nn/layers/attention.h>
#include <carousel/nn/layers/einsum_dense.h>
#include <carousel/nn/layers/embedding.h>
#include <carousel/nn/layers/masking.h>
#include <carousel/nn/layers/normalization.h>
#include <carousel/nn/layers/preprocessing.h>

namespace carousel::nn::detail {

std::span<const ListedLayer> feature_layers() {
  // One line a layer.
  // clang-format off
  static constexpr ListedLayer kLayers[] = {
    listed<AdditiveAttention>("AdditiveAttention"),
    listed<Attention>("Attention"),
    listed<BatchNormalization>("BatchNormalization"),
    listed<EinsumDense>("EinsumDense"),
    listed<Embedding>("Embedding"),
    listed<GroupNormalization>("GroupNormalization"),
    listed<GroupQueryAttention>("GroupQueryAttention"),
    listed<GroupQueryAttention>("GroupedQueryAttention"),  // the class of Keras
    listed<LayerNormalization>("LayerNormalization"),
    listed<Masking>("Masking"),
    listed<MultiHeadAttention>("MultiHeadAttention"),
    listed<Normalization>("Normalization"),
    listed<RMSNormalization>("RMSNormalization"),
    listed<UnitNormalization>("UnitNormalization"),
  };
  // clang-format on
  return kLayers;
}

}  // namespace carousel::nn::detail
