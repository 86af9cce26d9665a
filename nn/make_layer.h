// Layers from their configurations.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <carousel/nn/module.h>

namespace carousel::nn {

// A new layer of the library: `type` is what type_name() says, `config` what config() gave. It is
// not built. FormatError for an unknown type, text that is no JSON, or fields that don't fit;
// ValueError for values that the layer refuses.
std::unique_ptr<Module> make_layer(std::string_view type, std::string_view config);

}  // namespace carousel::nn
