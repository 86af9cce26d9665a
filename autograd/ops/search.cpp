#include <carousel/autograd/ops/search.h>

#include <algorithm>
#include <vector>

#include <carousel/autograd/ops.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel {
namespace {

void check_has_data(const char* op, const Tensor& x) {
  if (x.device().kind == DeviceKind::meta)
    throw DeviceError(op, "the result's size depends on values, and meta tensors have none");
}

Tensor is_not_zero(const Tensor& x) { return x.dtype() == boolean ? x : not_equal(x, 0); }

// The positions of a flat bool tensor's trues, in order: a stable sort brings them to the front.
Tensor places_of(const Tensor& truths) {
  const auto count = sum(truths).item<std::int64_t>();
  return slice(argsort(truths.to(i32), 0, true), 0, 0, count);
}

}  // namespace

Tensor nonzero(const Tensor& x) {
  check_has_data("nonzero", x);
  const Tensor flat = reshape(is_not_zero(x.detach()), {x.numel()});
  Tensor rest = places_of(flat);
  std::vector<Tensor> columns(static_cast<std::size_t>(x.rank()));
  for (int i = x.rank() - 1; i >= 0; --i) {
    const std::int64_t size = std::max<std::int64_t>(x.dim(i), 1);
    columns[static_cast<std::size_t>(i)] = remainder(rest, size);
    rest = floor_divide(rest, size);
  }
  return columns.empty() ? reshape(rest, {rest.numel(), 1}).slice(1, 0, 0) : stack(columns, 1);
}

Tensor masked_select(const Tensor& x, const Tensor& mask) {
  check_has_data("masked_select", x);
  if (mask.dtype() != boolean)
    throw DTypeError("masked_select", std::string("the mask must be bool, got ") +
                                          to_string(mask.dtype()) + " " + to_string(mask.shape()));
  detail::check_same_device("masked_select", x, mask);
  const Shape shape = broadcast_shapes(x.shape(), mask.shape(), "masked_select");
  const Tensor flat = reshape(expand(mask, shape), {shape.numel()});
  return index_select(reshape(expand(x, shape), {shape.numel()}), 0, places_of(flat));
}

UniqueResult unique(const Tensor& x) {
  check_has_data("unique", x);
  const std::int64_t count = x.numel();
  const TensorOptions integers{i64, x.device(), false};
  const SortResult order = sort(reshape(x.detach(), {count}), 0);
  if (count == 0) return {order.values, zeros(x.shape(), integers), zeros({0}, integers)};
  const Tensor first = full({1}, true, {boolean, x.device(), false});
  const Tensor begins =
      concat({first, not_equal(slice(order.values, 0, 1), slice(order.values, 0, 0, count - 1))});
  const Tensor group = cumsum(begins.to(i64), 0) - 1;
  const Tensor values = index_select(order.values, 0, places_of(begins));
  const Tensor inverse = index_add(zeros({count}, integers), 0, order.indices, group);
  const Tensor counts =
      index_add(zeros({values.numel()}, integers), 0, group, full({count}, 1, integers));
  return {values, reshape(inverse, x.shape()), counts};
}

Tensor bincount(const Tensor& x, std::int64_t minlength) {
  check_has_data("bincount", x);
  if (!is_integer(x.dtype()))
    throw DTypeError("bincount", std::string("takes i32 or i64, got ") + to_string(x.dtype()) +
                                     " " + to_string(x.shape()));
  if (x.rank() != 1)
    throw ShapeError("bincount", "needs a vector, got shape " + to_string(x.shape()));
  std::int64_t length = std::max<std::int64_t>(minlength, 0);
  if (x.numel() > 0) {
    const std::vector<std::int64_t> ends =
        stack({min(x), max(x)}).to(i64).to_vector<std::int64_t>();
    if (ends[0] < 0) throw ValueError("bincount", "counts from 0, got " + std::to_string(ends[0]));
    length = std::max(length, ends[1] + 1);
  }
  const TensorOptions integers{i64, x.device(), false};
  return index_add(zeros({length}, integers), 0, x, full({x.numel()}, 1, integers));
}

// Bisection of all values at once: [low, high) holds the place.
Tensor searchsorted(const Tensor& sorted, const Tensor& values, bool right) {
  detail::check_same_dtype("searchsorted", sorted, values);
  detail::check_same_device("searchsorted", sorted, values);
  if (sorted.rank() != 1)
    throw ShapeError("searchsorted", "sorted must be a vector, got " + to_string(sorted.shape()));
  const std::int64_t count = sorted.dim(0);
  const TensorOptions integers{i64, sorted.device(), false};
  Tensor low = zeros(values.shape(), integers), high = full(values.shape(), count, integers);
  for (std::int64_t width = count; width > 0; width /= 2) {
    const Tensor middle = floor_divide(low + high, 2);
    const Tensor there = take(sorted.detach(), minimum(middle, count - 1));
    Tensor before = right ? less_equal(there, values) : less(there, values);
    if (is_floating(values.dtype())) {
      const Tensor nan_comes = logical_and(isnan(values), logical_not(isnan(there)));
      before = logical_or(before, right ? isnan(values) : nan_comes);
    }
    before = logical_and(before, less(low, high));
    high = where(before, high, minimum(high, middle));
    low = where(before, middle + 1, low);
  }
  return low;
}

}  // namespace carousel
