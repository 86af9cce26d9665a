// exp, log and their kin on vectors, for f32 and f64. Errors in units in the last place are those
// that tests/ulps/ulps_test.cpp asserts. NaN gives NaN; results that are subnormal are not
// flushed; nothing overflows early.
#pragma once

#include <carousel/backends/cpu/simd/float_bits.h>

namespace carousel::cpu::CAROUSEL_SIMD {

template <class T>
struct ExpConstants;
template <>
struct ExpConstants<float> {
  // Beyond these the result is infinity or 0.
  static constexpr float kHigh = 89, kLow = -105, kLowMinusOne = -20;
  static constexpr float kLn2High = 0x1.63p-1f, kLn2Low = -0x1.bd0106p-13f;
  // (e^r - 1 - r) / r^2 on |r| <= ln 2 / 2: Taylor's series, 3e-9 relative to e^r.
  static constexpr float kSeries[] = {1.f / 2, 1.f / 6, 1.f / 24, 1.f / 120, 1.f / 720, 1.f / 5040};
};
template <>
struct ExpConstants<double> {
  static constexpr double kHigh = 710, kLow = -746, kLowMinusOne = -40;
  static constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
  static constexpr double kSeries[] = {
      1. / 2,     1. / 6,      1. / 24,      1. / 120,      1. / 720,       1. / 5040,
      1. / 40320, 1. / 362880, 1. / 3628800, 1. / 39916800, 1. / 479001600, 1. / 6227020800};
};

// x = k ln 2 + r; tail = e^r - 1.
template <class T>
struct Reduced {
  Vec<T> k, tail;
};
template <class T>
CAROUSEL_INLINE Reduced<T> reduce_exp(Vec<T> x) {
  using C = ExpConstants<T>;
  const Vec<T> k = round_small(x * Vec<T>(T(1.4426950408889634)));
  const Vec<T> high = fma(k, Vec<T>(-C::kLn2High), x);
  const Vec<T> r = fma(k, Vec<T>(-C::kLn2Low), high);
  // What r's rounding lost.
  const Vec<T> lost = fma(k, Vec<T>(-C::kLn2Low), high - r);
  return {k, r + fma(r * r, polynomial(r, C::kSeries), lost)};
}

// x 2^k for an integer k, rounded once where the result is subnormal.
#if CAROUSEL_SIMD_avx512
CAROUSEL_INLINE Vec<float> scaled(Vec<float> x, Vec<float> k) {
  return Vec<float>(_mm512_scalef_ps(x, k));
}
CAROUSEL_INLINE Vec<double> scaled(Vec<double> x, Vec<double> k) {
  return Vec<double>(_mm512_scalef_pd(x, k));
}
#else
template <class T>
CAROUSEL_INLINE Vec<T> scaled(Vec<T> x, Vec<T> k) {
  // In two factors, so that neither leaves the normal range where the result does.
  const Vec<T> half = round_small(k * Vec<T>(T(0.5)));
  return x * power_of_two(half) * power_of_two(k - half);
}
#endif

template <class T>
CAROUSEL_INLINE Vec<T> exp(Vec<T> x) {
  using C = ExpConstants<T>;
  const Reduced<T> e = reduce_exp(at_least(Vec<T>(C::kLow), at_most(Vec<T>(C::kHigh), x)));
  return scaled(Vec<T>(T(1)) + e.tail, e.k);
}

template <class T>
CAROUSEL_INLINE Vec<T> expm1(Vec<T> x) {
  using C = ExpConstants<T>;
  Vec<T> clamped = xsimd::select(x > Vec<T>(C::kHigh), Vec<T>(C::kHigh), x);
  clamped = xsimd::select(x < Vec<T>(C::kLowMinusOne), Vec<T>(C::kLowMinusOne), clamped);
  const Reduced<T> e = reduce_exp(clamped);
  const Vec<T> half_scale = power_of_two(e.k - Vec<T>(T(1)));
  const Vec<T> y = fma(half_scale, e.tail, half_scale - Vec<T>(T(0.5)));
  return xsimd::select(x == Vec<T>(T(0)), x, y + y);
}

template <class T>
struct LogConstants;
template <>
struct LogConstants<float> {
  static constexpr float kLn2High = 0x1.62e3p-1f, kLn2Low = 0x1.2fefa2p-17f;
  static constexpr float kSubnormal = 0x1p25f, kSubnormalExponent = 25;
  static constexpr std::uint32_t kRootHalf = 0x3f3504f3;
  // (log(1+f) - 2s) / s for s = f / (2 + f), in s^2: minimax, FreeBSD's e_logf.c.
  static constexpr float kSeries[] = {0xaaaaaa.0p-24f, 0xccce13.0p-25f, 0x91e9ee.0p-25f,
                                      0xf89e26.0p-26f};
};
template <>
struct LogConstants<double> {
  static constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
  static constexpr double kSubnormal = 0x1p54, kSubnormalExponent = 54;
  static constexpr std::uint64_t kRootHalf = 0x3fe6a09e667f3bcd;
  // FreeBSD's e_log.c.
  static constexpr double kSeries[] = {6.666666666666735130e-01, 3.999999999940941908e-01,
                                       2.857142874366239149e-01, 2.222219843214978396e-01,
                                       1.818357216161805012e-01, 1.531383769920937332e-01,
                                       1.479819860511658591e-01};
};

// log(2^k (1 + f) ) + c, for 1 + f between the roots of 1/2 and 2.
template <class T>
CAROUSEL_INLINE Vec<T> log_of_parts(Vec<T> k, Vec<T> f, Vec<T> c) {
  using C = LogConstants<T>;
  const Vec<T> s = f / (Vec<T>(T(2)) + f), z = s * s;
  const Vec<T> half_square = Vec<T>(T(0.5)) * f * f;
  const Vec<T> rest = s * (half_square + z * polynomial(z, C::kSeries));
  const Vec<T> low = rest + fma(k, Vec<T>(C::kLn2Low), c);
  return fma(k, Vec<T>(C::kLn2High), f - (half_square - low));
}

// u = 2^k m with m between the roots of 1/2 and 2, for normal u > 0.
template <class T>
struct Parts {
  Vec<T> k, m;
};
template <class T>
CAROUSEL_INLINE Parts<T> split(Vec<T> u) {
  using F = Format<T>;
  using Bits = typename F::Bits;
  constexpr Bits one = Bits{F::kBias} << F::kMantissa, root = LogConstants<T>::kRootHalf;
  const BitVec<T> bits = to_bits(u) + BitVec<T>(Bits(one - root));
  const BitVec<T> exponent = (bits >> F::kMantissa) | to_bits(Vec<T>(F::kInteger));
  const BitVec<T> mantissa = bits & BitVec<T>(Bits((Bits{1} << F::kMantissa) - 1));
  return {from_bits<T>(exponent) - Vec<T>(F::kInteger + F::kBias),
          from_bits<T>(mantissa + BitVec<T>(root))};
}

// The ends of the domain, `at_zero` being where the logarithm is -infinity.
template <class T>
CAROUSEL_INLINE Vec<T> log_ends(Vec<T> x, Vec<T> y, Vec<T> at_zero) {
  const Vec<T> infinity(Format<T>::kInfinity);
  y = xsimd::select(x == infinity, x, y);
  y = xsimd::select(x == at_zero, -infinity, y);
  y = xsimd::select(x < at_zero, Vec<T>(Format<T>::kNaN), y);
  return xsimd::select(is_nan(x), x, y);
}

template <class T>
CAROUSEL_INLINE Vec<T> log(Vec<T> x) {
  using C = LogConstants<T>;
  const T smallest_normal = sizeof(T) == 4 ? T(0x1p-126) : T(0x1p-1022);
  const Mask<T> subnormal = x < Vec<T>(smallest_normal);
  const Parts<T> p = split(xsimd::select(subnormal, x * Vec<T>(C::kSubnormal), x));
  const Vec<T> k = xsimd::select(subnormal, p.k - Vec<T>(C::kSubnormalExponent), p.k);
  const Vec<T> y = log_of_parts(k, p.m - Vec<T>(T(1)), Vec<T>(T(0)));
  return log_ends(x, y, Vec<T>(T(0)));
}

template <class T>
CAROUSEL_INLINE Vec<T> log1p(Vec<T> x) {
  const Vec<T> one(T(1)), zero(T(0));
  const Vec<T> u = one + x;
  const Parts<T> p = split(u);
  const Mask<T> near_one = p.k == zero;
  // What rounding 1 + x lost.
  const Vec<T> lost = xsimd::select(x > one, one - (u - x), x - (u - one)) / u;
  const Vec<T> f = xsimd::select(near_one, x, p.m - one);
  const Vec<T> y = log_of_parts(p.k, f, xsimd::select(near_one, zero, lost));
  return xsimd::select(x == zero, x, log_ends(x, y, -one));
}

// F in double precision, for floats: less than one unit off, at half the speed.
template <Vec<double> (*F)(Vec<double>)>
CAROUSEL_INLINE Vec<float> through_f64(Vec<float> x) {
  const Wide wide = widen(x);
  return narrow({F(wide.low), F(wide.high)});
}

// Large arguments are where all of the mantissa of pi counts: left to the C library.
template <class T, T (*F)(T)>
__attribute__((noinline)) Vec<T> each_lane(Vec<T> x) {
  alignas(64) T values[kLanes<T>];
  x.store_aligned(values);
  for (T& value : values) value = F(value);
  return Vec<T>::load_aligned(values);
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
