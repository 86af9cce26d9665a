// Integers wrap around: computed unsigned, which the language defines.
#include <carousel/backends/cpu/simd/compare.h>
#include <carousel/backends/cpu/simd/elementwise.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

template <class T>
struct UnsignedOf;
template <>
struct UnsignedOf<std::int32_t> {
  using Type = std::uint32_t;
};
template <>
struct UnsignedOf<std::int64_t> {
  using Type = std::uint64_t;
};
template <class T>
using U = typename UnsignedOf<T>::Type;

template <class T>
T add(T a, T b) {
  return static_cast<T>(U<T>(a) + U<T>(b));
}
template <class T>
T sub(T a, T b) {
  return static_cast<T>(U<T>(a) - U<T>(b));
}
template <class T>
T mul(T a, T b) {
  return static_cast<T>(U<T>(a) * U<T>(b));
}
// Towards minus infinity. Division by zero gives 0, as in NumPy.
template <class T>
T floor_divide(T a, T b) {
  if (b == 0) return 0;
  if (b == -1) return sub<T>(0, a);
  const T q = a / b;
  return q * b != a && (a < 0) != (b < 0) ? q - 1 : q;
}
template <class T>
T remainder(T a, T b) {
  if (b == 0 || b == -1) return 0;
  const T r = a % b;
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

// A bound that the type can't hold is no bound.
template <class T>
T bound(double value) {
  constexpr U<T> top = U<T>{1} << (sizeof(T) * 8 - 1);
  const double limit = static_cast<double>(top);
  if (value >= limit) return static_cast<T>(top - 1);
  if (value < -limit) return static_cast<T>(top);
  return static_cast<T>(value);
}
template <class T>
void clip(const Run& run) {
  const T low = bound<T>(__builtin_ceil(run.alpha)), high = bound<T>(__builtin_floor(run.beta));
  auto* out = static_cast<T*>(run.out);
  const auto* x = static_cast<const T*>(run.in[0]);
  for (std::int64_t i = 0; i < run.n; ++i) {
    const T v = x[i * run.step[0]], raised = v < low ? low : v;
    out[i] = raised > high ? high : raised;
  }
}

template <class T>
constexpr InnerTable make_table() {
  InnerTable t;
  t.set(Kernel::neg, each1<T, T, [](T x) { return sub<T>(0, x); }>);
  t.set(Kernel::abs, each1<T, T, [](T x) { return x < 0 ? sub<T>(0, x) : x; }>);
  t.set(Kernel::sign, each1<T, T, [](T x) { return static_cast<T>((x > 0) - (x < 0)); }>);
  t.set(Kernel::square, each1<T, T, [](T x) { return mul<T>(x, x); }>);
  t.set(Kernel::clip, clip<T>);
  t.set(Kernel::add, each2<T, T, add<T>>);
  t.set(Kernel::sub, each2<T, T, sub<T>>);
  t.set(Kernel::mul, each2<T, T, mul<T>>);
  t.set(Kernel::floor_divide, each2<T, T, floor_divide<T>>);
  t.set(Kernel::remainder, each2<T, T, remainder<T>>);
  t.set(Kernel::minimum, each2<T, T, [](T a, T b) { return a < b ? a : b; }>);
  t.set(Kernel::maximum, each2<T, T, [](T a, T b) { return (a > b) ? a : b; }>);
  set_compares<T>(t);
  return t;
}

constexpr InnerTable make_bool_table() {
  InnerTable t;
  t.set(Kernel::logical_not, each1<bool, bool, [](bool x) { return !x; }>);
  t.set(Kernel::logical_and, each2<bool, bool, [](bool a, bool b) { return (a & b) != 0; }>);
  t.set(Kernel::logical_or, each2<bool, bool, [](bool a, bool b) { return (a | b) != 0; }>);
  t.set(Kernel::logical_xor, each2<bool, bool, [](bool a, bool b) { return a != b; }>);
  set_equality<bool>(t);
  return t;
}

}  // namespace

const InnerTable& elementwise_i32() {
  static constexpr InnerTable table = make_table<std::int32_t>();
  return table;
}
const InnerTable& elementwise_i64() {
  static constexpr InnerTable table = make_table<std::int64_t>();
  return table;
}
const InnerTable& elementwise_bool() {
  static constexpr InnerTable table = make_bool_table();
  return table;
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
