// Conversions between dtypes.
#include <carousel/backends/cpu/simd/tables.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

template <class T>
inline constexpr bool kIsFloating = is_floating(dtype_of<T>);
template <class T>
inline constexpr bool kIsBool = dtype_of<T> == boolean;

// Towards zero; what does not fit becomes the nearest integer that does, NaN becomes 0.
template <class From, class To>
inline To saturate(From x) {
  constexpr To highest = static_cast<To>(~(std::uint64_t{1} << 63) >> (64 - sizeof(To) * 8));
  constexpr From limit = sizeof(To) == 4 ? static_cast<From>(0x1p31) : static_cast<From>(0x1p63);
  if (x >= limit) return highest;
  if (x < -limit) return -highest - 1;
  return x == x ? static_cast<To>(x) : To{0};
}

template <class From, class To>
void cast(const Run& run) {
  constexpr bool from_floating = kIsFloating<From>;
  constexpr bool to_bool = kIsBool<To>, to_integer = !kIsFloating<To> && !to_bool;
  auto* out = static_cast<To*>(run.out);
  const auto* x = static_cast<const From*>(run.in[0]);
  const std::int64_t step = run.step[0];
  const auto one = [](From v) -> To {
    if constexpr (to_bool) return v != From(0);
    if constexpr (from_floating && to_integer) return saturate<From, To>(v);
    return static_cast<To>(v);
  };
  if (step == 1)
    for (std::int64_t i = 0; i < run.n; ++i) out[i] = one(x[i]);
  else
    for (std::int64_t i = 0; i < run.n; ++i) out[i] = one(*x);
}

template <class From>
constexpr void set_row(Inner (&row)[kDTypeCount]) {
  row[0] = cast<From, float>;
  row[1] = cast<From, double>;
  row[2] = cast<From, std::int32_t>;
  row[3] = cast<From, std::int64_t>;
  row[4] = cast<From, bool>;
}

constexpr CastTable make_table() {
  CastTable t;
  set_row<float>(t.inner[0]);
  set_row<double>(t.inner[1]);
  set_row<std::int32_t>(t.inner[2]);
  set_row<std::int64_t>(t.inner[3]);
  set_row<bool>(t.inner[4]);
  return t;
}

}  // namespace

const CastTable& cast_table() {
  static constexpr CastTable table = make_table();
  return table;
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
