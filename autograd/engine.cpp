#include <carousel/autograd/engine.h>

#include <mutex>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/pass.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel {
namespace {

using detail::Leaf;
using detail::Pass;
using detail::Ref;

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
    } else if (!detail::is_own(staged.gradient)) {
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
