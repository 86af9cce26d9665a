// What symbols hang on. For the library's own use.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <carousel/nn/module.h>
#include <carousel/nn/symbol.h>

namespace carousel::nn::detail {

// The name of the first model that begins at an Input, for errors. Models of one graph may be made
// in several threads.
class FirstModel {
 public:
  // Does nothing but for the first.
  void note(const std::string& name) {
    std::call_once(once_, [&] {
      name_ = name;
      noted_.store(true, std::memory_order_release);
    });
  }
  // Empty before.
  std::string name() const {
    return noted_.load(std::memory_order_acquire) ? name_ : std::string();
  }

 private:
  std::once_flag once_;
  std::atomic<bool> noted_{false};
  std::string name_;
};

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
  std::uint64_t number = 0;       // calls come after what they are made of
  mutable FirstModel model = {};  // of an Input
};

// What the symbols stand for, on the meta device; GraphError if one is undefined.
Values samples_of(const Symbols& symbols, int choice);
// Tensors on the meta device for sizes of which some are -1, by either choice.
Value sample(const std::vector<std::int64_t>& sizes, DType dtype, int choice);

// Of a node's output; -1 where any will do.
std::vector<std::int64_t> sizes_of(const GraphNode& node, int output);
// "(None, 10, 5)".
std::string size_text(const std::vector<std::int64_t>& sizes);

}  // namespace carousel::nn::detail
