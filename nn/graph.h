// What symbols hang on. For the library's own use.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <carousel/nn/module.h>
#include <carousel/nn/symbol.h>

namespace carousel::nn::detail {

// A layer's call in a functional graph, or an Input; its connections never change, so there are no
// cycles.
struct GraphNode {
  std::shared_ptr<Module> layer;    // none: an Input
  std::string name;                 // an Input's own
  std::vector<std::int64_t> sizes;  // an Input's, with the batch
  Symbols inputs;
  // The outputs on the meta device, for two choices of the sizes that are free: those of an
  // output's that differ are free, too.
  Values outputs[2];
  std::uint64_t number = 0;  // calls come after what they are made of
  // Of an Input: the first model that begins at it, for errors.
  mutable std::string model = {};
};

// Tensors on the meta device for sizes of which some are -1, by either choice.
Value sample(const std::vector<std::int64_t>& sizes, DType dtype, int choice);

// Of a node's output; -1 where any will do.
std::vector<std::int64_t> sizes_of(const GraphNode& node, int output);
// "(None, 10, 5)".
std::string size_text(const std::vector<std::int64_t>& sizes);

}  // namespace carousel::nn::detail
