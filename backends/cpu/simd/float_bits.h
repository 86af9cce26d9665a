// Floating vectors as bits: exponents in and out, wider and narrower.
#pragma once

#if CAROUSEL_SIMD_avx512 || CAROUSEL_SIMD_avx2 || CAROUSEL_SIMD_sse2
#include <immintrin.h>
#endif

#include <carousel/backends/cpu/simd/vec.h>

// Functors and math must melt into their loops, whatever their size.
#define CAROUSEL_INLINE __attribute__((always_inline)) inline

namespace carousel::cpu::CAROUSEL_SIMD {

template <class T>
struct Format;
template <>
struct Format<float> {
  using Bits = std::uint32_t;
  static constexpr int kMantissa = 23, kBias = 127;
  static constexpr float kRound = 0x1.8p23f;  // adding and subtracting it rounds to an integer
  static constexpr float kInteger = 0x1p23f;  // its low bits are an integer
  static constexpr float kInfinity = __builtin_inff(), kNaN = __builtin_nanf("");
};
template <>
struct Format<double> {
  using Bits = std::uint64_t;
  static constexpr int kMantissa = 52, kBias = 1023;
  static constexpr double kRound = 0x1.8p52;
  static constexpr double kInteger = 0x1p52;
  static constexpr double kInfinity = __builtin_inf(), kNaN = __builtin_nan("");
};
template <class T>
using BitVec = Vec<typename Format<T>::Bits>;

template <class T>
CAROUSEL_INLINE BitVec<T> to_bits(Vec<T> x) {
  return xsimd::bitwise_cast<BitVec<T>>(x);
}
template <class T>
CAROUSEL_INLINE Vec<T> from_bits(BitVec<T> bits) {
  return xsimd::bitwise_cast<Vec<T>>(bits);
}

// Not x != x: xsimd 8.1 compares ordered on AVX, where a NaN then equals itself.
template <class T>
CAROUSEL_INLINE Mask<T> is_nan(Vec<T> x) {
  return xsimd::isnan(x);
}

// The smaller of x and a bound, and the larger; NaN stays: these instructions give their second
// operand if either is NaN (on Arm, NaN).
template <class T>
CAROUSEL_INLINE Vec<T> at_most(Vec<T> bound, Vec<T> x) {
  return xsimd::min(bound, x);
}
template <class T>
CAROUSEL_INLINE Vec<T> at_least(Vec<T> bound, Vec<T> x) {
  return xsimd::max(bound, x);
}

template <class T>
CAROUSEL_INLINE Vec<T> absolute(Vec<T> x) {
  using Bits = typename Format<T>::Bits;
  return from_bits<T>(to_bits(x) & BitVec<T>(~(Bits{1} << (sizeof(T) * 8 - 1))));
}
// |x| with the sign of s; NaN stays NaN.
template <class T>
CAROUSEL_INLINE Vec<T> with_sign(Vec<T> x, Vec<T> s) {
  using Bits = typename Format<T>::Bits;
  return from_bits<T>(to_bits(absolute(x)) |
                      (to_bits(s) & BitVec<T>(Bits{1} << (sizeof(T) * 8 - 1))));
}

// Half to even, for |x| < 2^22 (f32) or 2^51 (f64).
template <class T>
CAROUSEL_INLINE Vec<T> round_small(Vec<T> x) {
  return (x + Vec<T>(Format<T>::kRound)) - Vec<T>(Format<T>::kRound);
}

// 2^k for an integer k in the range of normal numbers.
template <class T>
CAROUSEL_INLINE Vec<T> power_of_two(Vec<T> k) {
  const Vec<T> shifted = k + Vec<T>(Format<T>::kRound + Format<T>::kBias);
  return from_bits<T>(to_bits(shifted) << Format<T>::kMantissa);
}

// c[0] + c[1] x + c[2] x^2 + ...
template <class T, int N>
CAROUSEL_INLINE Vec<T> polynomial(Vec<T> x, const T (&c)[N]) {
  Vec<T> sum(c[N - 1]);
  for (int i = N - 2; i >= 0; --i) sum = fma(sum, x, Vec<T>(c[i]));
  return sum;
}

// The two halves of a float vector as doubles, and back.
struct Wide {
  Vec<double> low, high;
};
#if CAROUSEL_SIMD_avx512
CAROUSEL_INLINE Wide widen(Vec<float> x) {
  const __m512d pairs = _mm512_castps_pd(x);
  return {Vec<double>(_mm512_cvtps_pd(_mm512_castps512_ps256(x))),
          Vec<double>(_mm512_cvtps_pd(_mm256_castpd_ps(_mm512_extractf64x4_pd(pairs, 1))))};
}
CAROUSEL_INLINE Vec<float> narrow(Wide x) {
  const __m256d low = _mm256_castps_pd(_mm512_cvtpd_ps(x.low));
  const __m256d high = _mm256_castps_pd(_mm512_cvtpd_ps(x.high));
  return Vec<float>(_mm512_castpd_ps(_mm512_insertf64x4(_mm512_castpd256_pd512(low), high, 1)));
}
#elif CAROUSEL_SIMD_avx2
CAROUSEL_INLINE Wide widen(Vec<float> x) {
  return {Vec<double>(_mm256_cvtps_pd(_mm256_castps256_ps128(x))),
          Vec<double>(_mm256_cvtps_pd(_mm256_extractf128_ps(x, 1)))};
}
CAROUSEL_INLINE Vec<float> narrow(Wide x) {
  return Vec<float>(_mm256_insertf128_ps(_mm256_castps128_ps256(_mm256_cvtpd_ps(x.low)),
                                         _mm256_cvtpd_ps(x.high), 1));
}
#elif CAROUSEL_SIMD_sse2
CAROUSEL_INLINE Wide widen(Vec<float> x) {
  return {Vec<double>(_mm_cvtps_pd(x)), Vec<double>(_mm_cvtps_pd(_mm_movehl_ps(x, x)))};
}
CAROUSEL_INLINE Vec<float> narrow(Wide x) {
  return Vec<float>(_mm_movelh_ps(_mm_cvtpd_ps(x.low), _mm_cvtpd_ps(x.high)));
}
#else
CAROUSEL_INLINE Wide widen(Vec<float> x) {
  return {Vec<double>(vcvt_f64_f32(vget_low_f32(x))), Vec<double>(vcvt_high_f64_f32(x))};
}
CAROUSEL_INLINE Vec<float> narrow(Wide x) {
  return Vec<float>(vcvt_high_f32_f64(vcvt_f32_f64(x.low), x.high));
}
#endif

}  // namespace carousel::cpu::CAROUSEL_SIMD
