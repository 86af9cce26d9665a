// Walking strided memory: axes merged where they can be, and a cursor over the rows of the last.
#pragma once

#include <algorithm>
#include <cstdint>

#include <carousel/tensor/dtype.h>
#include <carousel/tensor/scalar.h>
#include <carousel/tensor/shape.h>

namespace carousel::cpu {

// The axes that N operands are walked along together. rank >= 1.
template <int N>
struct Axes {
  int rank = 0;
  std::int64_t sizes[kMaxRank] = {};
  std::int64_t strides[N][kMaxRank] = {};
};

// Drops axes of size 1 and merges neighbours that every one of the `operands` walks as one.
template <int N>
Axes<N> collapse(const Shape& shape, const Strides* const* strides, int operands) {
  Axes<N> axes;
  for (int d = 0; d < shape.rank(); ++d) {
    if (shape[d] == 1) continue;
    const auto at = static_cast<std::size_t>(d);
    bool merges = axes.rank > 0;
    for (int i = 0; i < operands && merges; ++i)
      merges = axes.strides[i][axes.rank - 1] == (*strides[i])[at] * shape[d];
    if (!merges) axes.sizes[axes.rank++] = 1;
    axes.sizes[axes.rank - 1] *= shape[d];
    for (int i = 0; i < operands; ++i) axes.strides[i][axes.rank - 1] = (*strides[i])[at];
  }
  if (axes.rank == 0) {
    axes.rank = 1;
    axes.sizes[0] = 1;
    for (int i = 0; i < operands; ++i) axes.strides[i][0] = 1;
  }
  return axes;
}

// A place in the logical (row-major) order of axes.
template <int N>
class Cursor {
 public:
  Cursor(const Axes<N>& axes, std::int64_t position) : axes_(&axes) {
    for (int d = axes.rank - 1; d >= 0; --d) {
      index_[d] = position % axes.sizes[d];
      position /= axes.sizes[d];
    }
  }

  std::int64_t left_in_row() const {
    return axes_->sizes[axes_->rank - 1] - index_[axes_->rank - 1];
  }
  std::int64_t row_stride(int operand) const { return axes_->strides[operand][axes_->rank - 1]; }
  std::int64_t offset(int operand) const {
    std::int64_t sum = 0;
    for (int d = 0; d < axes_->rank; ++d) sum += index_[d] * axes_->strides[operand][d];
    return sum;
  }
  // Wraps to the beginning at the end.
  void advance(std::int64_t n) {
    for (int d = axes_->rank - 1; d >= 0; --d) {
      index_[d] += n;
      if (index_[d] < axes_->sizes[d]) return;
      n = index_[d] / axes_->sizes[d];
      index_[d] %= axes_->sizes[d];
    }
  }

 private:
  const Axes<N>* axes_;
  std::int64_t index_[kMaxRank];
};

// n elements of `size` bytes, each operand's neighbours `stride` elements apart.
void copy_strided(char* to, std::int64_t to_stride, const char* from, std::int64_t from_stride,
                  int size, std::int64_t n);

// Rows of `cols` neighbours, from columns: to[r * to_stride + c] = from[c * from_stride + r].
void transpose(char* to, std::int64_t to_stride, const char* from, std::int64_t from_stride,
               int size, std::int64_t rows, std::int64_t cols);

// The n elements of an operand from the cursor on, into a dense buffer.
template <int N>
void gather(char* buffer, const char* data, int size, Cursor<N> cursor, int operand,
            std::int64_t n) {
  while (n > 0) {
    const std::int64_t part = std::min(n, cursor.left_in_row());
    copy_strided(buffer, 1, data + cursor.offset(operand) * size, cursor.row_stride(operand), size,
                 part);
    buffer += part * size;
    n -= part;
    cursor.advance(part);
  }
}

template <int N>
void scatter(char* data, const char* buffer, int size, Cursor<N> cursor, int operand,
             std::int64_t n) {
  while (n > 0) {
    const std::int64_t part = std::min(n, cursor.left_in_row());
    copy_strided(data + cursor.offset(operand) * size, cursor.row_stride(operand), buffer, 1, size,
                 part);
    buffer += part * size;
    n -= part;
    cursor.advance(part);
  }
}

// A scalar as an element of `dtype`.
void write_scalar(const Scalar& scalar, DType dtype, void* to);

}  // namespace carousel::cpu
