#include <carousel/autograd/engine.h>

#include <algorithm>
#include <mutex>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel {
namespace {

using detail::Edge;
using detail::GraphObject;
using detail::Leaf;
using detail::Node;
using detail::Ref;

std::atomic<std::uint64_t> next_pass{1};

// Dense, its memory nobody else's: it may be added to in place, or handed to the user.
bool is_own(const Tensor& x) {
  const detail::TensorImpl& impl = x.impl();
  return impl.unique() && impl.storage && impl.storage->unique() && impl.dense && !impl.slot &&
         impl.offset == 0;
}

void accumulate(Tensor& sum, Tensor gradient) {
  if (!sum.defined()) {
    sum = std::move(gradient);
  } else if (!GradMode::enabled() && is_own(sum) && sum.shape() == gradient.shape()) {
    detail::run_add_into(sum, gradient);
  } else if (!GradMode::enabled() && is_own(gradient) && sum.shape() == gradient.shape()) {
    detail::run_add_into(gradient, sum);
    sum = std::move(gradient);
  } else {
    sum = add(sum, gradient);
  }
}

template <class T>
void make_room(std::vector<T>& list) {
  if (list.size() == list.capacity()) list.reserve(list.empty() ? 16 : 2 * list.size());
}

// One walk from roots towards leaves. Holds the nodes it has claimed until it ends, however it
// ends.
class Pass {
 public:
  Pass(bool retain, bool create) : retain_(retain || create), mode_(create) {
    heap_.swap(spare().heap);
    leaves_.swap(spare().leaves);
  }
  ~Pass() {
    for (Waiting& w : heap_) leave(*w.node);
    if (current_) leave(*current_);
    for (Node* node : marked_) node->wanted = node->expands = true;
    heap_.clear();
    leaves_.clear();
    heap_.swap(spare().heap);
    leaves_.swap(spare().leaves);
  }

  void add_root(const Tensor& root, const Tensor& cotangent) {
    GraphObject* object = detail::slot_of(root);
    deliver(*object, root.impl().slot_output, cotangent);
  }

  // Restricts the walk to the paths that lead to `inputs`, whose gradients it captures.
  void capture(std::span<const Tensor> roots, std::span<const Tensor> inputs);

  void walk() {
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end());
      current_ = std::move(heap_.back().node);
      heap_.pop_back();
      visit(*current_);
      leave(*current_);
      current_ = {};
    }
  }

  struct Staged {
    Leaf* leaf;
    Tensor gradient;
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
  static Spare& spare() {
    static thread_local Spare buffers;
    return buffers;
  }
  struct Target {
    GraphObject* object;
    int output;
    std::size_t index;
  };

  void deliver(GraphObject& object, int output, Tensor gradient);
  void enter(Node& node);
  void leave(Node& node) noexcept {
    for (Tensor& gradient : node.staged()) gradient = {};
    node.pass.store(0, std::memory_order_release);
  }
  void visit(Node& node);
  void run_hooks(Node& node);
  void send(Node& node, std::span<Tensor> gradients);
  void take_captured(const GraphObject& object, int output, const Tensor& gradient);

  bool retain_;
  GradMode mode_;
  std::uint64_t id_ = next_pass.fetch_add(1);
  std::uint64_t sequence_ = 0;
  std::vector<Waiting> heap_;
  Ref<Node> current_;
  std::vector<Staged> leaves_;
  std::vector<Target> targets_;
  std::vector<Tensor> captured_;
  std::vector<Node*> marked_;
};

void Pass::enter(Node& node) {
  std::uint64_t expected = 0;
  make_room(heap_);  // what may throw comes before the claim
  if (node.pass.compare_exchange_strong(expected, id_, std::memory_order_acq_rel)) {
    heap_.push_back({node.number, sequence_++, Ref<Node>::share(&node)});
    std::push_heap(heap_.begin(), heap_.end());
    return;
  }
  if (expected != id_)
    throw GraphError(node.name, "another backward pass is walking over this part of the graph");
}

void Pass::deliver(GraphObject& object, int output, Tensor gradient) {
  if (!object.is_leaf) {
    Node& node = static_cast<Node&>(object);
    enter(node);
    accumulate(node.staged()[static_cast<std::size_t>(output)], std::move(gradient));
    return;
  }
  Leaf& leaf = static_cast<Leaf&>(object);
  std::size_t at = leaf.stage_hint.load(std::memory_order_relaxed);
  if (at >= leaves_.size() || leaves_[at].leaf != &leaf)
    for (at = 0; at < leaves_.size() && leaves_[at].leaf != &leaf;) ++at;
  if (at == leaves_.size()) leaves_.push_back({&leaf, {}});
  leaf.stage_hint.store(static_cast<std::uint32_t>(at), std::memory_order_relaxed);
  accumulate(leaves_[at].gradient, std::move(gradient));
}

