#include <carousel/autograd/ops/scatter.h>

#include <limits>

#include <carousel/autograd/ops.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel {
namespace {

void check(const char* op, const Tensor& x, const Tensor& index, const Tensor& source) {
  detail::check_same_dtype(op, x, source);
  detail::check_same_device(op, x, source);
  if (!is_integer(index.dtype()))
    throw DTypeError(op, std::string("indices must be i32 or i64, got ") +
                             to_string(index.dtype()) + " " + to_string(index.shape()));
  if (index.rank() != x.rank())
    throw ShapeError(op, "index " + to_string(index.shape()) + " must have the rank of x " +
                             to_string(x.shape()));
  if (!(index.shape() == source.shape()))
    throw ShapeError(op, "index " + to_string(index.shape()) + " and source " +
                             to_string(source.shape()) + " must have one shape");
}

// Nothing is wanted but the look at the indices, which only the device may be able to take.
void look_at(const char* op, const Tensor& x, int axis, const Tensor& index) {
  const Tensor places = zeros({x.dim(axis)}, {f32, x.device(), false});
  detail::run_index_select(places, 0, reshape(index, {index.numel()}), op);
}

Tensor zeros_on(const Tensor& x, const Shape& shape, DType dtype) {
  return zeros(shape, {dtype, x.device(), false});
}

// How many of the index' elements name each element of x, as i64.
Tensor visits(const Tensor& x, int axis, const Tensor& index) {
  const Tensor one = full(index.shape(), 1, {i64, x.device(), false});
  return scatter_add(zeros_on(x, x.shape(), i64), axis, index, one);
}

// True for the last of equal positions: in a stable order it is followed by another one.
Tensor last_of_equals(int axis, const Tensor& index, std::int64_t size) {
  const Tensor plain = where(less(index, 0), index + size, index);
  const SortResult order = sort(plain, axis);
  const std::int64_t count = index.dim(axis);
  const Tensor end = full_like(slice(order.values, axis, 0, 1), -1);
  const Tensor next = concat({slice(order.values, axis, 1), end}, axis);
  const Tensor last = not_equal(order.values, next).to(i64);
  return count == 0
             ? last.to(boolean)
             : scatter_add(zeros_on(index, index.shape(), i64), axis, order.indices, last) > 0;
}

// x seen as (rows before, length, rows behind) with the axis last, and as the index' elements stand
// to x's: true where element k of the index names element i, (..., length, count).
Tensor meetings(int axis, const Tensor& index, std::int64_t length) {
  const Tensor plain = where(less(index, 0), index + length, index);
  const Tensor classes = arange(length, {index.dtype(), index.device(), false});
  return equal(unsqueeze(transpose(plain, axis, -1), -2), unsqueeze(classes, 1));
}

// Of the two neutral elements x counts as where it is left out.
double neutral(ScatterReduction reduction) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return reduction == ScatterReduction::prod  ? 1
         : reduction == ScatterReduction::max ? -kInfinity
         : reduction == ScatterReduction::min ? kInfinity
                                              : 0;
}

Tensor reduce_all(const Tensor& x, ScatterReduction reduction) {
  return reduction == ScatterReduction::prod  ? prod(x, -1)
         : reduction == ScatterReduction::max ? max(x, -1)
                                              : min(x, -1);
}

}  // namespace

Tensor scatter(const Tensor& x, int axis, const Tensor& index, const Tensor& source) {
  check("scatter", x, index, source);
  axis = normalize_axis(axis, x.shape(), "scatter");
  look_at("scatter", x, axis, index);
  const Tensor kept = where(last_of_equals(axis, index, x.dim(axis)), source, 0);
  const Tensor placed = scatter_add(zeros_on(x, x.shape(), x.dtype()), axis, index, kept);
  return where(visits(x, axis, index) > 0, placed, x);
}

Tensor index_copy(const Tensor& x, int axis, const Tensor& index, const Tensor& source) {
  axis = normalize_axis(axis, x.shape(), "index_copy");
  Shape shape = x.shape();
  shape[axis] = index.numel();
  if (index.rank() != 1 || !(source.shape() == shape))
    throw ShapeError("index_copy", "source " + to_string(source.shape()) + " does not fit index " +
                                       to_string(index.shape()) + " and x " + to_string(x.shape()));
  Shape column;
  for (int i = 0; i < x.rank(); ++i) column.append(i == axis ? index.numel() : 1);
  return scatter(x, axis, expand(reshape(index, column), shape), source);
}

Tensor index_fill(const Tensor& x, int axis, const Tensor& index, Scalar value) {
  axis = normalize_axis(axis, x.shape(), "index_fill");
  if (index.rank() != 1)
    throw ShapeError("index_fill", "index must be 1-D, got " + to_string(index.shape()));
  if (!is_integer(index.dtype()))
    throw DTypeError("index_fill", std::string("indices must be i32 or i64, got ") +
                                       to_string(index.dtype()) + " " + to_string(index.shape()));
  look_at("index_fill", x, axis, index);
  const Tensor slices = zeros_on(x, {x.dim(axis)}, i64);
  const Tensor one = full(index.shape(), 1, {i64, x.device(), false});
  Shape column;
  for (int i = 0; i < x.rank(); ++i) column.append(i == axis ? x.dim(axis) : 1);
  return masked_fill(x, reshape(index_add(slices, 0, index, one) > 0, column), value);
}

Tensor scatter_reduce(const Tensor& x, int axis, const Tensor& index, const Tensor& source,
                      ScatterReduction reduction, bool include_self) {
  detail::check_floating("scatter_reduce", x);
  check("scatter_reduce", x, index, source);
  axis = normalize_axis(axis, x.shape(), "scatter_reduce");
  look_at("scatter_reduce", x, axis, index);
  const Tensor count = visits(x, axis, index), met = count > 0;
  const Tensor self = include_self ? x : where(met, neutral(reduction), x);
  if (reduction == ScatterReduction::sum) return scatter_add(self, axis, index, source);
  if (reduction == ScatterReduction::mean) {
    const Tensor terms = include_self ? count + 1 : where(met, count, 1);
    return scatter_add(self, axis, index, source) / terms.to(x.dtype());
  }
  for (int i = 0; i < x.rank(); ++i)
    if (i != axis && index.dim(i) != x.dim(i))
      throw ShapeError("scatter_reduce", "index " + to_string(index.shape()) +
                                             " must have the sizes of x " + to_string(x.shape()) +
                                             " but on axis " + std::to_string(axis));
  const Tensor mine = unsqueeze(transpose(source, axis, -1), -2);
  const Tensor others = where(meetings(axis, index, x.dim(axis)), mine, neutral(reduction));
  const Tensor all = concat({unsqueeze(transpose(self, axis, -1), -1), others}, -1);
  return where(met, transpose(reduce_all(all, reduction), axis, -1), x);
}

}  // namespace carousel
