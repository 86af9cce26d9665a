// The members of Tensor that speak about gradients.
#include <carousel/autograd/engine.h>
#include <carousel/autograd/grad_mode.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel {

using detail::GraphObject;
using detail::Leaf;
using detail::Node;

bool Tensor::requires_grad() const { return static_cast<bool>(impl().slot); }

bool Tensor::is_leaf() const {
  const GraphObject* object = detail::slot_of(*this);
  return object == nullptr || object->is_leaf;
}

Tensor& Tensor::set_requires_grad(bool value) {
  if (!is_leaf())
    throw GraphError("set_requires_grad", "a tensor " + to_string(shape()) +
                                              " that an operation made is no leaf: detach() it");
  if (value) detail::check_floating("set_requires_grad", *this);
  if (value == requires_grad()) return *this;
  impl().slot = value ? detail::make_ref<Leaf>() : detail::Ref<Leaf>();
  return *this;
}

namespace {
Leaf& leaf_of(const char* op, const Tensor& x) {
  GraphObject* object = detail::slot_of(x);
  if (object == nullptr || !object->is_leaf)
    throw GraphError(op, "a tensor " + to_string(x.shape()) +
                             (object == nullptr ? " does not want a gradient"
                                                : " that an operation made keeps no gradient") +
                             ": set_requires_grad() on a leaf");
  return static_cast<Leaf&>(*object);
}
}  // namespace

Tensor Tensor::grad() const {
  const GraphObject* object = detail::slot_of(*this);
  if (object == nullptr || !object->is_leaf) return {};
  return static_cast<const Leaf*>(object)->gradient;
}

void Tensor::set_grad(const Tensor& gradient) {
  Leaf& leaf = leaf_of("set_grad", *this);
  if (gradient.defined()) {
    if (!(gradient.shape() == shape()))
      throw ShapeError("set_grad", "a gradient " + to_string(gradient.shape()) + " for a tensor " +
                                       to_string(shape()));
    detail::check_same_dtype("set_grad", *this, gradient);
    detail::check_same_device("set_grad", *this, gradient);
  }
  // With its graph it could hold, by way of this tensor, itself.
  leaf.gradient = gradient.defined() && detail::slot_of(gradient) ? gradient.detach() : gradient;
}

void Tensor::zero_grad() {
  GraphObject* object = detail::slot_of(*this);
  if (object != nullptr && object->is_leaf) static_cast<Leaf*>(object)->gradient = {};
}

void Tensor::backward(const Tensor& cotangent, bool retain_graph) const {
  BackwardOptions options;
  if (cotangent.defined()) options.cotangents.push_back(cotangent);
  options.retain_graph = retain_graph;
  carousel::backward(*this, options);
}

Tensor Tensor::detach() const { return detail::alias(*this); }

namespace detail {

void add_hook(const Tensor& x, Ref<Hook> hook) {
  GraphObject* object = slot_of(x);
  if (object == nullptr)
    throw GraphError("register_hook",
                     "a tensor " + to_string(x.shape()) + " takes part in no graph");
  if (object->is_leaf)
    static_cast<Leaf*>(object)->hooks.push_back(std::move(hook));
  else
    static_cast<Node*>(object)->extra().hooks.emplace_back(x.impl().slot_output, std::move(hook));
}

}  // namespace detail
}  // namespace carousel
