#include <carousel/autograd/ops/sort.h>

#include <cmath>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel {
namespace {

// A scalar counts as one row of one element.
int sort_axis(const Tensor& x, int axis, const char* op) {
  if (x.rank() == 0 && (axis == 0 || axis == -1)) return 0;
  return normalize_axis(axis, x.shape(), op);
}

// The elements at positions whose axis is of size 1, without it.
SortResult picked(const Tensor& x, int axis, const Tensor& at) {
  return {squeeze(gather(x, axis, at), axis), squeeze(at, axis)};
}

}  // namespace

SortResult sort(const Tensor& x, int axis, bool descending) {
  axis = sort_axis(x, axis, "sort");
  const detail::Sorted sorted = detail::run_sort(x, axis, descending);
  const Tensor values = record("sort", sorted.values, {x}, {sorted.positions}, [axis](Backward& b) {
    const Tensor& dy = b.dy();
    b.grad(0) = dy.rank() == 0 ? dy : scatter_add(zeros_like(dy), axis, b.saved(0), dy);
  });
  return {values, sorted.positions};
}

Tensor argsort(const Tensor& x, int axis, bool descending) {
  return detail::run_sort(x, sort_axis(x, axis, "argsort"), descending).positions;
}

SortResult topk(const Tensor& x, std::int64_t k, int axis, bool largest) {
  axis = normalize_axis(axis, x.shape(), "topk");
  if (k < 0 || k > x.shape()[axis])
    throw ValueError("topk", "k = " + std::to_string(k) + " is outside [0, " +
                                 std::to_string(x.shape()[axis]) + "] for axis " +
                                 std::to_string(axis) + " of shape " + to_string(x.shape()));
  const Tensor positions = slice(detail::run_sort(x, axis, largest).positions, axis, 0, k);
  return {gather(x, axis, positions), positions};
}

SortResult kthvalue(const Tensor& x, std::int64_t k, int axis) {
  axis = normalize_axis(axis, x.shape(), "kthvalue");
  if (k < 1 || k > x.dim(axis))
    throw ValueError("kthvalue", "k = " + std::to_string(k) + " is outside [1, " +
                                     std::to_string(x.dim(axis)) + "] for axis " +
                                     std::to_string(axis) + " of shape " + to_string(x.shape()));
  const Tensor order = detail::run_sort(x, axis, false).positions;
  return picked(x, axis, slice(order, axis, k - 1, k));
}

SortResult median(const Tensor& x, int axis) {
  axis = normalize_axis(axis, x.shape(), "median");
  const std::int64_t size = x.dim(axis);
  if (size == 0)
    throw ShapeError("median", "nothing to choose from: axis " + std::to_string(axis) +
                                   " of shape " + to_string(x.shape()));
  const Tensor order = detail::run_sort(x, axis, false).positions;
  const Tensor middle = slice(order, axis, (size - 1) / 2, (size + 1) / 2);
  if (!is_floating(x.dtype())) return picked(x, axis, middle);
  const Tensor unknown = isnan(x.detach());
  const Tensor first = gather(order, axis, minimum(size - sum(unknown, axis, true), size - 1));
  return picked(x, axis, where(any(unknown, axis, true), first, middle));
}

Tensor quantile(const Tensor& x, double q, int axis, bool keepdims) {
  detail::check_floating("quantile", x);
  axis = normalize_axis(axis, x.shape(), "quantile");
  if (!(q >= 0 && q <= 1))
    throw ValueError("quantile", "q must be in [0, 1], got " + std::to_string(q));
  const std::int64_t size = x.dim(axis);
  if (size == 0)
    throw ShapeError("quantile", "nothing to choose from: axis " + std::to_string(axis) +
                                     " of shape " + to_string(x.shape()));
  const Tensor sorted = sort(x, axis).values;
  const double at = q * static_cast<double>(size - 1), part = at - std::floor(at);
  const auto low = static_cast<std::int64_t>(at);
  Tensor y = slice(sorted, axis, low, low + 1);
  if (part > 0) y = y + (slice(sorted, axis, low + 1, low + 2) - y) * part;
  const Tensor last = slice(sorted, axis, size - 1);
  y = where(isnan(last), last, y);
  return keepdims ? y : squeeze(y, axis);
}

}  // namespace carousel
