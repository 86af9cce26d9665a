// Rearranging copies: flip, roll, pad, tile, repeat, stack, split.
#include <algorithm>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel {

Tensor flip(const Tensor& x, const Axes& axes) {
  const std::uint32_t mask = axes.mask(x.shape(), "flip");
  Strides strides = x.strides();
  std::int64_t offset = x.impl().offset;
  for (int i = 0; i < x.rank() && x.numel() > 0; ++i) {
    if (!(mask >> i & 1)) continue;
    auto& stride = strides[static_cast<std::size_t>(i)];
    offset += (x.shape()[i] - 1) * stride;
    stride = -stride;
  }
  // Negative strides live only in this view: users never meet them.
  return record("flip", detail::run_copy(detail::make_view(x, x.shape(), strides, offset)), {x}, {},
                [axes](Backward& b) { b.grad(0) = flip(b.dy(), axes); });
}

Tensor roll(const Tensor& x, std::int64_t shift, int axis) {
  axis = normalize_axis(axis, x.shape(), "roll");
  const std::int64_t size = x.shape()[axis];
  if (size == 0 || shift % size == 0) return x;
  const std::int64_t cut = size - (shift % size + size) % size;
  return concat({slice(x, axis, cut), slice(x, axis, 0, cut)}, axis);
}

namespace {

// What padding adds before each axis, and how much was there.
struct Inside {
  std::array<std::int64_t, kMaxRank> begin{}, size{};
};

Tensor crop(const Tensor& x, const Inside& inside) {
  Tensor y = x;
  for (int i = 0; i < x.rank(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (inside.size[at] != x.shape()[i])
      y = slice(y, i, inside.begin[at], inside.begin[at] + inside.size[at]);
  }
  return y;
}

}  // namespace

Tensor pad(const Tensor& x, std::span<const std::pair<std::int64_t, std::int64_t>> widths,
           Scalar value) {
  if (static_cast<int>(widths.size()) != x.rank())
    throw ShapeError("pad", std::to_string(widths.size()) + " pairs of widths for shape " +
                                to_string(x.shape()));
  detail::check_scalar("pad", value, x.dtype());
  Shape shape = x.shape();
  Inside inside;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const auto [before, after] = widths[i];
    std::int64_t& size = shape[static_cast<int>(i)];
    inside.begin[i] = before;
    inside.size[i] = size;
    if (before < 0 || after < 0 || __builtin_add_overflow(size, before, &size) ||
        __builtin_add_overflow(size, after, &size))
      throw ValueError("pad", "can't add " + std::to_string(before) + " before and " +
                                  std::to_string(after) + " after axis " + std::to_string(i) +
                                  " of shape " + to_string(x.shape()));
  }
  Tensor y = full(shape, value, {x.dtype(), x.device(), false});
  Tensor middle = y;
  for (int i = 0; i < x.rank(); ++i)
    middle =
        detail::view_slice(middle, i, inside.begin[static_cast<std::size_t>(i)], x.shape()[i], 1);
  detail::run_copy_into(middle, x);
  return record("pad", y, {x}, {}, [inside](Backward& b) { b.grad(0) = crop(b.dy(), inside); });
}

namespace {

// x seen as (rows, count, inner), with count repeats of each (inner) block, as `shape`.
Tensor repeat_blocks(const Tensor& x, std::int64_t repeats, std::int64_t inner,
                     const Shape& shape) {
  const std::int64_t rows = inner == 0 ? 0 : x.numel() / inner;
  return reshape(expand(reshape(x, {rows, 1, inner}), {rows, repeats, inner}), shape);
}

std::int64_t size_from(const Shape& shape, int axis) {
  std::int64_t size = 1;
  for (int i = axis; i < shape.rank(); ++i) size *= shape[i];
  return size;
}

void check_repeats(const char* op, std::int64_t repeats) {
  if (repeats < 0) throw ValueError(op, "repeats are negative: " + std::to_string(repeats));
}

}  // namespace

