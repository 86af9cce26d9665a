// The table of a floating dtype's element-wise kernels.
#pragma once

#include <math.h>

#include <carousel/backends/cpu/simd/binary.h>
#include <carousel/backends/cpu/simd/compare.h>

namespace carousel::cpu::CAROUSEL_SIMD {

inline float power(float a, float b) { return ::powf(a, b); }
inline double power(double a, double b) { return ::pow(a, b); }
inline float modulo(float a, float b) { return ::fmodf(a, b); }
inline double modulo(double a, double b) { return ::fmod(a, b); }

// Of the divisor's sign, as in Python.
template <class T>
inline T remainder(T a, T b) {
  const T r = modulo(a, b);
  if (r == 0) return b < 0 ? T(-0.0) : T(0);
  return (r < 0) != (b < 0) ? r + b : r;
}
// The integer q that goes with it: a = q b + remainder.
template <class T>
inline T floor_divide(T a, T b) {
  if (b == 0) return a / b;
  const T q = (a - remainder(a, b)) / b, f = static_cast<T>(__builtin_floor(q));
  return q - f > T(0.5) ? f + 1 : f;
}

// Squares and roots are what is asked for most.
template <class T>
void pow_scalar(const Run& run) {
  const T p = static_cast<T>(run.alpha);
  if (p == 2) return map1<T, square<T>>(run);
  if (p == -1) return map1<T, inverse<T>>(run);
  if (p == 1) return map1<T, [](Vec<T> x) { return x; }>(run);
  auto* out = static_cast<T*>(run.out);
  const auto* x = static_cast<const T*>(run.in[0]);
  for (std::int64_t i = 0; i < run.n; ++i) out[i] = power(x[i * run.step[0]], p);
}

template <class T>
constexpr void set_unary(InnerTable& t) {
  t.set(Kernel::neg, map1<T, negate<T>>);
  t.set(Kernel::abs, map1<T, absolute<T>>);
  t.set(Kernel::sign, map1<T, sign<T>>);
  t.set(Kernel::square, map1<T, square<T>>);
  t.set(Kernel::sqrt, map1<T, square_root<T>>);
  t.set(Kernel::rsqrt, map1<T, inverse_root<T>>);
  t.set(Kernel::reciprocal, map1<T, inverse<T>>);
  t.set(Kernel::exp, map1<T, exp<T>>);
  t.set(Kernel::expm1, map1<T, expm1<T>>);
  t.set(Kernel::log, map1<T, log<T>>);
  t.set(Kernel::log1p, map1<T, log1p<T>>);
  t.set(Kernel::sin, map1<T, [](Vec<T> x) { return sine(x); }>);
  t.set(Kernel::cos, map1<T, [](Vec<T> x) { return cosine(x); }>);
  t.set(Kernel::atan, map1<T, [](Vec<T> x) { return arc_tangent(x); }>);
  t.set(Kernel::tanh, map1<T, tanh<T>>);
  t.set(Kernel::sigmoid, map1<T, sigmoid<T>>);
  t.set(Kernel::relu, map1<T, relu<T>>);
  t.set(Kernel::leaky_relu, map1<T, leaky_relu<T>>);
  t.set(Kernel::elu, map1<T, elu<T>>);
  t.set(Kernel::selu, map1<T, selu<T>>);
  t.set(Kernel::softplus, map1<T, softplus<T>>);
  t.set(Kernel::softsign, map1<T, softsign<T>>);
  t.set(Kernel::gelu, map1<T, gelu<T>>);
  t.set(Kernel::gelu_tanh, map1<T, gelu_tanh<T>>);
  t.set(Kernel::silu, map1<T, silu<T>>);
  t.set(Kernel::hard_sigmoid, map1<T, hard_sigmoid<T>>);
  t.set(Kernel::erf, map1<T, [](Vec<T> x) { return erf(x); }>);
  t.set(Kernel::floor, map1<T, floor<T>>);
  t.set(Kernel::ceil, map1<T, ceil<T>>);
  t.set(Kernel::round, map1<T, round<T>>);
  t.set(Kernel::clip, map1<T, clip<T>>);
  t.set(Kernel::pow_scalar, pow_scalar<T>);
  t.set(Kernel::isnan, each1<T, bool, [](T x) { return x != x; }>);
  t.set(Kernel::isinf, each1<T, bool, [](T x) { return __builtin_fabs(x) == __builtin_inf(); }>);
  t.set(Kernel::isfinite, each1<T, bool, [](T x) { return __builtin_fabs(x) < __builtin_inf(); }>);
}

template <class T>
constexpr void set_binary(InnerTable& t) {
  t.set(Kernel::add, map2<T, add<T>>);
  t.set(Kernel::sub, map2<T, sub<T>>);
  t.set(Kernel::mul, map2<T, mul<T>>);
  t.set(Kernel::div, map2<T, div<T>>);
  t.set(Kernel::floor_divide, each2<T, T, floor_divide<T>>);
  t.set(Kernel::remainder, each2<T, T, remainder<T>>);
  t.set(Kernel::pow, each2<T, T, [](T a, T b) { return power(a, b); }>);
  t.set(Kernel::minimum, map2<T, minimum<T>>);
  t.set(Kernel::maximum, map2<T, maximum<T>>);
  t.set(Kernel::tanh_grad, map2<T, tanh_grad<T>>);
  t.set(Kernel::sigmoid_grad, map2<T, sigmoid_grad<T>>);
  t.set(Kernel::relu_grad, map2<T, relu_grad<T>>);
  t.set(Kernel::leaky_relu_grad, map2<T, leaky_relu_grad<T>>);
  t.set(Kernel::elu_grad, map2<T, elu_grad<T>>);
  t.set(Kernel::selu_grad, map2<T, selu_grad<T>>);
  t.set(Kernel::softplus_grad, map2<T, softplus_grad<T>>);
  t.set(Kernel::softsign_grad, map2<T, softsign_grad<T>>);
  t.set(Kernel::gelu_grad, map2<T, gelu_grad<T>>);
  t.set(Kernel::gelu_tanh_grad, map2<T, gelu_tanh_grad<T>>);
  t.set(Kernel::silu_grad, map2<T, silu_grad<T>>);
  t.set(Kernel::hard_sigmoid_grad, map2<T, hard_sigmoid_grad<T>>);
  t.set(Kernel::clip_grad, map2<T, clip_grad<T>>);
  t.set(Kernel::erf_grad, map2<T, erf_grad<T>>);
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
