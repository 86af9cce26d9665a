#include <carousel/optim/clip.h>

#include <carousel/autograd/node.h>
#include <carousel/optim/check.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

#include <cmath>
#include <vector>

namespace carousel::optim {
namespace {

using carousel::detail::Leaf;

// The gradients in hand; kept for the next call, so that a step allocates nothing.
struct Work {
  std::vector<Leaf*> leaves;
  std::vector<Tensor> gradients;
};

Work& work_of_thread() {
  static thread_local Work work;
  work.leaves.clear();
  return work;
}

void gather(std::span<const Tensor> parameters, std::vector<Leaf*>& leaves) {
  for (const Tensor& parameter : parameters) {
    auto* slot = carousel::detail::slot_of(parameter);
    if (slot == nullptr || !slot->is_leaf) continue;
    auto* leaf = static_cast<Leaf*>(slot);
    if (leaf->gradient.defined()) leaves.push_back(leaf);
  }
}

// Dense and nobody else's: two leaves may share one gradient, and the user may hold it.
Tensor& owned_gradient(Leaf& leaf) {
  Tensor& gradient = leaf.gradient;
  const bool sole = gradient.is_contiguous() && gradient.ref()->unique() &&
                    gradient.impl().storage && gradient.impl().storage->unique();
  if (!sole) gradient = carousel::detail::run_copy(gradient);
  return gradient;
}

Tensor dense(const Tensor& gradient) {
  return gradient.is_contiguous() ? gradient : carousel::detail::run_copy(gradient);
}

// All gradients of one dtype.
void select(Work& work, DType dtype) {
  work.gradients.clear();
  for (Leaf* leaf : work.leaves)
    if (leaf->gradient.dtype() == dtype) work.gradients.push_back(dense(leaf->gradient));
}

// Calls body(work.gradients, how many came before) with those of each dtype.
template <class Body>
void for_dtypes(Work& work, const Body& body) {
  std::int64_t before = 0;
  for (DType dtype : {f32, f64}) {
    select(work, dtype);
    body(before);
    before += static_cast<std::int64_t>(work.gradients.size());
  }
  work.gradients.clear();
}

Tensor sums_for(const Work& work, std::int64_t count) {
  const Tensor sums = carousel::detail::empty({count}, f64, work.leaves.front()->gradient.device());
  carousel::detail::run_fill(sums, Scalar(0.0));
  return sums;
}

// The square of the length of all gradients together, (1,), where they are.
Tensor squared_length(Work& work) {
  const Tensor sums = sums_for(work, 2);
  std::int64_t dtypes = 0;
  for_dtypes(work, [&](std::int64_t) {
    carousel::detail::run_sum_squares(work.gradients, sums, dtypes);
    dtypes += !work.gradients.empty();
  });
  return dtypes == 1 ? carousel::detail::view_slice(sums, 0, 0, 1, 1)
                     : carousel::detail::run_reduce(Kernel::sum, sums, 1, true);
}

constexpr const char* kGlobal = "clip_by_global_norm";

void clip_to(Work& work, const Tensor& squares, double norm) {
  for (Leaf* leaf : work.leaves) owned_gradient(*leaf);
  for_dtypes(work, [&](std::int64_t) {
    carousel::detail::run_clip(kGlobal, work.gradients, squares, 0, norm);
  });
}

}  // namespace

void clip_by_value(std::span<const Tensor> parameters, double value) {
  detail::check_positive("clip_by_value", "value", value);
  Work& work = work_of_thread();
  gather(parameters, work.leaves);
  for (Leaf* leaf : work.leaves)
    leaf->gradient = carousel::detail::run(Kernel::clip, leaf->gradient,
                                           carousel::detail::Immediates{-value, value});
}

void clip_by_norm(std::span<const Tensor> parameters, double norm) {
  detail::check_positive("clip_by_norm", "norm", norm);
  Work& work = work_of_thread();
  gather(parameters, work.leaves);
  if (work.leaves.empty()) return;
  for (Leaf* leaf : work.leaves) owned_gradient(*leaf);
  const Tensor sums = sums_for(work, static_cast<std::int64_t>(work.leaves.size()));
  for_dtypes(work, [&](std::int64_t before) {
    carousel::detail::run_sum_squares(work.gradients, sums, before, true);
  });
  for_dtypes(work, [&](std::int64_t before) {
    carousel::detail::run_clip("clip_by_norm", work.gradients, sums, before, norm, true);
  });
}

double clip_by_global_norm(std::span<const Tensor> parameters, double norm) {
  detail::check_positive(kGlobal, "norm", norm);
  Work& work = work_of_thread();
  gather(parameters, work.leaves);
  if (work.leaves.empty()) return 0;
  const Tensor squares = squared_length(work);
  const double length = std::sqrt(squares.item<double>());
  carousel::detail::check_norm(kGlobal, length);
  if (length > norm) clip_to(work, squares, norm);
  return length;
}

void detail::clip_together(std::span<const Tensor> parameters, double norm) {
  detail::check_positive(kGlobal, "norm", norm);
  Work& work = work_of_thread();
  gather(parameters, work.leaves);
  if (!work.leaves.empty()) clip_to(work, squared_length(work), norm);
}

void detail::own_gradients(std::span<const Tensor> parameters) {
  Work& work = work_of_thread();
  gather(parameters, work.leaves);
  for (Leaf* leaf : work.leaves) owned_gradient(*leaf);
}

void detail::scale_gradients(std::span<const Tensor> parameters, double factor) {
  Work& work = work_of_thread();
  gather(parameters, work.leaves);
  for_dtypes(work, [&](std::int64_t) { carousel::detail::run_scale(work.gradients, factor); });
}

}  // namespace carousel::optim
