// How an operation enters the graph: its derivative stands under its forward.
//
//   Tensor tanh(const Tensor& x) {
//     Tensor y = detail::run(Kernel::tanh, x);
//     return record("tanh", y, {x}, {saved_output(0)}, [](Backward& b) {
//       b.grad(0) = tanh_grad(b.saved(0), b.dy());
//     });
//   }
#pragma once

#include <initializer_list>
#include <span>
#include <type_traits>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/node.h>

namespace carousel {

// What a derivative sees. It calls public operations, so that it can be differentiated again.
class Backward {
 public:
  Backward(detail::Node& node, bool retained, std::span<Tensor> gradients)
      : node_(&node), retained_(retained), gradients_(gradients) {}

  int inputs() const { return static_cast<int>(node_->edges().size()); }
  // Of input i as it was recorded.
  const Shape& input_shape(int i) const {
    return node_->edges()[static_cast<std::size_t>(i)].shape;
  }
  // Whether input i's gradient is wanted; work for an unwanted one is wasted.
  bool needs(int i) const;
  // The gradient of output k; undefined where nothing depended on it (never with one output).
  const Tensor& dy(int k = 0) const { return node_->staged()[static_cast<std::size_t>(k)]; }
  // The i-th saved tensor. GraphError if it was written to since.
  Tensor saved(int i) const;
  // Whether the i-th saved tensor's memory may be overwritten: nobody else will read it. Ask before
  // saved(i). A yes marks the node as consumed: a second backward is then an error.
  bool may_consume(int i);
  // To be set to the gradient of input i; may have the broadcast shape. Undefined means zero.
  Tensor& grad(int i) { return gradients_[static_cast<std::size_t>(i)]; }

 private:
  detail::Node* node_;
  bool retained_;
  std::span<Tensor> gradients_;
};

// An operand of record(), by reference.
struct Input {
  Input(const Tensor& x) : tensor(&x) {}  // NOLINT
  const Tensor* tensor;
};
// A tensor to keep for backward: an input (or any constant), or an output by number.
struct Save {
  Save(const Tensor& x) : tensor(&x) {}  // NOLINT
  explicit Save(int k) : output(k) {}
  const Tensor* tensor = nullptr;
  int output = -1;
};
inline Save saved_output(int k) { return Save(k); }

namespace detail {
// Makes `outputs` the results of a new node.
void record_node(const char* name, std::span<Tensor* const> outputs, std::span<const Input> inputs,
                 std::span<const Save> saved, Node::Function function, const void* closure,
                 std::size_t closure_bytes);

inline bool wants_gradient(std::span<const Input> inputs) {
  if (!mode().gradients) return false;
  for (const Input& input : inputs)
    if (input.tensor->defined() && input.tensor->impl().slot) return true;
  return false;
}

template <class Fn>
void record_outputs(const char* name, std::span<Tensor* const> outputs,
                    std::span<const Input> inputs, std::span<const Save> saved, const Fn& fn) {
  static_assert(std::is_trivially_copyable_v<Fn>,
                "a derivative may capture numbers and axes only; tensors go into the saved list");
  static_assert(alignof(Fn) <= 16);
  if (!wants_gradient(inputs)) return;
  record_node(
      name, outputs, inputs, saved,
      [](void* closure, Backward& pass) { (*static_cast<const Fn*>(closure))(pass); }, &fn,
      sizeof(Fn));
}
}  // namespace detail

// y as the result of `name` on `inputs`; y itself if none of them wants a gradient. An undefined
// input is allowed and has no gradient.
template <class Fn>
Tensor record(const char* name, Tensor y, std::initializer_list<Input> inputs,
              std::initializer_list<Save> saved, const Fn& fn) {
  Tensor* const outputs[] = {&y};
  detail::record_outputs(name, outputs, {inputs.begin(), inputs.size()},
                         {saved.begin(), saved.size()}, fn);
  return y;
}

// Any number of inputs.
template <class Fn>
Tensor record(const char* name, Tensor y, std::span<const Input> inputs,
              std::span<const Save> saved, const Fn& fn) {
  Tensor* const outputs[] = {&y};
  detail::record_outputs(name, outputs, inputs, saved, fn);
  return y;
}

// Several outputs, given by pointer.
template <class Fn>
void record(const char* name, std::initializer_list<Tensor*> outputs,
            std::initializer_list<Input> inputs, std::initializer_list<Save> saved, const Fn& fn) {
  detail::record_outputs(name, {outputs.begin(), outputs.size()}, {inputs.begin(), inputs.size()},
                         {saved.begin(), saved.size()}, fn);
}

}  // namespace carousel