void Pass::run_hooks(Node& node) {
  if (Node::Extra* extra = node.find_extra())
    for (auto& [output, hook] : extra->hooks) {
      Tensor& gradient = node.staged()[static_cast<std::size_t>(output)];
      if (!gradient.defined()) continue;
      const Tensor replaced = hook->call(gradient);
      if (replaced.defined()) gradient = replaced;
    }
}

void check_finite(Node& node, std::span<const Tensor> gradients) {
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined() || !any(isnan(gradients[i].detach())).item<bool>()) continue;
    const Node::Extra* extra = node.find_extra();
    throw NumericError(node.name, "the gradient of input " + std::to_string(i) + " " +
                                      to_string(gradients[i].shape()) + " contains NaN" +
                                      (extra != nullptr ? "; forward was called at " + extra->where
                                                        : std::string()));
  }
}

void Pass::visit(Node& node) {
  if (node.released)
    throw GraphError(node.name,
                     "backward a second time: what the graph had saved was freed; pass "
                     "retain_graph = true the first time");
  run_hooks(node);
  for (std::size_t k = 0; k < node.staged().size(); ++k)
    take_captured(node, static_cast<int>(k), node.staged()[k]);
  if (!node.expands) return;
  constexpr std::size_t kInline = 8;
  Tensor few[kInline];
  std::vector<Tensor> many;
  const std::size_t inputs = node.edges().size();
  if (inputs > kInline) many.resize(inputs);
  const std::span<Tensor> gradients = inputs > kInline ? std::span(many) : std::span(few, inputs);
  Backward step(node, retain_, gradients);
  node.run(step);
  if (detail::mode().anomaly) check_finite(node, gradients);
  send(node, gradients);
  if (!retain_) {
    node.released = true;
    for (detail::Saved& saved : node.saved()) saved.tensor = {};
  }
}

void Pass::send(Node& node, std::span<Tensor> gradients) {
  for (Tensor& gradient : node.staged()) gradient = {};
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const Edge& edge = node.edges()[i];
    Tensor& gradient = gradients[i];
    if (!edge.to || !gradient.defined()) continue;
    if (!edge.to->is_leaf && !static_cast<Node*>(edge.to.get())->wanted) continue;
    if (gradient.dtype() != edge.dtype)
      throw GraphError(node.name, "internal: the gradient of input " + std::to_string(i) + " is " +
                                      to_string(gradient.dtype()) + ", the input " +
                                      to_string(edge.dtype));
    if (!(gradient.shape() == edge.shape)) gradient = sum_to(gradient, edge.shape);
    deliver(*edge.to, edge.output, std::move(gradient));
  }
}

void Pass::take_captured(const GraphObject& object, int output, const Tensor& gradient) {
  for (const Target& target : targets_)
    if (target.object == &object && target.output == output && gradient.defined())
      captured_[target.index] = gradient;
}

