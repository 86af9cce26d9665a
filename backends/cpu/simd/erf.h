// The error function. In f64 xsimd's is 68 units in the last place off and NaN for huge arguments;
// this one follows FreeBSD's s_erf.c: a rational function on each of four ranges.
#pragma once

#include <carousel/backends/cpu/simd/math.h>

namespace carousel::cpu::CAROUSEL_SIMD {

CAROUSEL_INLINE Vec<float> erf(Vec<float> x) { return xsimd::erf(x); }

// erf(x) / x - 1 for |x| < 0.84375
CAROUSEL_INLINE Vec<double> erf_slope(Vec<double> x) {
  static constexpr double p[] = {1.28379167095512558561e-01, -3.25042107247001499370e-01,
                                 -2.84817495755985104766e-02, -5.77027029648944159157e-03,
                                 -2.37630166566501626084e-05};
  static constexpr double q[] = {1.0,
                                 3.97917223959155352819e-01,
                                 6.50222499887672944485e-02,
                                 5.08130628187576562776e-03,
                                 1.32494738004321644526e-04,
                                 -3.96022827877536812320e-06};
  const Vec<double> z = x * x;
  return polynomial(z, p) / polynomial(z, q);
}

// erf(x) - kErfNear1 for 0.84375 <= x < 1.25
inline constexpr double kErfNear1 = 8.45062911510467529297e-01;
CAROUSEL_INLINE Vec<double> erf_rise(Vec<double> x) {
  static constexpr double p[] = {-2.36211856075265944077e-03, 4.14856118683748331666e-01,
                                 -3.72207876035701323847e-01, 3.18346619901161753674e-01,
                                 -1.10894694282396677476e-01, 3.54783043256182359371e-02,
                                 -2.16637559486879084300e-03};
  static constexpr double q[] = {1.0,
                                 1.06420880400844228286e-01,
                                 5.40397917702171048937e-01,
                                 7.18286544141962662868e-02,
                                 1.26171219808761642112e-01,
                                 1.36370839120290507362e-02,
                                 1.19844998467991074170e-02};
  const Vec<double> s = x - Vec<double>(1.0);
  return polynomial(s, p) / polynomial(s, q);
}

// log(x erfc(x)) + x^2 + 0.5625, in s = 1 / x^2: 1.25 <= x < 1 / 0.35, and from there on.
CAROUSEL_INLINE Vec<double> erfc_exponent_near(Vec<double> s) {
  static constexpr double p[] = {-9.86494403484714822705e-03, -6.93858572707181764372e-01,
                                 -1.05586262253232909814e+01, -6.23753324503260060396e+01,
                                 -1.62396669462573470355e+02, -1.84605092906711035994e+02,
                                 -8.12874355063065934246e+01, -9.81432934416914548592e+00};
  static constexpr double q[] = {1.0,
                                 1.96512716674392571292e+01,
                                 1.37657754143519042600e+02,
                                 4.34565877475229228821e+02,
                                 6.45387271733267880336e+02,
                                 4.29008140027567833386e+02,
                                 1.08635005541779435134e+02,
                                 6.57024977031928170135e+00,
                                 -6.04244152148580987438e-02};
  return polynomial(s, p) / polynomial(s, q);
}
CAROUSEL_INLINE Vec<double> erfc_exponent_far(Vec<double> s) {
  static constexpr double p[] = {-9.86494292470009928597e-03, -7.99283237680523006574e-01,
                                 -1.77579549177547519889e+01, -1.60636384855821916062e+02,
                                 -6.37566443368389627722e+02, -1.02509513161107724954e+03,
                                 -4.83519191608651397019e+02};
  static constexpr double q[] = {1.0,
                                 3.03380607434824582924e+01,
                                 3.25792512996573918826e+02,
                                 1.53672958608443695994e+03,
                                 3.19985821950859553908e+03,
                                 2.55305040643316442583e+03,
                                 4.74528541206955367215e+02,
                                 -2.24409524465858183362e+01};
  return polynomial(s, p) / polynomial(s, q);
}
CAROUSEL_INLINE Vec<double> erfc_exponent(Vec<double> x, Vec<double> s) {
  return xsimd::select(x < Vec<double>(1 / 0.35), erfc_exponent_near(s), erfc_exponent_far(s));
}
CAROUSEL_INLINE Vec<double> erf_large(Vec<double> x) {
  using D = Vec<double>;
  x = xsimd::select(x > D(6.0), D(6.0), x);  // 1 to the last bit
  const D exponent = erfc_exponent(x, D(1.0) / (x * x));
  // x^2 exactly, as z^2 + (x - z) (x + z).
  const D z = from_bits<double>(to_bits(x) & BitVec<double>(~std::uint64_t{0xffffffff}));
  const D r = exp(-(z * z) - D(0.5625)) * exp((z - x) * (z + x) + exponent);
  return D(1.0) - r / x;
}

CAROUSEL_INLINE Vec<double> erf(Vec<double> x) {
  const Vec<double> a = absolute(x);
  const Vec<double> middle = Vec<double>(kErfNear1) + erf_rise(a);
  Vec<double> y = xsimd::select(a < Vec<double>(1.25), middle, erf_large(a));
  y = xsimd::select(a < Vec<double>(0.84375), fma(a, erf_slope(a), a), y);
  return with_sign(xsimd::select(is_nan(x), x, y), x);
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
