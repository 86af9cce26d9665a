// Functions of one vector, in the order of kernels.def.
#pragma once

#include <carousel/backends/cpu/simd/activations.h>
#include <carousel/backends/cpu/simd/elementwise.h>
#include <carousel/backends/cpu/simd/normal.h>

namespace carousel::cpu::CAROUSEL_SIMD {

template <class T>
CAROUSEL_INLINE Vec<T> constant(double value) {
  return Vec<T>(static_cast<T>(value));
}
template <class T>
CAROUSEL_INLINE Vec<T> zero() {
  return Vec<T>(T(0));
}
// Comparisons in what follows are false for NaN, so that it takes the last branch of a select.
template <class T>
CAROUSEL_INLINE Vec<T> where(Mask<T> mask, Vec<T> a, Vec<T> b) {
  return xsimd::select(mask, a, b);
}

template <class T>
CAROUSEL_INLINE Vec<T> negate(Vec<T> x) {
  using Bits = typename Format<T>::Bits;
  return from_bits<T>(to_bits(x) ^ BitVec<T>(Bits{1} << (sizeof(T) * 8 - 1)));
}
template <class T>
CAROUSEL_INLINE Vec<T> sign(Vec<T> x) {
  const Vec<T> small = where<T>(x == zero<T>(), zero<T>(), x);  // 0 or NaN
  return where<T>(x > zero<T>(), constant<T>(1), where<T>(x < zero<T>(), constant<T>(-1), small));
}
template <class T>
CAROUSEL_INLINE Vec<T> square(Vec<T> x) {
  return x * x;
}
template <class T>
CAROUSEL_INLINE Vec<T> square_root(Vec<T> x) {
  return xsimd::sqrt(x);
}
template <class T>
CAROUSEL_INLINE Vec<T> inverse(Vec<T> x) {
  return constant<T>(1) / x;
}
template <class T>
CAROUSEL_INLINE Vec<T> inverse_root(Vec<T> x) {
  return constant<T>(1) / xsimd::sqrt(x);
}

CAROUSEL_INLINE Vec<float> sine(Vec<float> x) { return through_f64<sin>(x); }
CAROUSEL_INLINE Vec<double> sine(Vec<double> x) { return sin(x); }
CAROUSEL_INLINE Vec<float> cosine(Vec<float> x) { return through_f64<cos>(x); }
CAROUSEL_INLINE Vec<double> cosine(Vec<double> x) { return cos(x); }

CAROUSEL_INLINE Vec<float> arc_tangent(Vec<float> x) { return through_f64<atan>(x); }
CAROUSEL_INLINE Vec<double> arc_tangent(Vec<double> x) { return atan(x); }

template <class T>
CAROUSEL_INLINE Vec<T> relu(Vec<T> x) {
  return where<T>(x <= zero<T>(), zero<T>(), x);
}
template <class T>
CAROUSEL_INLINE Vec<T> leaky_relu(Vec<T> x, const Immediates<T>& i) {
  return where<T>(x < zero<T>(), i.alpha * x, x);
}
template <class T>
CAROUSEL_INLINE Vec<T> elu(Vec<T> x, const Immediates<T>& i) {
  return where<T>(x > zero<T>(), x, i.alpha * expm1(x));
}
// Klambauer et al., 2017.
inline constexpr double kSeluAlpha = 1.6732632423543772848170429916717;
inline constexpr double kSeluScale = 1.0507009873554804934193349852946;
template <class T>
CAROUSEL_INLINE Vec<T> selu(Vec<T> x) {
  return constant<T>(kSeluScale) * where<T>(x > zero<T>(), x, constant<T>(kSeluAlpha) * expm1(x));
}
template <class T>
CAROUSEL_INLINE Vec<T> softsign(Vec<T> x) {
  return x / (constant<T>(1) + absolute(x));
}

// -infinity becomes the lowest number, so that its product with 0 is the limit, not NaN; `finite`
// does so with both infinities.
template <class T>
inline constexpr T kLargest = sizeof(T) == 4 ? T(0x1.fffffep127) : T(0x1.fffffffffffffp1023);
template <class T>
CAROUSEL_INLINE Vec<T> above_lowest(Vec<T> x) {
  return at_least(Vec<T>(-kLargest<T>), x);
}
template <class T>
CAROUSEL_INLINE Vec<T> finite(Vec<T> x) {
  return at_most(Vec<T>(kLargest<T>), above_lowest(x));
}
template <class T>
CAROUSEL_INLINE Vec<T> gelu(Vec<T> x) {
  return above_lowest(x) * normal(x).below;
}
// sqrt(2 / pi) (x + 0.044715 x^3)
template <class T>
CAROUSEL_INLINE Vec<T> gelu_tanh_argument(Vec<T> x) {
  return constant<T>(0.79788456080286535588) * x * (constant<T>(1) + constant<T>(0.044715) * x * x);
}
template <class T>
CAROUSEL_INLINE Vec<T> gelu_tanh(Vec<T> x) {
  const Vec<T> y = constant<T>(0.5) * finite(x) * (constant<T>(1) + tanh(gelu_tanh_argument(x)));
  return where<T>(x == constant<T>(__builtin_inf()), x, y);
}
template <class T>
CAROUSEL_INLINE Vec<T> silu(Vec<T> x) {
  return above_lowest(x) * sigmoid(x);
}
template <class T>
CAROUSEL_INLINE Vec<T> clip(Vec<T> x, const Immediates<T>& i) {
  const Vec<T> y = where<T>(x < i.alpha, i.alpha, x);
  return where<T>(y > i.beta, i.beta, y);
}
template <class T>
CAROUSEL_INLINE Vec<T> hard_sigmoid(Vec<T> x) {
  const Vec<T> y = x + constant<T>(3), low = where<T>(y < zero<T>(), zero<T>(), y);
  return where<T>(low > constant<T>(6), constant<T>(6), low) / constant<T>(6);
}
template <class T>
CAROUSEL_INLINE Vec<T> floor(Vec<T> x) {
  return xsimd::floor(x);
}
template <class T>
CAROUSEL_INLINE Vec<T> ceil(Vec<T> x) {
  return xsimd::ceil(x);
}
template <class T>
CAROUSEL_INLINE Vec<T> round(Vec<T> x) {
  return xsimd::nearbyint(x);
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
