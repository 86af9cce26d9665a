// Activations inside recurrent kernels: value from x, derivative from the value.
#pragma once

#include <carousel/backends/cpu/simd/activations.h>
#include <carousel/tensor/recurrent.h>

namespace carousel::cpu::CAROUSEL_SIMD {

// Rational approximation of tanh, fitted for this project by weighted least squares (Lawson's
// iteration) to the relative error on [-9, 9]. Absolute error 3e-7, up to 5 ulp; at most 1 in
// magnitude; NaN stays NaN, which the order of operands of min and max decides.
inline Vec<float> fast_tanh(Vec<float> x) {
  const Vec<float> bound(9.0f), one(1.0f);
  x = xsimd::min(bound, xsimd::max(-bound, x));
  const Vec<float> y = x * x;
  Vec<float> p(1.33551764518e-8f);
  p = fma(p, y, Vec<float>(2.06095406314e-5f));
  p = fma(p, y, Vec<float>(0.00349561999263f));
  p = fma(p, y, Vec<float>(0.133810538944f));
  p = fma(p, y, Vec<float>(0.999999979547f));
  Vec<float> q(7.77679426694e-7f);
  q = fma(q, y, Vec<float>(0.000328568405147f));
  q = fma(q, y, Vec<float>(0.0258771078008f));
  q = fma(q, y, Vec<float>(0.467143695522f));
  q = fma(q, y, one);
  return xsimd::min(one, xsimd::max(-one, x * p / q));
}

struct FastTanh {
  explicit FastTanh(Activation) {}
  Vec<float> value(Vec<float> x) const { return fast_tanh(x); }
  Vec<float> slope(Vec<float> y) const { return fma(-y, y, Vec<float>(1.0f)); }
};

// Absolute error 1.7e-7.
struct FastSigmoid {
  explicit FastSigmoid(Activation) {}
  Vec<float> value(Vec<float> x) const {
    const Vec<float> half(0.5f);
    return fma(half, fast_tanh(half * x), half);
  }
  Vec<float> slope(Vec<float> y) const { return fma(-y, y, y); }
};

// The two usual ones, accurate.
template <class T>
struct AccurateTanh {
  explicit AccurateTanh(Activation) {}
  Vec<T> value(Vec<T> x) const { return tanh(x); }
  Vec<T> slope(Vec<T> y) const { return fma(-y, y, Vec<T>(T(1))); }
};
template <class T>
struct AccurateSigmoid {
  explicit AccurateSigmoid(Activation) {}
  Vec<T> value(Vec<T> x) const { return sigmoid(x); }
  Vec<T> slope(Vec<T> y) const { return fma(-y, y, y); }
};

// Any activation, chosen at run time, accurate.
template <class T>
struct AnyActivation {
  explicit AnyActivation(Activation which) : kind(which) {}
  static constexpr double kSeluScale = 1.0507009873554805, kSeluAlpha = 1.6732632423543772;

  Vec<T> value(Vec<T> x) const {
    const Vec<T> zero(T(0)), one(T(1));
    switch (kind) {
      case Activation::linear:
        return x;
      case Activation::tanh:
        return tanh(x);
      case Activation::sigmoid:
        return sigmoid(x);
      case Activation::relu:
        return xsimd::select(x < zero, zero, x);
      case Activation::hard_sigmoid: {
        const Vec<T> y = fma(x, Vec<T>(T(1) / 6), Vec<T>(T(0.5)));
        return xsimd::select(y < zero, zero, xsimd::select(y > one, one, y));
      }
      case Activation::softsign:
        return x / (one + xsimd::abs(x));
      case Activation::softplus:
        return softplus(x);
      case Activation::elu:
        return xsimd::select(x > zero, x, expm1(x));
      case Activation::selu:
        return Vec<T>(T(kSeluScale)) * xsimd::select(x > zero, x, Vec<T>(T(kSeluAlpha)) * expm1(x));
      case Activation::exponential:
        return exp(x);
    }
    return x;
  }

  Vec<T> slope(Vec<T> y) const {
    const Vec<T> zero(T(0)), one(T(1));
    switch (kind) {
      case Activation::linear:
        return one;
      case Activation::tanh:
        return fma(-y, y, one);
      case Activation::sigmoid:
        return fma(-y, y, y);
      case Activation::relu:
        return xsimd::select(y > zero, one, y * zero);
      case Activation::hard_sigmoid:
        return xsimd::select((y > zero) & (y < one), Vec<T>(T(1) / 6), y * zero);
      case Activation::softsign: {
        const Vec<T> rest = one - xsimd::abs(y);
        return rest * rest;
      }
      case Activation::softplus:
        return one - exp(-y);
      case Activation::elu:
        return xsimd::select(y > zero, one, y + one);
      case Activation::selu:
        return xsimd::select(y > zero, Vec<T>(T(kSeluScale)),
                             y + Vec<T>(T(kSeluScale * kSeluAlpha)));
      case Activation::exponential:
        return y;
    }
    return one;
  }

  Activation kind;
};

}  // namespace carousel::cpu::CAROUSEL_SIMD
