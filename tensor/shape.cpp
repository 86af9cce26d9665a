#include <carousel/tensor/shape.h>

#include <algorithm>

#include <carousel/tensor/error.h>

namespace carousel {

std::int64_t checked_mul(std::int64_t a, std::int64_t b, const char* op) {
  std::int64_t product = 0;
  if (a < 0 || b < 0 || __builtin_mul_overflow(a, b, &product))
    throw ValueError(op, "size overflows: " + std::to_string(a) + " * " + std::to_string(b));
  return product;
}

Shape::Shape(std::initializer_list<std::int64_t> sizes)
    : Shape(std::span<const std::int64_t>(sizes.begin(), sizes.size())) {}

Shape::Shape(std::span<const std::int64_t> sizes) {
  for (std::int64_t size : sizes) append(size);
}

void Shape::append(std::int64_t size) {
  if (rank_ == kMaxRank)
    throw ShapeError("shape", "rank is limited to " + std::to_string(kMaxRank) + ": " +
                                  to_string(*this) + " has it already");
  if (size < 0) throw ShapeError("shape", "a size is negative: " + std::to_string(size));
  sizes_[static_cast<std::size_t>(rank_++)] = size;
}

std::int64_t Shape::numel() const {
  std::int64_t product = 1;
  bool fits = true;
  for (std::int64_t size : *this) {
    // A zero anywhere makes the tensor empty, however large the other sizes are.
    if (size == 0) return 0;
    fits = !__builtin_mul_overflow(product, size, &product) && fits;
  }
  if (fits) [[likely]]
    return product;
  product = 1;
  for (std::int64_t size : *this) product = checked_mul(product, size);
  return product;
}

Strides contiguous_strides(const Shape& shape) {
  Strides strides{};
  std::int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[static_cast<std::size_t>(i)] = step;
    step *= std::max<std::int64_t>(shape[i], 1);
  }
  return strides;
}

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (int i = 0; i < shape.rank(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  return text + (shape.rank() == 1 ? ",)" : ")");
}

int normalize_axis(int axis, const Shape& shape, const char* op) {
  const int rank = shape.rank();
  if (axis < -rank || axis >= rank)
    throw IndexError(
        op, "axis " + std::to_string(axis) + " is out of range for shape " + to_string(shape));
  return axis < 0 ? axis + rank : axis;
}

Shape broadcast_shapes(const Shape& a, const Shape& b, const char* op) {
  const int rank = std::max(a.rank(), b.rank());
  Shape result;
  for (int i = 0; i < rank; ++i) {
    const int ia = i - (rank - a.rank()), ib = i - (rank - b.rank());
    const std::int64_t sa = ia < 0 ? 1 : a[ia], sb = ib < 0 ? 1 : b[ib];
    if (sa != sb && sa != 1 && sb != 1)
      throw ShapeError(
          op, "shapes " + to_string(a) + " and " + to_string(b) + " can't be broadcast together");
    result.append(sa == 1 ? sb : sa);
  }
  return result;
}

}  // namespace carousel
