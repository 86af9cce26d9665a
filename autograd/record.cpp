#include <carousel/autograd/record.h>

#include <algorithm>

#include <carousel/autograd/anomaly.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel {

namespace detail {
namespace {
thread_local std::uint64_t counter __attribute__((tls_model("initial-exec"))) = 0;

std::uint32_t version_of(const Tensor& x) {
  const auto& storage = x.impl().storage;
  return storage ? storage->version() : 0;
}

void connect(Node& node, std::span<const Input> inputs) {
  std::uint64_t number = counter;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].tensor->defined()) continue;
    const TensorImpl& impl = inputs[i].tensor->impl();
    Edge& edge = node.edges()[i];
    edge.shape = impl.shape;
    if (!impl.slot) continue;
    edge.to = Ref<GraphObject>::share(static_cast<GraphObject*>(impl.slot.get()));
    edge.output = impl.slot_output;
    edge.dtype = impl.dtype;
    if (!edge.to->is_leaf) number = std::max(number, static_cast<Node*>(edge.to.get())->number);
  }
  counter = node.number = number + 1;
}

void attach(const Tensor& output, Ref<Node> node, std::size_t k) {
  if (!output.defined() || !is_floating(output.dtype())) return;
  output.impl().slot = std::move(node);
  output.impl().slot_output = static_cast<int>(k);
}

}  // namespace

void record_node(const char* name, std::span<Tensor* const> outputs, std::span<const Input> inputs,
                 std::span<const Save> saved, Node::Function function, const void* closure,
                 std::size_t closure_bytes) {
  Ref<Node> node = Node::create(name,
                                {static_cast<int>(inputs.size()), static_cast<int>(saved.size()),
                                 static_cast<int>(outputs.size()), closure_bytes},
                                function, closure);
  connect(*node, inputs);
  for (std::size_t i = 0; i < saved.size(); ++i) {
    Saved& entry = node->saved()[i];
    entry.output = saved[i].output;
    // A saved output is kept without its slot: with it the node would own itself.
    if (entry.output >= 0) {
      const Tensor& output = *outputs[static_cast<std::size_t>(entry.output)];
      if (output.defined()) entry.tensor = alias(output);
    } else if (saved[i].tensor->defined()) {
      entry.tensor = *saved[i].tensor;
    }
    if (entry.tensor.defined()) entry.version = version_of(entry.tensor);
  }
  if (mode().anomaly) node->extra().where = forward_line();
  // The last output takes over the creator's reference: each saved here is two locked instructions.
  for (std::size_t k = 0; k + 1 < outputs.size(); ++k) attach(*outputs[k], node, k);
  attach(*outputs.back(), std::move(node), outputs.size() - 1);
}

}  // namespace detail

bool Backward::needs(int i) const {
  const detail::Edge& edge = node_->edges()[static_cast<std::size_t>(i)];
  return edge.to && (edge.to->is_leaf || static_cast<detail::Node*>(edge.to.get())->wanted);
}

Tensor Backward::saved(int i) const {
  const detail::Saved& entry = node_->saved()[static_cast<std::size_t>(i)];
  if (!entry.tensor.defined()) return {};
  const std::uint32_t version = detail::version_of(entry.tensor);
  if (version != entry.version)
    throw GraphError(node_->name, "a tensor " + to_string(entry.tensor.shape()) +
                                      " that backward needs was written to after the forward pass "
                                      "(version " +
                                      std::to_string(version) + ", saved at " +
                                      std::to_string(entry.version) + ")");
  if (entry.output < 0 || !GradMode::enabled()) return entry.tensor;
  Tensor output = detail::alias(entry.tensor);
  output.impl().slot = detail::Ref<detail::RefCounted>::share(node_);
  output.impl().slot_output = entry.output;
  return output;
}

bool Backward::may_consume(int i) {
  detail::Saved& entry = node_->saved()[static_cast<std::size_t>(i)];
  if (retained_ || GradMode::enabled() || !entry.tensor.defined()) return false;
  const detail::TensorImpl& impl = entry.tensor.impl();
  if (!impl.unique() || !impl.storage || !impl.storage->unique()) return false;
  node_->released = true;
  impl.storage->bump_version();
  entry.version = impl.storage->version();
  return true;
}

}  // namespace carousel
