// The graph: nodes that remember how to turn output gradients into input gradients.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <carousel/tensor/tensor.h>

namespace carousel {
class Backward;
}

namespace carousel::detail {

// A function on gradients, attached by register_hook. An undefined result leaves the gradient.
class Hook : public RefCounted {
 public:
  virtual Tensor call(const Tensor& gradient) = 0;
};

// What a tensor's autograd slot holds: the leaf that it is, or the node that made it.
class GraphObject : public RefCounted {
 public:
  explicit GraphObject(bool leaf) : is_leaf(leaf) {}
  const bool is_leaf;
};

// A tensor that the user wants gradients for.
class Leaf final : public GraphObject {
 public:
  Leaf() : GraphObject(true) {}
  Tensor gradient;
  std::vector<Ref<Hook>> hooks;
  // Where the last backward pass staged this leaf's gradient; a hint only.
  std::atomic<std::uint32_t> stage_hint{0};
};

// Where the gradient of one input goes; the input's shape and dtype to bring it back to.
struct Edge {
  Ref<GraphObject> to;  // null: no gradient wanted
  int output = 0;
  DType dtype = f32;
  Shape shape;
};

// A tensor kept for backward, with the version it had.
struct Saved {
  Tensor tensor;
  std::uint32_t version = 0;
  int output = -1;  // of this node; -1: an input or a constant
};

// One recorded operation. Allocated in one piece with its edges, saved tensors, staged gradients
// and closure.
class Node final : public GraphObject {
 public:
  using Function = void (*)(void* closure, Backward&);
  struct Extra {
    std::vector<std::pair<int, Ref<Hook>>> hooks;  // by output
    std::string where;                             // anomaly mode: the forward line
  };
  struct Sizes {
    int inputs, saved, outputs;
    std::size_t closure;
  };

  static Ref<Node> create(const char* name, const Sizes& sizes, Function function,
                          const void* closure);
  ~Node() override;

  std::span<Edge> edges() { return {edges_, static_cast<std::size_t>(sizes_.inputs)}; }
  std::span<Saved> saved() { return {saved_, static_cast<std::size_t>(sizes_.saved)}; }
  // Gradients of the outputs, gathered while a pass walks.
  std::span<Tensor> staged() { return {staged_, static_cast<std::size_t>(sizes_.outputs)}; }
  void run(Backward& step) { function_(closure_, step); }
  Extra& extra();
  Extra* find_extra() { return extra_.get(); }

  const char* name;
  std::uint64_t number = 0;            // larger than its inputs': a topological order
  std::atomic<std::uint64_t> pass{0};  // the backward pass that holds this node
  bool released = false;               // a pass that did not retain the graph was here
  // Cleared for a while by grad(): whether the node's own gradient, and its inputs', lead to what
  // was asked for.
  bool wanted = true, expands = true;

 private:
  Node(const char* node_name, const Sizes& sizes, Function function);
  void dispose() noexcept override;

  Sizes sizes_;
  Function function_;
  Edge* edges_ = nullptr;
  Saved* saved_ = nullptr;
  Tensor* staged_ = nullptr;
  void* closure_ = nullptr;
  std::size_t bytes_ = 0;
  std::unique_ptr<Extra> extra_;
};

// x's slot, or null.
inline GraphObject* slot_of(const Tensor& x) {
  return static_cast<GraphObject*>(x.impl().slot.get());
}

}  // namespace carousel::detail
