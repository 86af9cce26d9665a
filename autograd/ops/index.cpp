#include <carousel/autograd/ops/index.h>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel {
namespace {

// One element seen everywhere: what is added to zeros is added to a copy of them.
Tensor zeros_on(const Tensor& x, const Shape& shape) {
  return zeros({}, {x.dtype(), x.device(), false}).expand(shape);
}

// x cut to the index' sizes off the axis, where those are smaller.
Tensor cut_to(const Tensor& x, int axis, const Tensor& index) {
  Tensor y = x;
  for (int i = 0; i < x.rank() && index.rank() == x.rank(); ++i)
    if (i != axis && index.shape()[i] < x.shape()[i]) y = slice(y, i, 0, index.shape()[i]);
  return y;
}

// `part` with zeros behind it off the axis, up to x's sizes: an index then adds 0 to element 0.
Tensor grow_to(const Tensor& part, int axis, const Shape& shape) {
  std::array<std::pair<std::int64_t, std::int64_t>, kMaxRank> widths{};
  bool grows = false;
  for (int i = 0; i < shape.rank() && part.rank() == shape.rank(); ++i) {
    const std::int64_t behind = i == axis ? 0 : shape[i] - part.shape()[i];
    if (behind < 0) return part;
    widths[static_cast<std::size_t>(i)].second = behind;
    grows = grows || behind > 0;
  }
  return grows ? pad(part, {widths.data(), static_cast<std::size_t>(shape.rank())}) : part;
}

// x's slices along `axis` that a 1-D index names.
Tensor pick(const char* op, const Tensor& x, int axis, const Tensor& index, bool from_end = true) {
  const Shape shape = x.shape();
  return record(op, detail::run_index_select(x, axis, index, op, from_end), {x}, {index},
                [shape, axis](Backward& b) {
                  const Tensor at = b.saved(0);
                  b.grad(0) = index_add(zeros_on(b.dy(), shape), axis, at, b.dy());
                });
}

// pick() by an index of any shape, which takes the place of the axis.
Tensor pick_shaped(const char* op, const Tensor& x, int axis, const Tensor& index,
                   bool from_end = true) {
  Shape shape;
  for (int i = 0; i < axis; ++i) shape.append(x.shape()[i]);
  for (std::int64_t size : index.shape()) shape.append(size);
  for (int i = axis + 1; i < x.rank(); ++i) shape.append(x.shape()[i]);
  return reshape(pick(op, x, axis, reshape(index, {index.numel()}), from_end), shape);
}

void check_index_dtype(const char* op, const Tensor& index) {
  if (!is_integer(index.dtype()))
    throw DTypeError(op, std::string("indices must be i32 or i64, got ") +
                             to_string(index.dtype()) + " " + to_string(index.shape()));
}

}  // namespace

Tensor gather(const Tensor& x, int axis, const Tensor& index) {
  axis = normalize_axis(axis, x.shape(), "gather");
  const Tensor from = cut_to(x, axis, index);
  const Shape shape = from.shape();
  return record("gather", detail::run_gather(from, axis, index), {from}, {index},
                [shape, axis](Backward& b) {
                  const Tensor at = b.saved(0);
                  b.grad(0) = scatter_add(zeros_on(b.dy(), shape), axis, at, b.dy());
                });
}

Tensor take(const Tensor& x, const Tensor& index) {
  check_index_dtype("take", index);
  return pick_shaped("take", reshape(x, {x.numel()}), 0, index);
}

Tensor take(const Tensor& x, const Tensor& index, int axis) {
  axis = normalize_axis(axis, x.shape(), "take");
  check_index_dtype("take", index);
  return pick_shaped("take", x, axis, index);
}

Tensor index_select(const Tensor& x, int axis, const Tensor& index) {
  axis = normalize_axis(axis, x.shape(), "index_select");
  return pick("index_select", x, axis, index);
}

Tensor scatter_add(const Tensor& x, int axis, const Tensor& index, const Tensor& source) {
  axis = normalize_axis(axis, x.shape(), "scatter_add");
  if (index.shape() == source.shape() && x.dim(axis) > 0) {
    const Tensor more = grow_to(index, axis, x.shape());
    if (!(more.shape() == index.shape()))
      return scatter_add(x, axis, more, grow_to(source, axis, x.shape()));
  }
  return record("scatter_add", detail::run_scatter_add(x, axis, index, source), {x, source},
                {index}, [axis](Backward& b) {
                  b.grad(0) = b.dy();
                  if (b.needs(1)) b.grad(1) = gather(b.dy(), axis, b.saved(0));
                });
}

Tensor index_add(const Tensor& x, int axis, const Tensor& index, const Tensor& source) {
  axis = normalize_axis(axis, x.shape(), "index_add");
  return record("index_add", detail::run_index_add(x, axis, index, source), {x, source}, {index},
                [axis](Backward& b) {
                  b.grad(0) = b.dy();
                  if (b.needs(1)) b.grad(1) = index_select(b.dy(), axis, b.saved(0));
                });
}

Tensor one_hot(const Tensor& index, std::int64_t depth, DType dtype) {
  check_index_dtype("one_hot", index);
  if (depth < 0) throw ValueError("one_hot", "depth is negative: " + std::to_string(depth));
  // Nothing is wanted but the look at the indices, which only the device may be able to take.
  const Tensor classes_seen = zeros({depth}, {f32, index.device(), false});
  detail::run_index_select(classes_seen, 0, reshape(index, {index.numel()}).detach(), "one_hot",
                           false);
  const Tensor classes = arange(depth, {index.dtype(), index.device(), false});
  return detail::run_cast(detail::run(Kernel::equal, unsqueeze(index, -1), classes), dtype);
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, Scalar value) {
  if (mask.dtype() != boolean)
    throw DTypeError("masked_fill", std::string("the mask must be bool, got ") +
                                        to_string(mask.dtype()) + " " + to_string(mask.shape()));
  detail::check_same_device("masked_fill", x, mask);
  detail::check_scalar("masked_fill", value, x.dtype());
  if (!(broadcast_shapes(x.shape(), mask.shape(), "masked_fill") == x.shape()))
    throw ShapeError("masked_fill", "mask " + to_string(mask.shape()) +
                                        " can't be broadcast to shape " + to_string(x.shape()));
  const Tensor fill = full({}, value, {x.dtype(), x.device(), false});
  return record("masked_fill", detail::run_where(mask, fill, x), {x}, {mask},
                [](Backward& b) { b.grad(0) = masked_fill(b.dy(), b.saved(0), 0); });
}

Tensor embedding(const Tensor& table, const Tensor& ids) {
  check_index_dtype("embedding", ids);
  if (table.rank() != 2)
    throw ShapeError("embedding",
                     "the table must be (count, width), got shape " + to_string(table.shape()));
  return pick_shaped("embedding", table, 0, ids, false);
}

}  // namespace carousel
