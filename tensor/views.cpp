// Raw views: other shapes, strides and offsets on the same storage.
#include <carousel/tensor/axes.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel {

Axes::Axes(std::span<const int> axes) : all_(false) {
  if (axes.size() > kMaxRank)
    throw ShapeError("axes", std::to_string(axes.size()) + " axes given, the rank is limited to " +
                                 std::to_string(kMaxRank));
  for (int axis : axes) axes_[static_cast<std::size_t>(count_++)] = axis;
}

std::uint32_t Axes::mask(const Shape& shape, const char* op) const {
  if (all_) return (1u << shape.rank()) - 1;
  std::uint32_t result = 0;
  for (int axis : list()) {
    const std::uint32_t bit = 1u << normalize_axis(axis, shape, op);
    if (result & bit) throw ValueError(op, "axis " + std::to_string(axis) + " is given twice");
    result |= bit;
  }
  return result;
}

namespace detail {
namespace {
std::size_t at(int i) { return static_cast<std::size_t>(i); }
}  // namespace

Tensor view_transpose(const Tensor& x, int axis0, int axis1) {
  Shape shape = x.shape();
  Strides strides = x.strides();
  std::swap(shape[axis0], shape[axis1]);
  std::swap(strides[at(axis0)], strides[at(axis1)]);
  return make_view(x, shape, strides, x.impl().offset);
}

Tensor view_permute(const Tensor& x, std::span<const int> axes) {
  Shape shape;
  Strides strides{};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    shape.append(x.shape()[axes[i]]);
    strides[i] = x.strides()[at(axes[i])];
  }
  return make_view(x, shape, strides, x.impl().offset);
}

Tensor view_expand(const Tensor& x, const Shape& shape) {
  return make_view(x, shape, operand(x, shape).strides, x.impl().offset);
}

Tensor view_slice(const Tensor& x, int axis, std::int64_t begin, std::int64_t size,
                  std::int64_t step) {
  Shape shape = x.shape();
  Strides strides = x.strides();
  const std::int64_t offset = x.impl().offset + (size == 0 ? 0 : begin * strides[at(axis)]);
  shape[axis] = size;
  strides[at(axis)] *= step;
  return make_view(x, shape, strides, offset);
}

Tensor view_select(const Tensor& x, int axis, std::int64_t position) {
  Shape shape;
  Strides strides{};
  for (int i = 0; i < x.rank(); ++i) {
    if (i == axis) continue;
    strides[at(shape.rank())] = x.strides()[at(i)];
    shape.append(x.shape()[i]);
  }
  return make_view(x, shape, strides, x.impl().offset + position * x.strides()[at(axis)]);
}

// Walks both shapes in runs of equal element counts; a run must be dense within itself.
Tensor view_reshape(const Tensor& x, const Shape& shape) {
  if (x.is_contiguous()) return make_view(x, shape, contiguous_strides(shape), x.impl().offset);
  Shape from;
  Strides steps{};
  for (int i = 0; i < x.rank(); ++i) {
    if (x.shape()[i] == 1) continue;
    steps[at(from.rank())] = x.strides()[at(i)];
    from.append(x.shape()[i]);
  }
  Strides strides{};
  int i = 0, j = 0;
  while (i < from.rank()) {
    std::int64_t size = from[i], wanted = j < shape.rank() ? shape[j] : 1;
    int i_end = i + 1, j_end = j + 1;
    while (size != wanted) {
      if (size < wanted) {
        if (steps[at(i_end - 1)] != steps[at(i_end)] * from[i_end]) return {};
        size *= from[i_end++];
      } else {
        wanted *= shape[j_end++];
      }
    }
    std::int64_t step = steps[at(i_end - 1)];
    for (int k = j_end - 1; k >= j; --k) {
      strides[at(k)] = step;
      step *= shape[k];
    }
    i = i_end;
    j = j_end;
  }
  return make_view(x, shape, strides, x.impl().offset);
}

}  // namespace detail
}  // namespace carousel
