// One walk over the graph; for autograd/engine.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/node.h>
#include <carousel/tensor/slab_allocator.h>

namespace carousel::detail {

// Dense, its memory nobody else's: it may be added to in place, or handed to the user.
bool is_own(const Tensor& x);

// One walk from roots towards leaves. Holds the nodes it has claimed until it ends, however it
// ends.
class Pass {
 public:
  // create: the derivatives are recorded, too.
  Pass(bool retain, bool create);
  ~Pass();
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;

  void add_root(const Tensor& root, const Tensor& cotangent) {
    deliver(*slot_of(root), root.impl().slot_output, cotangent);
  }

  // Restricts the walk to the paths that lead to `inputs`, whose gradients it captures.
  void capture(std::span<const Tensor> roots, std::span<const Tensor> inputs);

  // Runs the nodes from high numbers to low ones.
  void walk();

  // In the derivative of a matrix product: adds a^T b to the gradient of `weight`, a leaf, some
  // time before walk() ends. A weight that a loop uses in every step so gets one product of all
  // steps' rows in place of a small one a step, each as costly to add as to compute. False: this
  // one is not worth it, or there are no gradients to be gathered; nothing has happened.
  static bool gather(const Tensor& weight, const Tensor& a, const Tensor& b);

  // A leaf's gradient so far: `gradient`, and the products a^T b that are yet to be added to it.
  struct Product {
    Tensor a, b;
  };
  struct Staged {
    Leaf* leaf;
    Tensor gradient;
    std::vector<Product, SlabAllocator<Product>> products = {};
    std::int64_t rows = 0;  // of all products
  };
  std::vector<Staged>& leaves() { return leaves_; }
  std::vector<Tensor>& captured() { return captured_; }

 private:
  struct Waiting {
    std::uint64_t number, sequence;
    Ref<Node> node;
    bool operator<(const Waiting& other) const {
      return number != other.number ? number < other.number : sequence > other.sequence;
    }
  };
  // A thread's buffers, empty, kept from pass to pass so that a training step allocates nothing.
  struct Spare {
    std::vector<Waiting> heap;
    std::vector<Staged> leaves;
  };
  static Spare& spare();
  struct Target {
    GraphObject* object;
    int output;
    std::size_t index;
  };

  void deliver(GraphObject& object, int output, Tensor gradient);
  Staged& stage(Leaf& leaf);
  static void add_products(Staged& staged);
  void enter(Node& node);
  static void leave(Node& node) noexcept;
  void visit(Node& node);
  void run_hooks(Node& node);
  void send(Node& node, std::span<Tensor> gradients);
  void take_captured(const GraphObject& object, int output, const Tensor& gradient);

  bool retain_;
  GradMode mode_;
  std::uint64_t id_;
  std::uint64_t sequence_ = 0;
  std::vector<Waiting> heap_;
  Ref<Node> current_;
  std::vector<Staged> leaves_;
  Pass* outer_ = nullptr;  // that waits for this one, as when a hook calls backward()
  std::vector<Target> targets_;
  std::vector<Tensor> captured_;
  std::vector<Node*> marked_;
};

}  // namespace carousel::detail