void Pass::capture(std::span<const Tensor> roots, std::span<const Tensor> inputs) {
  captured_.resize(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (GraphObject* object = detail::slot_of(inputs[i]))
      targets_.push_back({object, inputs[i].impl().slot_output, i});
  const auto is_target = [&](const GraphObject* object) {
    for (const Target& target : targets_)
      if (target.object == object) return true;
    return false;
  };
  // Everything reachable, then whether it leads to a target, inputs before outputs.
  std::vector<Node*> stack;
  const auto reach = [&](GraphObject* object) {
    if (object == nullptr || object->is_leaf) return;
    Node* node = static_cast<Node*>(object);
    std::uint64_t expected = 0;
    make_room(marked_);
    make_room(stack);
    if (!node->pass.compare_exchange_strong(expected, id_)) {
      if (expected == id_) return;
      throw GraphError(node->name, "another backward pass is walking over this part of the graph");
    }
    marked_.push_back(node);
    stack.push_back(node);
  };
  try {
    for (const Tensor& root : roots) reach(detail::slot_of(root));
    while (!stack.empty()) {
      Node* node = stack.back();
      stack.pop_back();
      for (const Edge& edge : node->edges()) reach(edge.to.get());
    }
  } catch (...) {
    for (Node* node : marked_) node->pass = 0;
    throw;
  }
  std::sort(marked_.begin(), marked_.end(),
            [](const Node* a, const Node* b) { return a->number < b->number; });
  for (Node* node : marked_) {
    node->pass = 0;
    node->expands = false;
    for (const Edge& edge : node->edges())
      if (edge.to && (is_target(edge.to.get()) ||
                      (!edge.to->is_leaf && static_cast<Node*>(edge.to.get())->wanted)))
        node->expands = true;
    node->wanted = node->expands || is_target(node);
  }
}

Tensor root_cotangent(const char* op, const Tensor& root, const std::vector<Tensor>& given,
                      std::size_t i) {
  if (i < given.size() && given[i].defined()) {
    const Tensor& cotangent = given[i];
    if (!(cotangent.shape() == root.shape()))
      throw ShapeError(op, "the cotangent " + to_string(cotangent.shape()) +
                               " differs from the root " + to_string(root.shape()));
    detail::check_same_dtype(op, cotangent, root);
    detail::check_same_device(op, cotangent, root);
    return cotangent;
  }
  if (root.numel() != 1)
    throw GraphError(op, "a root of shape " + to_string(root.shape()) +
                             " needs a cotangent of its shape; only one element has 1 by default");
  Tensor one = detail::empty(root.shape(), root.dtype(), root.device());
  detail::run_fill(one, 1);
  return one;
}

void add_roots(const char* op, Pass& pass, std::span<const Tensor> roots,
               const std::vector<Tensor>& cotangents) {
  if (cotangents.size() > roots.size())
    throw ValueError(op, std::to_string(cotangents.size()) + " cotangents for " +
                             std::to_string(roots.size()) + " roots");
  for (std::size_t i = 0; i < roots.size(); ++i) {
    if (!roots[i].impl().slot)
      throw GraphError(op, "a root of shape " + to_string(roots[i].shape()) +
                               " depends on nothing that wants a gradient");
    pass.add_root(roots[i], root_cotangent(op, roots[i], cotangents, i));
  }
}

std::mutex commit_mutex;

// The staged gradient as the leaf's own memory, the leaf's hooks applied.
Tensor finished(Leaf& leaf, Tensor gradient) {
  for (const Ref<detail::Hook>& hook : leaf.hooks) {
    const Tensor replaced = hook->call(gradient);
    if (replaced.defined()) gradient = replaced;
  }
  return gradient;
}

void commit(std::vector<Pass::Staged>& leaves) {
  for (Pass::Staged& staged : leaves)
    staged.gradient = finished(*staged.leaf, std::move(staged.gradient));
  const std::lock_guard lock(commit_mutex);
  for (Pass::Staged& staged : leaves) {
    if (staged.leaf->gradient.defined()) {
      staged.gradient = add(staged.leaf->gradient, staged.gradient);
    } else if (!is_own(staged.gradient)) {
      staged.gradient = detail::run_copy(staged.gradient);
    }
  }
  for (Pass::Staged& staged : leaves) staged.leaf->gradient = std::move(staged.gradient);
}

}  // namespace

void backward(std::span<const Tensor> roots, const BackwardOptions& options) {
  Pass pass(options.retain_graph, false);
  add_roots("backward", pass, roots, options.cotangents);
  pass.walk();
  commit(pass.leaves());
}

void backward(const Tensor& root, const BackwardOptions& options) {
  backward(std::span(&root, 1), options);
}

std::vector<Tensor> grad(std::span<const Tensor> outputs, std::span<const Tensor> inputs,
                         const GradOptions& options) {
  Pass pass(options.retain_graph, options.create_graph);
  for (const Tensor& input : inputs)
    if (!input.impl().slot && !options.allow_unused)
      throw GraphError("grad", "an input of shape " + to_string(input.shape()) +
                                   " does not want a gradient: set_requires_grad() first");
  pass.capture(outputs, inputs);
  add_roots("grad", pass, outputs, options.cotangents);
  pass.walk();
  std::vector<Tensor> result = std::move(pass.captured());
  for (Pass::Staged& staged : pass.leaves())
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (detail::slot_of(inputs[i]) == staged.leaf)
        result[i] = finished(*staged.leaf, staged.gradient);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!result[i].defined() && !options.allow_unused)
      throw GraphError("grad", "no output depends on an input of shape " +
                                   to_string(inputs[i].shape()) +
                                   "; allow_unused = true gives an undefined gradient");
  return result;
}

std::vector<Tensor> grad(const Tensor& output, std::initializer_list<Tensor> inputs,
                         const GradOptions& options) {
  return grad(std::span(&output, 1), std::span(inputs.begin(), inputs.size()), options);
}

}  // namespace carousel
