// Layers from their configurations.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

#include <carousel/nn/fields.h>
#include <carousel/nn/module.h>

namespace carousel::nn {

// A new layer of the library, or of a class that was registered: `type` is what type_name() says,
// or the registered name, `config` what config() gave. It is not built. FormatError for an unknown
// type, text that is no JSON, or fields that don't fit; ValueError for values that the layer
// refuses.
std::unique_ptr<Module> make_layer(std::string_view type, std::string_view config);

namespace detail {

// What the library has to know of a class of layers.
struct LayerClass {
  std::string type;
  std::unique_ptr<Module> (*read)(std::string_view config);
  // A layer of this class, moved to where a model keeps it.
  std::unique_ptr<Module> (*take)(Module& layer);
  // Whether it is of exactly this class.
  bool (*holds)(const Module& layer);
};

template <class L>
std::unique_ptr<Module> read_layer(std::string_view config) {
  if constexpr (requires { typename L::Options; }) {
    typename L::Options options;
    read_fields(config, [&](Fields& f) { all_fields(f, options); });
    return std::make_unique<L>(std::move(options));
  } else {
    return std::make_unique<L>();
  }
}

template <class L>
std::unique_ptr<Module> take_layer(Module& layer) {
  return std::make_unique<L>(std::move(static_cast<L&>(layer)));
}

template <class L>
bool holds_layer(const Module& layer) {
  return typeid(layer) == typeid(L);
}

void register_class(LayerClass entry);
// The name under which files know a layer's class; GraphError where they don't.
std::string registered_type(const Module& layer);
// The layer, moved out of `layer`. GraphError for a class that is not registered.
std::unique_ptr<Module> take(Module& layer);

}  // namespace detail

// Makes models that hold layers of a class of yours savable, under this name, and lets such layers
// be called on symbols. Files hold its options if it is an nn::Layer<Options>; else it is made
// without arguments, unless its config() says more and `read` understands that.
// ValueError for a name that is taken.
template <std::derived_from<Module> L>
void register_layer(std::string_view name,
                    std::unique_ptr<Module> (*read)(std::string_view) = detail::read_layer<L>) {
  detail::register_class({std::string(name), read, detail::take_layer<L>, detail::holds_layer<L>});
}

}  // namespace carousel::nn
