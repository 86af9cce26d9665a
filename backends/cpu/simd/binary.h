// Functions of two vectors, in the order of kernels.def. The derivatives take (saved, dy).
#pragma once

#include <carousel/backends/cpu/simd/unary.h>

namespace carousel::cpu::CAROUSEL_SIMD {

template <class T>
CAROUSEL_INLINE Vec<T> add(Vec<T> a, Vec<T> b) {
  return a + b;
}
template <class T>
CAROUSEL_INLINE Vec<T> sub(Vec<T> a, Vec<T> b) {
  return a - b;
}
template <class T>
CAROUSEL_INLINE Vec<T> mul(Vec<T> a, Vec<T> b) {
  return a * b;
}
template <class T>
CAROUSEL_INLINE Vec<T> div(Vec<T> a, Vec<T> b) {
  return a / b;
}
template <class T>
CAROUSEL_INLINE Vec<T> minimum(Vec<T> a, Vec<T> b) {
  return where<T>((a < b) | is_nan(a), a, b);
}
template <class T>
CAROUSEL_INLINE Vec<T> maximum(Vec<T> a, Vec<T> b) {
  return where<T>((a > b) | is_nan(a), a, b);
}

// A select on x decides by comparisons, which a NaN fails: g would hide it.
template <class T>
CAROUSEL_INLINE Vec<T> keep_nan(Vec<T> x, Vec<T> g) {
  return where<T>(is_nan(x), x, g);
}

template <class T>
CAROUSEL_INLINE Vec<T> tanh_grad(Vec<T> y, Vec<T> dy) {
  return dy * (constant<T>(1) - y * y);
}
template <class T>
CAROUSEL_INLINE Vec<T> sigmoid_grad(Vec<T> y, Vec<T> dy) {
  return dy * (y * (constant<T>(1) - y));
}
template <class T>
CAROUSEL_INLINE Vec<T> relu_grad(Vec<T> y, Vec<T> dy) {
  return keep_nan(y, where<T>(y > zero<T>(), dy, zero<T>()));
}
template <class T>
CAROUSEL_INLINE Vec<T> leaky_relu_grad(Vec<T> x, Vec<T> dy, const Immediates<T>& i) {
  return keep_nan(x, where<T>(x > zero<T>(), dy, i.alpha * dy));
}
template <class T>
CAROUSEL_INLINE Vec<T> elu_grad(Vec<T> x, Vec<T> dy, const Immediates<T>& i) {
  return where<T>(x > zero<T>(), dy, dy * (i.alpha * exp(x)));
}
template <class T>
CAROUSEL_INLINE Vec<T> selu_grad(Vec<T> x, Vec<T> dy) {
  return constant<T>(kSeluScale) *
         where<T>(x >= zero<T>(), dy, dy * (constant<T>(kSeluAlpha) * exp(x)));
}
template <class T>
CAROUSEL_INLINE Vec<T> softplus_grad(Vec<T> x, Vec<T> dy) {
  return dy * sigmoid(x);
}
template <class T>
CAROUSEL_INLINE Vec<T> softsign_grad(Vec<T> x, Vec<T> dy) {
  const Vec<T> d = constant<T>(1) + absolute(x);
  return dy / d / d;
}
template <class T>
CAROUSEL_INLINE Vec<T> gelu_grad(Vec<T> x, Vec<T> dy) {
  const Normal<T> n = normal(x);
  return dy * fma(finite(x) * constant<T>(0.39894228040143267794), n.bell, n.below);
}
template <class T>
CAROUSEL_INLINE Vec<T> gelu_tanh_grad(Vec<T> x, Vec<T> dy) {
  const Vec<T> one = constant<T>(1), half = constant<T>(0.5);
  // Beyond 30 the tanh is flat in both types; its argument's derivative would overflow.
  const Vec<T> bounded = where<T>(x > constant<T>(30), constant<T>(30),
                                  where<T>(x < constant<T>(-30), constant<T>(-30), x));
  const Vec<T> t = tanh(gelu_tanh_argument(bounded));
  const Vec<T> slope =
      constant<T>(0.79788456080286535588) * (one + constant<T>(3 * 0.044715) * bounded * bounded);
  return dy * (half * (one + t) + half * bounded * ((one - t * t) * slope));
}
template <class T>
CAROUSEL_INLINE Vec<T> silu_grad(Vec<T> x, Vec<T> dy) {
  const Vec<T> s = sigmoid(x), one = constant<T>(1);
  return dy * (s + finite(x) * s * (one - s));
}
template <class T>
CAROUSEL_INLINE Vec<T> hard_sigmoid_grad(Vec<T> x, Vec<T> dy) {
  const Mask<T> inside = (x > constant<T>(-3)) & (x < constant<T>(3));
  return keep_nan(x, where<T>(inside, dy / constant<T>(6), zero<T>()));
}
template <class T>
CAROUSEL_INLINE Vec<T> clip_grad(Vec<T> x, Vec<T> dy, const Immediates<T>& i) {
  return keep_nan(x, where<T>((x >= i.alpha) & (x <= i.beta), dy, zero<T>()));
}
template <class T>
CAROUSEL_INLINE Vec<T> erf_grad(Vec<T> x, Vec<T> dy) {
  return dy * (constant<T>(1.12837916709551257390) * exp(-(x * x)));
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
