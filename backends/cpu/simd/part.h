// Vectors of which only the first elements are in memory.
#pragma once

#include <cstdint>

#if CAROUSEL_SIMD_avx512 || CAROUSEL_SIMD_avx2
#include <immintrin.h>
#endif

#include <carousel/backends/cpu/simd/vec.h>

namespace carousel::cpu::CAROUSEL_SIMD {

// The first n < kLanes elements; the others are 0. Nothing behind them is read or written.
template <class T>
inline Vec<T> load_part(const T* p, std::int64_t n);
template <class T>
inline void store_part(T* p, Vec<T> v, std::int64_t n);

#if CAROUSEL_SIMD_avx512
inline __mmask16 first16(std::int64_t n) { return static_cast<__mmask16>((1u << n) - 1); }
inline __mmask8 first8(std::int64_t n) { return static_cast<__mmask8>((1u << n) - 1); }
template <>
inline Vec<float> load_part(const float* p, std::int64_t n) {
  return Vec<float>(_mm512_maskz_loadu_ps(first16(n), p));
}
template <>
inline Vec<double> load_part(const double* p, std::int64_t n) {
  return Vec<double>(_mm512_maskz_loadu_pd(first8(n), p));
}
template <>
inline void store_part(float* p, Vec<float> v, std::int64_t n) {
  _mm512_mask_storeu_ps(p, first16(n), v);
}
template <>
inline void store_part(double* p, Vec<double> v, std::int64_t n) {
  _mm512_mask_storeu_pd(p, first8(n), v);
}
#elif CAROUSEL_SIMD_avx2
inline __m256i first8(std::int64_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)),
                            _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
inline __m256i first4(std::int64_t n) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3));
}
template <>
inline Vec<float> load_part(const float* p, std::int64_t n) {
  return Vec<float>(_mm256_maskload_ps(p, first8(n)));
}
template <>
inline Vec<double> load_part(const double* p, std::int64_t n) {
  return Vec<double>(_mm256_maskload_pd(p, first4(n)));
}
template <>
inline void store_part(float* p, Vec<float> v, std::int64_t n) {
  _mm256_maskstore_ps(p, first8(n), v);
}
template <>
inline void store_part(double* p, Vec<double> v, std::int64_t n) {
  _mm256_maskstore_pd(p, first4(n), v);
}
#else
template <class T>
inline Vec<T> load_part(const T* p, std::int64_t n) {
  alignas(64) T padded[kLanes<T>] = {};
  for (std::int64_t i = 0; i < n; ++i) padded[i] = p[i];
  return Vec<T>::load_aligned(padded);
}
template <class T>
inline void store_part(T* p, Vec<T> v, std::int64_t n) {
  alignas(64) T padded[kLanes<T>];
  v.store_aligned(padded);
  for (std::int64_t i = 0; i < n; ++i) p[i] = padded[i];
}
#endif

}  // namespace carousel::cpu::CAROUSEL_SIMD
