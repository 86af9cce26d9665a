// Functors of the binary kernels that need no transcendental function.
#pragma once

#include <carousel/backends/cpu/simd/elementwise.h>
#include <carousel/backends/cpu/simd/tables.h>

namespace carousel::cpu::CAROUSEL_SIMD {

struct Plain {
  explicit Plain(const Run&) {}
};

template <class T>
struct Add : Plain {
  using Plain::Plain;
  Vec<T> operator()(Vec<T> a, Vec<T> b) const { return a + b; }
};
template <class T>
struct Sub : Plain {
  using Plain::Plain;
  Vec<T> operator()(Vec<T> a, Vec<T> b) const { return a - b; }
};
template <class T>
struct Mul : Plain {
  using Plain::Plain;
  Vec<T> operator()(Vec<T> a, Vec<T> b) const { return a * b; }
};
template <class T>
struct Div : Plain {
  using Plain::Plain;
  Vec<T> operator()(Vec<T> a, Vec<T> b) const { return a / b; }
};

// A NaN in either operand wins; max(-0, 0) is 0 or -0.
template <class T>
inline Vec<T> maximum(Vec<T> a, Vec<T> b) {
  return xsimd::select((a > b) | (a != a), a, b);
}
template <class T>
inline Vec<T> minimum(Vec<T> a, Vec<T> b) {
  return xsimd::select((a < b) | (a != a), a, b);
}
template <class T>
struct Maximum : Plain {
  using Plain::Plain;
  Vec<T> operator()(Vec<T> a, Vec<T> b) const { return maximum(a, b); }
};
template <class T>
struct Minimum : Plain {
  using Plain::Plain;
  Vec<T> operator()(Vec<T> a, Vec<T> b) const { return minimum(a, b); }
};

template <class T>
constexpr InnerTable binary_table() {
  InnerTable t{};
  const auto set = [&t](Kernel kernel, Inner inner) { t.inner[static_cast<int>(kernel)] = inner; };
  set(Kernel::add, map2<T, Add<T>>);
  set(Kernel::sub, map2<T, Sub<T>>);
  set(Kernel::mul, map2<T, Mul<T>>);
  set(Kernel::div, map2<T, Div<T>>);
  set(Kernel::minimum, map2<T, Minimum<T>>);
  set(Kernel::maximum, map2<T, Maximum<T>>);
  return t;
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
