// Which axes an operation works over.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>

#include <carousel/tensor/shape.h>

namespace carousel {

// A few axes, possibly negative (counted from the end). Default: all of them.
class Axes {
 public:
  Axes() = default;
  Axes(int axis) : Axes({axis}) {}  // NOLINT: implicit, so that x.sum(0) works
  // Throws ShapeError for more than kMaxRank.
  Axes(std::initializer_list<int> axes) : Axes(std::span<const int>(axes.begin(), axes.size())) {}
  explicit Axes(std::span<const int> axes);

  bool all() const { return all_; }
  std::span<const int> list() const { return {axes_.data(), static_cast<std::size_t>(count_)}; }
  // One bit an axis; IndexError for an axis out of range, ValueError for one given twice.
  std::uint32_t mask(const Shape& shape, const char* op) const;

 private:
  std::array<int, kMaxRank> axes_{};
  int count_ = 0;
  bool all_ = true;
};

// begin:end:step along one axis, as in Python: negative positions count from the end, positions
// out of range are cut. step >= 1.
struct Slice {
  static constexpr std::int64_t kEnd = INT64_MAX;
  std::int64_t begin = 0, end = kEnd, step = 1;
};

// A position (drops the axis) or a slice (keeps it).
struct Index {
  Index(std::int64_t p) : position(p), is_slice(false) {}  // NOLINT
  Index(int p) : Index(static_cast<std::int64_t>(p)) {}    // NOLINT
  Index(Slice s) : slice(s), is_slice(true) {}             // NOLINT
  std::int64_t position = 0;
  Slice slice;
  bool is_slice;
};

}  // namespace carousel
