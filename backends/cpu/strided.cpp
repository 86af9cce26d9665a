#include <carousel/backends/cpu/strided.h>

#include <algorithm>
#include <cstring>

namespace carousel::cpu {
namespace {

// The first elements one by one, the others as copies of them.
template <class T>
void fill_dense(T* out, T value, std::int64_t n) {
  constexpr std::int64_t kPattern = 512;
  const std::int64_t first = std::min(n, kPattern / 8);
  for (std::int64_t i = 0; i < first; ++i) out[i] = value;
  for (std::int64_t done = first; done < n;) {
    const std::int64_t part = std::min({n - done, done, kPattern});
    std::memcpy(out + done, out, static_cast<std::size_t>(part) * sizeof(T));
    done += part;
  }
}

template <class T>
void copy_typed(char* to, std::int64_t to_stride, const char* from, std::int64_t from_stride,
                std::int64_t n) {
  auto* out = reinterpret_cast<T*>(to);
  const auto* in = reinterpret_cast<const T*>(from);
  if (from_stride == 0) {
    const T value = *in;
    if (to_stride == 1) return fill_dense(out, value, n);
    for (std::int64_t i = 0; i < n; ++i) out[i * to_stride] = value;
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) out[i * to_stride] = in[i * from_stride];
}

// out[i][j] = in[j][i], in squares that fit the cache whatever the strides.
template <class T>
void transpose_typed(char* to, std::int64_t to_stride, const char* from, std::int64_t from_stride,
                     std::int64_t rows, std::int64_t cols) {
  constexpr std::int64_t kSquare = 32;
  auto* out = reinterpret_cast<T*>(to);
  const auto* in = reinterpret_cast<const T*>(from);
  for (std::int64_t c = 0; c < cols; c += kSquare)
    for (std::int64_t r = 0; r < rows; r += kSquare) {
      const std::int64_t r_end = std::min(rows, r + kSquare), c_end = std::min(cols, c + kSquare);
      for (std::int64_t i = r; i < r_end; ++i)
        for (std::int64_t j = c; j < c_end; ++j) out[i * to_stride + j] = in[j * from_stride + i];
    }
}

}  // namespace

void transpose(char* to, std::int64_t to_stride, const char* from, std::int64_t from_stride,
               int size, std::int64_t rows, std::int64_t cols) {
  if (size == 4)
    return transpose_typed<std::uint32_t>(to, to_stride, from, from_stride, rows, cols);
  if (size == 8)
    return transpose_typed<std::uint64_t>(to, to_stride, from, from_stride, rows, cols);
  transpose_typed<std::uint8_t>(to, to_stride, from, from_stride, rows, cols);
}

void copy_strided(char* to, std::int64_t to_stride, const char* from, std::int64_t from_stride,
                  int size, std::int64_t n) {
  if (to_stride == 1 && from_stride == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(n * size));
    return;
  }
  if (size == 4) return copy_typed<std::uint32_t>(to, to_stride, from, from_stride, n);
  if (size == 8) return copy_typed<std::uint64_t>(to, to_stride, from, from_stride, n);
  copy_typed<std::uint8_t>(to, to_stride, from, from_stride, n);
}

void write_scalar(const Scalar& scalar, DType dtype, void* to) {
  const std::int64_t integer =
      scalar.is_floating() ? static_cast<std::int64_t>(scalar.real()) : scalar.integer();
  switch (dtype) {
    case f32: {
      const auto value = static_cast<float>(scalar.real());
      std::memcpy(to, &value, sizeof value);
      return;
    }
    case f64: {
      const double value = scalar.real();
      std::memcpy(to, &value, sizeof value);
      return;
    }
    case i32: {
      const auto value = static_cast<std::int32_t>(integer);
      std::memcpy(to, &value, sizeof value);
      return;
    }
    case i64:
      std::memcpy(to, &integer, sizeof integer);
      return;
    case boolean: {
      const bool value = scalar.real() != 0;
      std::memcpy(to, &value, sizeof value);
      return;
    }
  }
}

}  // namespace carousel::cpu
