// Reverse-mode differentiation of what was recorded.
#pragma once

#include <span>
#include <vector>

#include <carousel/autograd/node.h>
#include <carousel/tensor/tensor.h>

namespace carousel {

struct BackwardOptions {
  // One a root; an undefined or missing one is 1 for a root of one element.
  std::vector<Tensor> cotangents = {};
  // Keep what the graph saved, for another pass.
  bool retain_graph = false;
};

// Accumulates the gradients of sum(root * cotangent) into grad() of every leaf they depend on. If
// anything is thrown, no leaf's grad() has changed.
// GraphError: no root depends on a leaf; a root of several elements without a cotangent; a graph
// that an earlier pass has freed; a saved tensor that was written to. ShapeError, DTypeError: a
// cotangent unlike its root.
void backward(std::span<const Tensor> roots, const BackwardOptions& options = {});
void backward(const Tensor& root, const BackwardOptions& options = {});

struct GradOptions {
  std::vector<Tensor> cotangents = {};
  bool retain_graph = false;
  // The gradients carry a graph of their own and can be differentiated again; implies retain_graph.
  bool create_graph = false;
  // An input that no output depends on gives an undefined gradient instead of a GraphError.
  bool allow_unused = false;
};

// The gradients of sum(output * cotangent) with respect to `inputs`, which may be leaves or results
// of operations; nothing is accumulated.
std::vector<Tensor> grad(std::span<const Tensor> outputs, std::span<const Tensor> inputs,
                         const GradOptions& options = {});
std::vector<Tensor> grad(const Tensor& output, std::initializer_list<Tensor> inputs,
                         const GradOptions& options = {});

namespace detail {
void add_hook(const Tensor& x, Ref<Hook> hook);
}  // namespace detail

// Calls fn(gradient) -> Tensor when x's gradient is complete in a backward pass; what it returns
// takes its place unless undefined. GraphError if x takes part in no graph.
template <class Fn>
void register_hook(const Tensor& x, Fn fn) {
  struct Call final : detail::Hook {
    explicit Call(Fn f) : function(std::move(f)) {}
    Tensor call(const Tensor& gradient) override { return function(gradient); }
    Fn function;
  };
  detail::add_hook(x, detail::make_ref<Call>(std::move(fn)));
}

}  // namespace carousel
