// Sizes of a tensor along its axes.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace carousel {

inline constexpr int kMaxRank = 8;

// a * b; throws ValueError naming `op` if either is negative or the product does not fit.
std::int64_t checked_mul(std::int64_t a, std::int64_t b, const char* op = "shape");

// Up to kMaxRank sizes, held inline. A rank-0 shape is a scalar; a size may be 0.
class Shape {
 public:
  Shape() = default;
  // Throw ShapeError for more than kMaxRank sizes or a negative one.
  Shape(std::initializer_list<std::int64_t> sizes);
  explicit Shape(std::span<const std::int64_t> sizes);

  int rank() const { return rank_; }
  std::int64_t operator[](int axis) const { return sizes_[static_cast<std::size_t>(axis)]; }
  std::int64_t& operator[](int axis) { return sizes_[static_cast<std::size_t>(axis)]; }
  // Product of all sizes, through checked_mul.
  std::int64_t numel() const;
  void append(std::int64_t size);

  const std::int64_t* begin() const { return sizes_.data(); }
  const std::int64_t* end() const { return sizes_.data() + rank_; }
  friend bool operator==(const Shape& a, const Shape& b) {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i)
      if (a[i] != b[i]) return false;
    return true;
  }

 private:
  std::array<std::int64_t, kMaxRank> sizes_{};
  int rank_ = 0;
};

// Elements between neighbours along each axis; only the first `rank` entries count.
using Strides = std::array<std::int64_t, kMaxRank>;

// Strides of a dense row-major tensor.
Strides contiguous_strides(const Shape& shape);

// "(2, 3)", "(4,)", "()".
std::string to_string(const Shape& shape);

// 0 <= result < rank for -rank <= axis < rank, else IndexError: "[op] axis 3 is out of range for
// shape (2, 3)".
int normalize_axis(int axis, const Shape& shape, const char* op);

// NumPy broadcasting of two shapes; ShapeError naming `op` and both if they don't fit.
Shape broadcast_shapes(const Shape& a, const Shape& b, const char* op);

}  // namespace carousel