Tensor tile(const Tensor& x, std::span<const std::int64_t> repeats) {
  for (std::int64_t count : repeats) check_repeats("tile", count);
  const int given = static_cast<int>(repeats.size());
  const int rank = std::max(given, x.rank());
  Shape shape;
  for (int i = 0; i < rank; ++i)
    shape.append(i < rank - x.rank() ? 1 : x.shape()[i - (rank - x.rank())]);
  Tensor y = reshape(x, shape);
  // The last axis first: the blocks of the others grow with it.
  for (int i = rank - 1; i >= rank - given; --i) {
    const std::int64_t count = repeats[static_cast<std::size_t>(i - (rank - given))];
    if (count == 1) continue;
    const std::int64_t inner = size_from(shape, i);
    shape[i] = checked_mul(shape[i], count, "tile");
    y = repeat_blocks(y, count, inner, shape);
  }
  return y;
}

Tensor repeat(const Tensor& x, std::int64_t repeats, int axis) {
  axis = normalize_axis(axis, x.shape(), "repeat");
  check_repeats("repeat", repeats);
  Shape shape = x.shape();
  shape[axis] = checked_mul(shape[axis], repeats, "repeat");
  return repeat_blocks(x, repeats, size_from(shape, axis + 1), shape);
}

Tensor stack(std::span<const Tensor> parts, int axis) {
  if (parts.empty()) throw ValueError("stack", "no tensors given");
  const Tensor& first = parts[0];
  Shape wide = first.shape();
  wide.append(1);
  axis = normalize_axis(axis, wide, "stack");
  std::vector<Tensor> rows;
  rows.reserve(parts.size());
  for (const Tensor& part : parts) {
    detail::check_same_dtype("stack", first, part);
    detail::check_same_device("stack", first, part);
    if (!(part.shape() == first.shape()))
      throw ShapeError("stack", "shapes " + to_string(first.shape()) + " and " +
                                    to_string(part.shape()) + " differ");
    rows.push_back(unsqueeze(part, axis));
  }
  return concat(rows, axis);
}

Tensor stack(std::initializer_list<Tensor> parts, int axis) {
  return stack(std::span(parts.begin(), parts.size()), axis);
}

std::vector<Tensor> split(const Tensor& x, std::int64_t parts, int axis) {
  axis = normalize_axis(axis, x.shape(), "split");
  if (parts < 1)
    throw ValueError("split", "parts must be at least 1, got " + std::to_string(parts));
  const std::int64_t total = x.shape()[axis];
  if (total % parts != 0)
    throw ShapeError("split", "axis " + std::to_string(axis) + " of shape " + to_string(x.shape()) +
                                  " does not divide into " + std::to_string(parts) +
                                  " equal parts");
  std::vector<Tensor> result(static_cast<std::size_t>(parts));
  std::vector<Tensor*> outputs;
  outputs.reserve(result.size());
  const std::int64_t size = total / parts;
  for (Tensor& part : result) {
    const auto i = static_cast<std::int64_t>(outputs.size());
    part = detail::view_slice(x, axis, i * size, size, 1);
    outputs.push_back(&part);
  }
  // One node: a node a part would each make a gradient of x's whole size.
  const Input inputs[] = {x};
  detail::record_outputs("split", outputs, inputs, {}, [axis, parts](Backward& b) {
    std::vector<Tensor> gradients(static_cast<std::size_t>(parts));
    Tensor known;
    for (std::int64_t k = 0; k < parts && !known.defined(); ++k) known = b.dy(static_cast<int>(k));
    for (std::int64_t k = 0; k < parts; ++k) {
      const Tensor& dy = b.dy(static_cast<int>(k));
      gradients[static_cast<std::size_t>(k)] = dy.defined() ? dy : zeros_like(known);
    }
    b.grad(0) = concat(gradients, axis);
  });
  return result;
}

std::vector<Tensor> split(const Tensor& x, std::span<const std::int64_t> sizes, int axis) {
  axis = normalize_axis(axis, x.shape(), "split");
  std::int64_t left = x.shape()[axis];
  bool fits = true;
  for (std::int64_t size : sizes) {
    fits = fits && size >= 0 && size <= left;
    left -= fits ? size : 0;
  }
  if (!fits || left != 0)
    throw ShapeError("split", "sizes " + to_string(Shape(sizes)) + " don't add up to axis " +
                                  std::to_string(axis) + " of shape " + to_string(x.shape()));
  std::vector<Tensor> result;
  result.reserve(sizes.size());
  std::int64_t begin = 0;
  for (std::int64_t size : sizes) {
    result.push_back(slice(x, axis, begin, begin + size));
    begin += size;
  }
  return result;
}

}  // namespace carousel
