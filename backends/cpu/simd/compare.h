// Comparisons and predicates: bool functors on single numbers. False for NaN, but for not_equal.
#pragma once

#include <carousel/backends/cpu/simd/elementwise.h>

namespace carousel::cpu::CAROUSEL_SIMD {

template <class T>
constexpr void set_equality(InnerTable& t) {
  t.set(Kernel::equal, each2<T, bool, [](T a, T b) { return a == b; }>);
  t.set(Kernel::not_equal, each2<T, bool, [](T a, T b) { return a != b; }>);
}

template <class T>
constexpr void set_compares(InnerTable& t) {
  set_equality<T>(t);
  t.set(Kernel::less, each2<T, bool, [](T a, T b) { return a < b; }>);
  t.set(Kernel::less_equal, each2<T, bool, [](T a, T b) { return a <= b; }>);
  t.set(Kernel::greater, each2<T, bool, [](T a, T b) { return (a > b); }>);
  t.set(Kernel::greater_equal, each2<T, bool, [](T a, T b) { return (a >= b); }>);
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
