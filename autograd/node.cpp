#include <carousel/autograd/node.h>

#include <cstring>
#include <new>

namespace carousel::detail {

Node::Node(const char* node_name, const Sizes& sizes, Function function)
    : GraphObject(false), name(node_name), sizes_(sizes), function_(function) {}

Node::~Node() {
  std::destroy_n(edges_, sizes_.inputs);
  std::destroy_n(saved_, sizes_.saved);
  std::destroy_n(staged_, sizes_.outputs);
}

void Node::dispose() noexcept {
  const std::size_t bytes = bytes_;
  this->~Node();
  slab_free(this, bytes);
}

Ref<Node> Node::create(const char* name, const Sizes& sizes, Function function,
                       const void* closure) {
  static_assert(alignof(Edge) <= 16 && alignof(Saved) <= 16 && sizeof(Tensor) == sizeof(void*));
  const auto up = [](std::size_t bytes) { return (bytes + 15) / 16 * 16; };
  const auto inputs = static_cast<std::size_t>(sizes.inputs),
             kept = static_cast<std::size_t>(sizes.saved),
             outputs = static_cast<std::size_t>(sizes.outputs);
  const std::size_t edges = up(sizeof(Node)), saved = edges + up(sizeof(Edge) * inputs),
                    staged = saved + up(sizeof(Saved) * kept),
                    tail = staged + up(sizeof(Tensor) * outputs), bytes = tail + up(sizes.closure);
  char* memory = static_cast<char*>(slab_allocate(bytes));
  Node* node = ::new (memory) Node(name, sizes, function);
  node->bytes_ = bytes;
  node->edges_ = reinterpret_cast<Edge*>(memory + edges);
  node->saved_ = reinterpret_cast<Saved*>(memory + saved);
  node->staged_ = reinterpret_cast<Tensor*>(memory + staged);
  node->closure_ = memory + tail;
  std::uninitialized_default_construct_n(node->edges_, inputs);
  std::uninitialized_default_construct_n(node->saved_, kept);
  std::uninitialized_default_construct_n(node->staged_, outputs);
  if (sizes.closure > 0) std::memcpy(node->closure_, closure, sizes.closure);
  return Ref<Node>::adopt(node);
}

Node::Extra& Node::extra() {
  if (!extra_) extra_ = std::make_unique<Extra>();
  return *extra_;
}

}  // namespace carousel::detail
