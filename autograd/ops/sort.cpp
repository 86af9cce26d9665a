#include <carousel/autograd/ops/sort.h>

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

}  // namespace carousel
