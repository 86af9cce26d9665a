// The vectors that kernels compute with, and the few places where xsimd's versions differ.
// For units in backends/cpu/simd/ only.
#pragma once

#include <cstdint>

#include <xsimd/xsimd.hpp>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace carousel::cpu::CAROUSEL_SIMD {

template <class T>
using Vec = xsimd::batch<T>;
template <class T>
using Mask = xsimd::batch_bool<T, typename Vec<T>::arch_type>;

template <class T>
inline constexpr int kLanes = static_cast<int>(Vec<T>::size);

// a * b + c in one rounding where the level has it (all but sse2). Not xsimd::fma: release 8.1
// has none for AVX-512 and rounds twice there.
#if defined(__AVX512F__)
inline Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) {
  return Vec<float>(_mm512_fmadd_ps(a, b, c));
}
inline Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) {
  return Vec<double>(_mm512_fmadd_pd(a, b, c));
}
#else
inline Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) { return xsimd::fma(a, b, c); }
inline Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) { return xsimd::fma(a, b, c); }
#endif

template <class T>
inline Vec<T> load(const T* p) {
  return Vec<T>::load_unaligned(p);
}
template <class T>
inline void store(T* p, Vec<T> v) {
  v.store_unaligned(p);
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
