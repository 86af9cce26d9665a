// tanh, sigmoid and the functions built on them; sine, cosine, the error function.
#pragma once

#include <math.h>

#include <carousel/backends/cpu/simd/math.h>

namespace carousel::cpu::CAROUSEL_SIMD {

// e^-|x|, where both halves of an activation can use it without overflow.
template <class T>
CAROUSEL_INLINE Vec<T> exp_minus_abs(Vec<T> x) {
  return exp(-absolute(x));
}

template <class T>
CAROUSEL_INLINE Vec<T> sigmoid(Vec<T> x) {
  const Vec<T> e = exp_minus_abs(x), one(T(1));
  return xsimd::select(x < Vec<T>(T(0)), e, one) / (one + e);
}

template <class T>
CAROUSEL_INLINE Vec<T> tanh(Vec<T> x) {
  return xsimd::tanh(x);
}

template <class T>
CAROUSEL_INLINE Vec<T> softplus(Vec<T> x) {
  const Vec<T> zero(T(0));
  return xsimd::select(x > zero, x, zero) + log1p(exp_minus_abs(x));
}

// sin and cos of r = x - n pi/2, |r| <= pi/4: FreeBSD's k_sin.c and k_cos.c.
CAROUSEL_INLINE Vec<double> sine_quarter(Vec<double> r) {
  static constexpr double kSeries[] = {-1.66666666666666324348e-01, 8.33333333332248946124e-03,
                                       -1.98412698298579493134e-04, 2.75573137070700676789e-06,
                                       -2.50507602534068634195e-08, 1.58969099521155010221e-10};
  const Vec<double> z = r * r;
  return fma(r * z, polynomial(z, kSeries), r);
}
CAROUSEL_INLINE Vec<double> cosine_quarter(Vec<double> r) {
  static constexpr double kSeries[] = {4.16666666666666019037e-02, -1.38888888888741095749e-03,
                                       2.48015872894767294178e-05, -2.75573143513906633035e-07,
                                       2.08757232129817482790e-09, -1.13596475577881948265e-11};
  const Vec<double> z = r * r, half = z * Vec<double>(0.5), one(1.0);
  const Vec<double> w = one - half;
  return w + (((one - w) - half) + z * z * polynomial(z, kSeries));
}

// sin(x + quarters pi/2). pi/2 in three parts, of which n times the first two are exact.
template <int quarters>
CAROUSEL_INLINE Vec<double> sine_of(Vec<double> x) {
  using D = Vec<double>;
  constexpr double (*kCall)(double) = quarters == 0 ? static_cast<double (*)(double)>(::sin)
                                                    : static_cast<double (*)(double)>(::cos);
  const D n = round_small(x * D(6.36619772367581382433e-01));
  D r = x - n * D(1.57079632673412561417e+00);
  r = r - n * D(6.07710050630396597660e-11);
  r = r - n * D(2.02226624879595063154e-21);
  const BitVec<double> turn = to_bits(n + D(Format<double>::kRound + quarters));
  const BitVec<double> one(std::uint64_t{1}), two(std::uint64_t{2});
  const Mask<double> odd = from_bits<double>((turn & one) << 62) != D(0.0);
  const D sine = xsimd::select(odd, cosine_quarter(r), sine_quarter(r));
  const D y = from_bits<double>(to_bits(sine) ^ ((turn & two) << 62));
  const Mask<double> small = absolute(x) < D(0x1p18);
  if (xsimd::all(small)) return y;
  return xsimd::select(small, y, each_lane<double, kCall>(x));
}

CAROUSEL_INLINE Vec<double> sin(Vec<double> x) { return sine_of<0>(x); }
CAROUSEL_INLINE Vec<double> cos(Vec<double> x) { return sine_of<1>(x); }

// Cephes' atan.c, its thresholds too: xsimd turns by pi/4 from tan(pi/8) on, where what is left
// cancels (2.2 ulps).
CAROUSEL_INLINE Vec<double> atan(Vec<double> x) {
  using D = Vec<double>;
  static constexpr double p[] = {-6.485021904942025371773e+01, -1.228866684490136173410e+02,
                                 -7.500855792314704667340e+01, -1.615753718733365076637e+01,
                                 -8.750608600031904122785e-01};
  static constexpr double q[] = {1.945506571482613964425e+02, 4.853903996359136964868e+02,
                                 4.328810604912902668951e+02, 1.650270098316988542046e+02,
                                 2.485846490142306297962e+01, 1.0};
  const D a = absolute(x), one(1.0);
  const Mask<double> turned = a > D(0.66), upright = a > D(2.41421356237309504880);
  const D down = xsimd::select(upright, -one / a, (a - one) / (a + one));
  const D t = xsimd::select(turned, down, a), z = t * t;
  const D y = fma(t, z * polynomial(z, p) / polynomial(z, q), t);
  // pi/2 or pi/4 in two parts
  const D high = xsimd::select(upright, D(1.57079632679489661923), D(0.785398163397448309616));
  const D low = xsimd::select(upright, D(6.123233995736765886e-17), D(3.061616997868382943e-17));
  return with_sign(xsimd::select(turned, high + (y + low), y), x);
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
