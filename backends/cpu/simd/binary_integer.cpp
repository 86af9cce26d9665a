// Integer kernels wrap around; they are computed unsigned, which the language defines.
#include <carousel/backends/cpu/simd/elementwise.h>
#include <carousel/backends/cpu/simd/tables.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

template <class T>
struct Unsigned;
template <>
struct Unsigned<std::int32_t> {
  using Type = std::uint32_t;
};
template <>
struct Unsigned<std::int64_t> {
  using Type = std::uint64_t;
};
template <class T>
using U = typename Unsigned<T>::Type;

struct Plain {
  explicit Plain(const Run&) {}
};
template <class T>
struct Add : Plain {
  using Plain::Plain;
  T operator()(T a, T b) const {
    return static_cast<T>(static_cast<U<T>>(a) + static_cast<U<T>>(b));
  }
};
template <class T>
struct Sub : Plain {
  using Plain::Plain;
  T operator()(T a, T b) const {
    return static_cast<T>(static_cast<U<T>>(a) - static_cast<U<T>>(b));
  }
};
template <class T>
struct Mul : Plain {
  using Plain::Plain;
  T operator()(T a, T b) const {
    return static_cast<T>(static_cast<U<T>>(a) * static_cast<U<T>>(b));
  }
};
template <class T>
struct Maximum : Plain {
  using Plain::Plain;
  T operator()(T a, T b) const { return a > b ? a : b; }
};
template <class T>
struct Minimum : Plain {
  using Plain::Plain;
  T operator()(T a, T b) const { return a < b ? a : b; }
};
// Towards minus infinity. A zero divisor gives 0 (NumPy's answer); the smallest by -1 wraps.
template <class T>
struct FloorDivide : Plain {
  using Plain::Plain;
  T operator()(T a, T b) const {
    if (b == 0) return 0;
    if (b == -1) return static_cast<T>(U<T>{0} - static_cast<U<T>>(a));
    const T q = a / b;
    return q * b != a && ((a < 0) != (b < 0)) ? q - 1 : q;
  }
};
template <class T>
struct Remainder : Plain {
  using Plain::Plain;
  T operator()(T a, T b) const {
    if (b == 0 || b == -1) return 0;
    const T r = a % b;
    return r != 0 && ((r < 0) != (b < 0)) ? r + b : r;
  }
};

template <class T>
constexpr InnerTable make_table() {
  InnerTable t{};
  const auto set = [&t](Kernel kernel, Inner inner) { t.inner[static_cast<int>(kernel)] = inner; };
  set(Kernel::add, each2<T, T, Add<T>>);
  set(Kernel::sub, each2<T, T, Sub<T>>);
  set(Kernel::mul, each2<T, T, Mul<T>>);
  set(Kernel::floor_divide, each2<T, T, FloorDivide<T>>);
  set(Kernel::remainder, each2<T, T, Remainder<T>>);
  set(Kernel::minimum, each2<T, T, Minimum<T>>);
  set(Kernel::maximum, each2<T, T, Maximum<T>>);
  return t;
}

}  // namespace

const InnerTable& binary_i32() {
  static constexpr InnerTable table = make_table<std::int32_t>();
  return table;
}
const InnerTable& binary_i64() {
  static constexpr InnerTable table = make_table<std::int64_t>();
  return table;
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
