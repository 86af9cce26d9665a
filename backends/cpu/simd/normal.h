// The normal distribution, as gelu and its derivative need it.
#pragma once

#include <carousel/backends/cpu/simd/erf.h>

namespace carousel::cpu::CAROUSEL_SIMD {

template <class T>
struct Normal {
  Vec<T> bell, below;  // e^(-x^2 / 2); the probability of a number below x
};

CAROUSEL_INLINE Normal<double> normal(Vec<double> x) {
  using D = Vec<double>;
  const D below = D(0.5) * (D(1.0) + erf(x * D(0.70710678118654752440)));
  return {exp(D(-0.5) * x * x), below};
}

// What the rounding of s = x^2 lost.
CAROUSEL_INLINE Vec<float> lost_in_square(Vec<float> x, Vec<float> s) {
#if CAROUSEL_SIMD_sse2
  // Without fused multiply-add: the upper half of x has an exact square.
  const Vec<float> upper = from_bits<float>(to_bits(x) & BitVec<float>(~std::uint32_t{0xfff}));
  return (upper * upper - s) + (x - upper) * (x + upper);
#else
  return fma(x, x, -s);
#endif
}

// The tail behind a = |x| is e^(-a^2 / 2) times a rational function of a: minimax in relative
// error, 6e-9 on [0, 15], beyond which it is 0.
CAROUSEL_INLINE Normal<float> normal(Vec<float> x) {
  using F = Vec<float>;
  static constexpr float p[] = {0.5f, 0.43928308f, 0.18396889f, 0.040881048f, 0.0041532188f};
  static constexpr float q[] = {1.f,         1.6764519f,  1.2055472f,
                                0.47140805f, 0.10247971f, 0.010410464f};
  const F a = at_most(F(20.f), absolute(x)), s = a * a, one(1.f);
  const F rounded = exp(F(-0.5f) * s);
  const F bell = fma(rounded, F(-0.5f) * lost_in_square(a, s), rounded);
  const F tail = bell * (polynomial(a, p) / polynomial(a, q));
  return {bell, xsimd::select(x < F(0.f), tail, one - tail)};
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
