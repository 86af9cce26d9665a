// out = f(a, b). The derivatives take the saved tensor as a and dy as b.
#define BINARY(NAME, EXPRESSION)                                                                  \
  __kernel IN_GROUPS void NAME##_kernel(__global T* out, const __global T* in_a,                  \
                                        const __global T* in_b, Layout l, T number_a, T number_b, \
                                        T alpha, T beta) {                                        \
    const long i = get_global_id(0);                                                              \
    if (i >= l.count) return;                                                                     \
    LOCATE(l, i, 3)                                                                               \
    const T a = (l.immediates & 2) ? number_a : in_a[at[1]];                                      \
    const T b = (l.immediates & 4) ? number_b : in_b[at[2]];                                      \
    out[at[0]] = (EXPRESSION);                                                                    \
  }

// A NaN on either side wins.
BINARY(minimum, a < b || a != a ? a : b)
BINARY(maximum, a > b || a != a ? a : b)

#ifdef T_FLOAT
// The remainder has the divisor's sign, as in Python, and the quotient goes with it.
T floor_mod(T a, T b) {
  const T r = fmod(a, b);
  if (r == 0) return b < 0 ? (T)-0.0 : (T)0;
  return (r < 0) != (b < 0) ? r + b : r;
}
T floor_div(T a, T b) {
  if (b == 0) return a / b;
  const T q = (a - floor_mod(a, b)) / b, f = floor(q);
  return q - f > HALF ? f + ONE : f;
}
#define INV_SQRT_TWO_PI ((T)0.39894228040143267793994605993438)
#define TWO_OVER_SQRT_PI ((T)1.1283791670955125738961589031215)

// clang-format off
BINARY(add, a + b)
BINARY(sub, a - b)
BINARY(mul, a * b)
BINARY(div, a / b)
BINARY(floor_divide, floor_div(a, b))
BINARY(remainder, floor_mod(a, b))
BINARY(pow, pow(a, b))
// clang-format on

T gelu_slope(T x) {
  return HALF * erfc(-x * SQRT_HALF) + bounded(x) * (INV_SQRT_TWO_PI * exp(-HALF * x * x));
}
// Beyond 30 the tanh is flat; its argument's derivative would overflow.
T gelu_tanh_slope(T x) {
  const T v = x > 30 ? (T)30 : x < -30 ? (T)-30 : x, cubic = (T)0.044715 * v * v;
  const T t = saturating_tanh(SQRT_TWO_OVER_PI * v * (ONE + cubic));
  return HALF * (ONE + t) + HALF * v * ((ONE - t * t) * (SQRT_TWO_OVER_PI * (ONE + 3 * cubic)));
}
T silu_slope(T x) {
  const T s = logistic(x);
  return s + bounded(x) * s * (ONE - s);
}
// Choices by a comparison would hide a NaN in a.
#define KEEP_NAN(a, g) ((a) != (a) ? (a) : (g))
// clang-format off
BINARY(tanh_grad, b * (ONE - a * a))
BINARY(sigmoid_grad, b * (a * (ONE - a)))
BINARY(relu_grad, KEEP_NAN(a, a > 0 ? b : 0))
BINARY(leaky_relu_grad, KEEP_NAN(a, a > 0 ? b : alpha * b))
BINARY(elu_grad, a > 0 ? b : b * (alpha * exp(a)))
BINARY(selu_grad, SELU_SCALE * (a >= 0 ? b : b * (SELU_ALPHA * exp(a))))
BINARY(softplus_grad, b * logistic(a))
BINARY(softsign_grad, b / (ONE + fabs(a)) / (ONE + fabs(a)))
BINARY(gelu_grad, b * gelu_slope(a))
BINARY(gelu_tanh_grad, b * gelu_tanh_slope(a))
BINARY(silu_grad, b * silu_slope(a))
BINARY(hard_sigmoid_grad, KEEP_NAN(a, a > (T)-3 && a < (T)3 ? b / (T)6 : 0))
BINARY(clip_grad, KEEP_NAN(a, a >= alpha && a <= beta ? b : 0))
BINARY(erf_grad, b * (TWO_OVER_SQRT_PI * exp(-a * a)))
// clang-format on
#else
// Signed overflow wraps. Division by zero gives 0: a trap would end the process on a CPU device.
#ifdef T_i32
#define WRAP uint
#else
#define WRAP ulong
#endif
T floor_div(T a, T b) {
  if (b == 0) return 0;
  if (b == -1) return (T)(-(WRAP)a);
  const T q = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}
T floor_mod(T a, T b) {
  if (b == 0 || b == -1) return 0;
  const T r = a % b;
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
BINARY(add, (T)((WRAP)a + (WRAP)b))
BINARY(sub, (T)((WRAP)a - (WRAP)b))
BINARY(mul, (T)((WRAP)a*(WRAP)b))
BINARY(floor_divide, floor_div(a, b))
BINARY(remainder, floor_mod(a, b))
#endif
