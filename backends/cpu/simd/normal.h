// The normal distribution, as gelu and its derivative need it.
#pragma once

#include <carousel/backends/cpu/simd/erf.h>

namespace carousel::cpu::CAROUSEL_SIMD {

template <class T>
struct Normal {
  Vec<T> bell, below;  // e^(-x^2 / 2); the probability of a number below x
};

// What the rounding of s = x^2 lost.
template <class T>
CAROUSEL_INLINE Vec<T> lost_in_square(Vec<T> x, Vec<T> s) {
#if CAROUSEL_SIMD_sse2
  // Without fused multiply-add: the upper half of x has an exact square.
  constexpr typename Format<T>::Bits kLower = sizeof(T) == 4 ? 0xfff : 0x7ffffff;
  const Vec<T> upper = from_bits<T>(to_bits(x) & BitVec<T>(~kLower));
  return (upper * upper - s) + (x - upper) * (x + upper);
#else
  return fma(x, x, -s);
#endif
}
// e^(-a^2 / 2)
template <class T>
CAROUSEL_INLINE Vec<T> bell_at(Vec<T> a) {
  const Vec<T> s = a * a, rounded = exp(Vec<T>(T(-0.5)) * s);
  return fma(rounded, Vec<T>(T(-0.5)) * lost_in_square(a, s), rounded);
}

// The tail behind a = |x| is erfc(a / sqrt(2)) / 2, beyond 39 it is 0. Of large a it is the bell's
// part.
CAROUSEL_INLINE Normal<double> normal(Vec<double> x) {
  using D = Vec<double>;
  const D a = at_most(D(39.0), absolute(x)), t = a * D(0.70710678118654752440), one(1.0);
  const D bell = bell_at(a), inverse = one / a;
  const D large = bell * exp(erfc_exponent(t, D(2.0) * inverse * inverse) - D(0.5625)) *
                  (inverse * D(1.41421356237309504880));
  D tail = xsimd::select(t < D(1.25), D(1 - kErfNear1) - erf_rise(t), large);
  tail = xsimd::select(t < D(0.84375), D(0.5) - fma(t, erf_slope(t), t - D(0.5)), tail);
  tail = D(0.5) * tail;
  return {bell, xsimd::select(x < D(0.0), tail, one - tail)};
}

// The tail behind a = |x| is e^(-a^2 / 2) times a rational function of a: minimax in relative
// error, 6e-9 on [0, 15], beyond which it is 0.
CAROUSEL_INLINE Normal<float> normal(Vec<float> x) {
  using F = Vec<float>;
  static constexpr float p[] = {0.5f, 0.43928308f, 0.18396889f, 0.040881048f, 0.0041532188f};
  static constexpr float q[] = {1.f,         1.6764519f,  1.2055472f,
                                0.47140805f, 0.10247971f, 0.010410464f};
  const F a = at_most(F(20.f), absolute(x)), one(1.f), bell = bell_at(a);
  const F tail = bell * (polynomial(a, p) / polynomial(a, q));
  return {bell, xsimd::select(x < F(0.f), tail, one - tail)};
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
