// Views: reshape, transpose, slice, select, expand and their relatives.
#include <carousel/autograd/ops/shape.h>

#include <algorithm>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>
#include <carousel/tensor/slab_allocator.h>

namespace carousel {

Tensor reshape(const Tensor& x, const Shape& shape) {
  if (shape.numel() != x.numel())
    throw ShapeError("reshape", "shape " + to_string(x.shape()) + " has " +
                                    std::to_string(x.numel()) + " elements, " + to_string(shape) +
                                    " has " + std::to_string(shape.numel()));
  Tensor y = detail::view_reshape(x, shape);
  if (!y.defined()) y = detail::view_reshape(detail::run_copy(x), shape);
  const Shape from = x.shape();
  return record("reshape", y, {x}, {}, [from](Backward& b) { b.grad(0) = reshape(b.dy(), from); });
}

Tensor transpose(const Tensor& x, int axis0, int axis1) {
  axis0 = normalize_axis(axis0, x.shape(), "transpose");
  axis1 = normalize_axis(axis1, x.shape(), "transpose");
  return record("transpose", detail::view_transpose(x, axis0, axis1), {x}, {},
                [axis0, axis1](Backward& b) { b.grad(0) = transpose(b.dy(), axis0, axis1); });
}

Tensor permute(const Tensor& x, std::span<const int> axes) {
  const Axes checked(axes);
  if (static_cast<int>(axes.size()) != x.rank())
    throw ShapeError("permute",
                     std::to_string(axes.size()) + " axes for shape " + to_string(x.shape()));
  checked.mask(x.shape(), "permute");
  std::array<int, kMaxRank> order{}, inverse{};
  const std::size_t rank = axes.size();
  for (std::size_t i = 0; i < rank; ++i) {
    order[i] = normalize_axis(axes[i], x.shape(), "permute");
    inverse[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
  }
  return record("permute", detail::view_permute(x, {order.data(), rank}), {x}, {},
                [inverse, rank](Backward& b) {
                  b.grad(0) = permute(b.dy(), {inverse.data(), rank});
                });
}

Tensor expand(const Tensor& x, const Shape& shape) {
  if (!(broadcast_shapes(x.shape(), shape, "expand") == shape))
    throw ShapeError("expand",
                     "shape " + to_string(x.shape()) + " can't be expanded to " + to_string(shape));
  return record("expand", detail::view_expand(x, shape), {x}, {},
                [](Backward& b) { b.grad(0) = b.dy(); });
}

Tensor squeeze(const Tensor& x, int axis) {
  axis = normalize_axis(axis, x.shape(), "squeeze");
  if (x.shape()[axis] != 1) return x;
  return select(x, axis, 0);
}

Tensor unsqueeze(const Tensor& x, int axis) {
  Shape wide = x.shape();
  wide.append(1);
  axis = normalize_axis(axis, wide, "unsqueeze");
  for (int i = wide.rank() - 1; i > axis; --i) wide[i] = wide[i - 1];
  wide[axis] = 1;
  return reshape(x, wide);
}

namespace {

// The transposes of slice and select: zeros of `shape` with x in the place it was taken from.
Tensor unslice(const Tensor& x, const Shape& shape, int axis, std::int64_t begin,
               std::int64_t step) {
  Tensor y = zeros(shape, {x.dtype(), x.device(), false});
  const std::int64_t size = x.shape()[axis];
  detail::run_copy_into(detail::view_slice(y, axis, begin, size, step), x);
  return record("unslice", y, {x}, {}, [axis, begin, size, step](Backward& b) {
    b.grad(0) = slice(b.dy(), axis, begin, begin + (size - 1) * step + 1, step);
  });
}

}  // namespace

Tensor slice(const Tensor& x, int axis, std::int64_t begin, std::int64_t end, std::int64_t step) {
  axis = normalize_axis(axis, x.shape(), "slice");
  if (step < 1) throw ValueError("slice", "step must be at least 1, got " + std::to_string(step));
  const std::int64_t size = x.shape()[axis];
  const auto cut = [size](std::int64_t p) {
    return std::clamp<std::int64_t>(p < 0 ? p + size : p, 0, size);
  };
  begin = cut(begin);
  end = cut(end);
  const std::int64_t count = end > begin ? (end - begin - 1) / step + 1 : 0;
  const Shape from = x.shape();
  return record("slice", detail::view_slice(x, axis, begin, count, step), {x}, {},
                [from, axis, begin, step](Backward& b) {
                  b.grad(0) = unslice(b.dy(), from, axis, begin, step);
                });
}

Tensor select(const Tensor& x, int axis, std::int64_t position) {
  axis = normalize_axis(axis, x.shape(), "select");
  const std::int64_t size = x.shape()[axis];
  if (position < -size || position >= size)
    throw IndexError("select", "position " + std::to_string(position) +
                                   " is out of range for axis " + std::to_string(axis) +
                                   " of shape " + to_string(x.shape()));
  if (position < 0) position += size;
  const Shape from = x.shape();
  return record("select", detail::view_select(x, axis, position), {x}, {},
                [from, axis, position](Backward& b) {
                  b.grad(0) = unslice(unsqueeze(b.dy(), axis), from, axis, position, 1);
                });
}

Tensor concat(std::span<const Tensor> parts, int axis) {
  if (parts.empty()) throw ValueError("concat", "no tensors given");
  const Tensor& first = parts[0];
  axis = normalize_axis(axis, first.shape(), "concat");
  std::int64_t total = 0;
  for (const Tensor& part : parts) {
    detail::check_same_dtype("concat", first, part);
    detail::check_same_device("concat", first, part);
    bool fits = part.rank() == first.rank();
    for (int i = 0; fits && i < first.rank(); ++i)
      fits = i == axis || part.shape()[i] == first.shape()[i];
    if (!fits)
      throw ShapeError("concat", "shapes " + to_string(first.shape()) + " and " +
                                     to_string(part.shape()) + " differ off axis " +
                                     std::to_string(axis));
    total += part.shape()[axis];
  }
  Shape shape = first.shape();
  shape[axis] = total;
  Tensor y = detail::empty(shape, first.dtype(), first.device());
  std::int64_t at = 0;
  for (const Tensor& part : parts) {
    detail::run_copy_into(detail::view_slice(y, axis, at, part.shape()[axis], 1), part);
    at += part.shape()[axis];
  }
  const std::vector<Input, detail::SlabAllocator<Input>> inputs(parts.begin(), parts.end());
  const std::vector<Save> none;
  return record("concat", y, std::span(inputs), std::span(none), [axis](Backward& b) {
    std::int64_t from = 0;
    for (int i = 0; i < b.inputs(); ++i) {
      const std::int64_t size = b.input_shape(i)[axis];
      if (b.needs(i)) b.grad(i) = slice(b.dy(), axis, from, from + size);
      from += size;
    }
  });
}

Tensor concat(std::initializer_list<Tensor> parts, int axis) {
  return concat(std::span(parts.begin(), parts.size()), axis);
}

Tensor Tensor::reshape(std::initializer_list<std::int64_t> sizes) const {
  Shape shape;
  std::int64_t known = 1;
  int open = -1;
  for (std::int64_t size : sizes) {
    if (size == -1 && open < 0) open = shape.rank();
    shape.append(size == -1 && open == shape.rank() ? 1 : size);
    if (size != -1) known = checked_mul(known, size, "reshape");
  }
  if (open >= 0) {
    if (known == 0 || numel() % known != 0)
      throw ShapeError("reshape", "shape " + carousel::to_string(this->shape()) +
                                      " does not divide into " + carousel::to_string(shape) +
                                      " with axis " + std::to_string(open) + " left open");
    shape[open] = numel() / known;
  }
  return carousel::reshape(*this, shape);
}
Tensor Tensor::reshape(const Shape& shape) const { return carousel::reshape(*this, shape); }

Tensor Tensor::flatten(int start, int end) const {
  if (rank() == 0) return carousel::reshape(*this, {1});
  start = normalize_axis(start, shape(), "flatten");
  end = normalize_axis(end, shape(), "flatten");
  Shape flat;
  for (int i = 0; i < rank(); ++i)
    if (i > start && i <= end)
      flat[flat.rank() - 1] *= shape()[i];
    else
      flat.append(shape()[i]);
  return carousel::reshape(*this, flat);
}

Tensor Tensor::transpose(int axis0, int axis1) const {
  return carousel::transpose(*this, axis0, axis1);
}

Tensor Tensor::t() const {
  if (rank() != 2)
    throw ShapeError("t", "needs a matrix, got shape " + carousel::to_string(shape()));
  return carousel::transpose(*this, 0, 1);
}

Tensor Tensor::permute(std::initializer_list<int> axes) const {
  return carousel::permute(*this, {axes.begin(), axes.size()});
}
Tensor Tensor::permute(std::span<const int> axes) const { return carousel::permute(*this, axes); }

Tensor Tensor::squeeze() const {
  Shape narrow;
  for (std::int64_t size : shape())
    if (size != 1) narrow.append(size);
  return carousel::reshape(*this, narrow);
}
Tensor Tensor::squeeze(int axis) const { return carousel::squeeze(*this, axis); }
Tensor Tensor::unsqueeze(int axis) const { return carousel::unsqueeze(*this, axis); }
Tensor Tensor::expand(const Shape& shape) const { return carousel::expand(*this, shape); }
Tensor Tensor::slice(int axis, std::int64_t begin, std::int64_t end, std::int64_t step) const {
  return carousel::slice(*this, axis, begin, end, step);
}
Tensor Tensor::select(int axis, std::int64_t position) const {
  return carousel::select(*this, axis, position);
}

Tensor Tensor::operator[](std::initializer_list<Index> index) const {
  if (static_cast<int>(index.size()) > rank())
    throw IndexError("index", std::to_string(index.size()) + " indices for shape " +
                                  carousel::to_string(shape()));
  Tensor y = *this;
  int axis = 0;
  for (const Index& i : index) {
    if (i.is_slice)
      y = carousel::slice(y, axis++, i.slice.begin, i.slice.end, i.slice.step);
    else
      y = carousel::select(y, axis, i.position);
  }
  return y;
}

}  // namespace carousel
