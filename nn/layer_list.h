// The lists of the library's layers, one a family: all of them in one file would take too long to
// compile.
#pragma once

#include <span>

#include <carousel/nn/make_layer.h>

namespace carousel::nn::detail {

// As LayerClass, but a constant.
struct ListedLayer {
  const char* type;
  std::unique_ptr<Module> (*read)(std::string_view config);
  std::unique_ptr<Module> (*take)(Module& layer);
  bool (*holds)(const Module& layer);
};
template <class L>
constexpr ListedLayer listed(const char* type,
                             std::unique_ptr<Module> (*read)(std::string_view) = read_layer<L>) {
  return {type, read, take_layer<L>, holds_layer<L>};
}

// Convolution, pooling, and what changes an image's size.
std::span<const ListedLayer> window_layers();
// Attention, normalisation, embedding.
std::span<const ListedLayer> feature_layers();
// Activations, merging, noise, shapes, dense layers.
std::span<const ListedLayer> plain_layers();

}  // namespace carousel::nn::detail
