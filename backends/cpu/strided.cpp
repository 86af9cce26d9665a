#include <carousel/backends/cpu/strided.h>

#include <cstring>

namespace carousel::cpu {
namespace {

template <class T>
void copy_typed(char* to, std::int64_t to_stride, const char* from, std::int64_t from_stride,
                std::int64_t n) {
  auto* out = reinterpret_cast<T*>(to);
  const auto* in = reinterpret_cast<const T*>(from);
  if (from_stride == 0) {
    const T value = *in;
    for (std::int64_t i = 0; i < n; ++i) out[i * to_stride] = value;
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) out[i * to_stride] = in[i * from_stride];
}

}  // namespace

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
