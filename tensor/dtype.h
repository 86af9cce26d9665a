// Element types.
#pragma once

#include <cstddef>
#include <cstdint>

namespace carousel {

enum class DType : std::uint8_t { f32, f64, i32, i64, boolean };

inline constexpr int kDTypeCount = 5;
inline constexpr DType f32 = DType::f32, f64 = DType::f64, i32 = DType::i32, i64 = DType::i64,
                       boolean = DType::boolean;

constexpr std::size_t size_of(DType dtype) {
  return dtype == f64 || dtype == i64 ? 8 : dtype == boolean ? 1 : 4;
}
constexpr bool is_floating(DType dtype) { return dtype == f32 || dtype == f64; }
constexpr bool is_integer(DType dtype) { return dtype == i32 || dtype == i64; }

// "f32", "f64", "i32", "i64", "bool".
constexpr const char* to_string(DType dtype) {
  constexpr const char* names[] = {"f32", "f64", "i32", "i64", "bool"};
  return names[static_cast<std::size_t>(dtype)];
}

// The DType of a C++ element type: float, double, std::int32_t, std::int64_t, bool.
template <class T>
struct DTypeOf;
template <>
struct DTypeOf<float> {
  static constexpr DType value = f32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = f64;
};
template <>
struct DTypeOf<std::int32_t> {
  static constexpr DType value = i32;
};
template <>
struct DTypeOf<std::int64_t> {
  static constexpr DType value = i64;
};
template <>
struct DTypeOf<bool> {
  static constexpr DType value = boolean;
};
template <class T>
inline constexpr DType dtype_of = DTypeOf<T>::value;

template <class T>
concept Element = requires {
  DTypeOf<T>::value;
};

}  // namespace carousel
