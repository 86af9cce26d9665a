#include <carousel/optim/clip.h>

#include <carousel/autograd/node.h>
#include <carousel/optim/check.h>
#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace carousel::optim {
namespace {

using carousel::detail::Leaf;

// The gradients in hand; kept for the next call, so that a step allocates nothing.
struct Work {
  std::vector<Leaf*> leaves;
  std::vector<Tensor> gradients;
  std::vector<double> sums;
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

// The sums that `sum` has put into an f64 tensor of `count` zeros, with one read-back.
template <class Sum>
std::vector<double>& sums_of(Work& work, std::size_t count, const Sum& sum) {
  const Device device = work.leaves.front()->gradient.device();
  const Tensor out = carousel::detail::empty({static_cast<std::int64_t>(count)}, f64, device);
  carousel::detail::run_fill(out, Scalar(0.0));
  sum(out);
  work.sums.resize(count);
  backend(device).download(*out.impl().storage, 0, work.sums.data(), count * sizeof(double));
  return work.sums;
}

void check_norm(const char* op, double norm) {
  if (!std::isfinite(norm))
    throw NumericError(op, fmt::format("the gradients' norm is {}: a gradient holds NaN or "
                                       "infinity; AnomalyMode finds the operation",
                                       norm));
}

// All gradients of one dtype.
void select(Work& work, DType dtype) {
  work.gradients.clear();
  for (Leaf* leaf : work.leaves)
    if (leaf->gradient.dtype() == dtype) work.gradients.push_back(dense(leaf->gradient));
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
  const auto& sums = sums_of(work, work.leaves.size(), [&](const Tensor& out) {
    for (std::size_t i = 0; i < work.leaves.size(); ++i) {
      const Tensor gradient = dense(work.leaves[i]->gradient);
      carousel::detail::run_sum_squares({&gradient, 1}, out, static_cast<std::int64_t>(i));
    }
  });
  for (double sum : sums) check_norm("clip_by_norm", std::sqrt(sum));
  for (std::size_t i = 0; i < work.leaves.size(); ++i) {
    const double length = std::sqrt(sums[i]);
    if (length > norm)
      carousel::detail::run_scale({&owned_gradient(*work.leaves[i]), 1}, norm / length);
  }
}

double clip_by_global_norm(std::span<const Tensor> parameters, double norm) {
  detail::check_positive("clip_by_global_norm", "norm", norm);
  Work& work = work_of_thread();
  gather(parameters, work.leaves);
  if (work.leaves.empty()) return 0;
  const auto& sums = sums_of(work, 2, [&](const Tensor& out) {
    for (DType dtype : {f32, f64}) {
      select(work, dtype);
      carousel::detail::run_sum_squares(work.gradients, out, dtype == f64);
    }
  });
  work.gradients.clear();
  const double length = std::sqrt(sums[0] + sums[1]);
  check_norm("clip_by_global_norm", length);
  if (length <= norm) return length;
  detail::own_gradients(parameters);
  detail::scale_gradients(parameters, norm / length);
  return length;
}

void detail::own_gradients(std::span<const Tensor> parameters) {
  Work& work = work_of_thread();
  gather(parameters, work.leaves);
  for (Leaf* leaf : work.leaves) owned_gradient(*leaf);
}

void detail::scale_gradients(std::span<const Tensor> parameters, double factor) {
  Work& work = work_of_thread();
  gather(parameters, work.leaves);
  for (DType dtype : {f32, f64}) {
    select(work, dtype);
    carousel::detail::run_scale(work.gradients, factor);
  }
  work.gradients.clear();
}

}  // namespace carousel::optim
