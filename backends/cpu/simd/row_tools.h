// What kernels over dense rows share: sums in double blocks, loads and stores of parts.
// For units in backends/cpu/simd/ only.
#pragma once

#include <carousel/backends/cpu/simd/math.h>
#include <carousel/backends/cpu/simd/part.h>

namespace carousel::cpu::CAROUSEL_SIMD {

inline constexpr std::int64_t kBlock = 1024;  // elements summed in T; blocks are summed in double

template <class T>
inline double total(Vec<T> v) {
  alignas(64) T lanes[kLanes<T>];
  v.store_aligned(lanes);
  double sum = 0;
  for (T lane : lanes) sum += static_cast<double>(lane);
  return sum;
}

// The sum of term(i, count): a vector of the terms i, i + 1, ..., of which `count` count and the
// others are 0.
template <class T, class Term>
CAROUSEL_INLINE T sum_of(std::int64_t n, const Term& term) {
  double sum = 0;
  for (std::int64_t begin = 0; begin < n; begin += kBlock) {
    const std::int64_t end = begin + kBlock < n ? begin + kBlock : n;
    Vec<T> block(T(0));
    std::int64_t i = begin;
    for (; i + kLanes<T> <= end; i += kLanes<T>) block = block + term(i, std::int64_t{kLanes<T>});
    if (i < end) block = block + term(i, end - i);
    sum += total(block);
  }
  return static_cast<T>(sum);
}

template <class T>
CAROUSEL_INLINE Vec<T> load_n(const T* p, std::int64_t n) {
  return n == kLanes<T> ? load(p) : load_part(p, n);
}
template <class T>
CAROUSEL_INLINE void store_n(T* p, Vec<T> v, std::int64_t n) {
  if (n == kLanes<T>) return store(p, v);
  store_part(p, v, n);
}
// out[i] = value(i, count), vector by vector.
template <class T, class Value>
CAROUSEL_INLINE void write(T* out, std::int64_t n, const Value& value) {
  std::int64_t i = 0;
  for (; i + kLanes<T> <= n; i += kLanes<T>) store(out + i, value(i, std::int64_t{kLanes<T>}));
  if (i < n) store_part(out + i, value(i, n - i), n - i);
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
