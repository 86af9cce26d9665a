#include <carousel/autograd/pass.h>

#include <algorithm>
#include <utility>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel::detail {

bool is_own(const Tensor& x) {
  const TensorImpl& impl = x.impl();
  return impl.unique() && impl.storage && impl.storage->unique() && impl.dense && !impl.slot &&
         impl.offset == 0;
}

namespace {

std::atomic<std::uint64_t> next_pass{1};
thread_local Pass* walking = nullptr;  // the innermost pass of this thread

// Products are gathered up to so many rows or pieces: what they hold on to stays small.
constexpr std::int64_t kGatheredRows = 2048;
constexpr std::size_t kGatheredProducts = 128;

void add_in_place(const Tensor& sum, const Tensor& x) {
  run_add_into(sum, x);
  sum.impl().storage->bump_version();
}

void accumulate(Tensor& sum, Tensor gradient) {
  if (!sum.defined()) {
    sum = std::move(gradient);
  } else if (!GradMode::enabled() && is_own(sum) && sum.shape() == gradient.shape()) {
    add_in_place(sum, gradient);
  } else if (!GradMode::enabled() && is_own(gradient) && sum.shape() == gradient.shape()) {
    add_in_place(gradient, sum);
    sum = std::move(gradient);
  } else {
    sum = add(sum, gradient);
  }
}

template <class T>
void make_room(std::vector<T>& list) {
  if (list.size() == list.capacity()) list.reserve(list.empty() ? 16 : 2 * list.size());
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

}  // namespace

Pass::Spare& Pass::spare() {
  static thread_local Spare buffers;
  return buffers;
}

Pass::Pass(bool retain, bool create)
    : retain_(retain || create), mode_(create), id_(next_pass.fetch_add(1)) {
  heap_.swap(spare().heap);
  leaves_.swap(spare().leaves);
}

Pass::~Pass() {
  if (walking == this) walking = outer_;
  for (Waiting& w : heap_) leave(*w.node);
  if (current_) leave(*current_);
  for (Node* node : marked_) node->wanted = node->expands = true;
  heap_.clear();
  leaves_.clear();
  heap_.swap(spare().heap);
  leaves_.swap(spare().leaves);
}

void Pass::leave(Node& node) noexcept {
  for (Tensor& gradient : node.staged()) gradient = {};
  node.pass.store(0, std::memory_order_release);
}

void Pass::walk() {
  outer_ = std::exchange(walking, this);
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end());
    current_ = std::move(heap_.back().node);
    heap_.pop_back();
    visit(*current_);
    leave(*current_);
    current_ = {};
  }
  for (Staged& staged : leaves_) add_products(staged);
}

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
  accumulate(stage(static_cast<Leaf&>(object)).gradient, std::move(gradient));
}

Pass::Staged& Pass::stage(Leaf& leaf) {
  std::size_t at = leaf.stage_hint.load(std::memory_order_relaxed);
  if (at >= leaves_.size() || leaves_[at].leaf != &leaf)
    for (at = 0; at < leaves_.size() && leaves_[at].leaf != &leaf;) ++at;
  if (at == leaves_.size()) leaves_.push_back({&leaf, {}});
  leaf.stage_hint.store(static_cast<std::uint32_t>(at), std::memory_order_relaxed);
  return leaves_[at];
}

bool Pass::gather(const Tensor& weight, const Tensor& a, const Tensor& b) {
  GraphObject* const leaf = slot_of(weight);
  if (walking == nullptr || leaf == nullptr || !leaf->is_leaf || GradMode::enabled() ||
      mode().anomaly || a.rank() != 2 || b.rank() != 2)
    return false;
  // Worth it where the product is larger than what it is made of.
  if (a.numel() + b.numel() > weight.numel() || a.numel() == 0 || b.numel() == 0) return false;
  Staged& staged = walking->stage(static_cast<Leaf&>(*leaf));
  staged.products.push_back({a, b});
  staged.rows += a.dim(0);
  if (staged.rows >= kGatheredRows || staged.products.size() >= kGatheredProducts)
    add_products(staged);
  return true;
}

void Pass::add_products(Staged& staged) {
  if (staged.products.empty()) return;
  auto products = std::exchange(staged.products, {});
  const std::int64_t rows = std::exchange(staged.rows, 0);
  Product all = products.front();
  if (products.size() > 1) {
    all = {empty({rows, all.a.dim(1)}, all.a.dtype(), all.a.device()),
           empty({rows, all.b.dim(1)}, all.b.dtype(), all.b.device())};
    std::int64_t at = 0;
    for (const auto& [a, b] : products) {
      run_copy_into(view_slice(all.a, 0, at, a.dim(0), 1), a);
      run_copy_into(view_slice(all.b, 0, at, b.dim(0), 1), b);
      at += a.dim(0);
    }
  }
  accumulate(staged.gradient, run_matmul(view_transpose(all.a, 0, 1), all.b));
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
  if (mode().anomaly) check_finite(node, gradients);
  send(node, gradients);
  if (!retain_) {
    node.released = true;
    for (Saved& saved : node.saved()) saved.tensor = {};
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
    if (GraphObject* object = slot_of(inputs[i]))
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
    for (const Tensor& root : roots) reach(slot_of(root));
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

}  // namespace carousel::detail
