// out = f(a, b). The derivatives take the saved tensor as a and dy as b.
#define BINARY(NAME, EXPRESSION)                                                          \
  __kernel IN_GROUPS void NAME##_kernel(__global T* out, const __global T* in_a,          \
                                        const __global T* in_b, Layout l, T number_a,     \
                                        T number_b, T alpha, T beta) {                    \
    const long i = get_global_id(0);                                                      \
    if (i >= l.count) return;                                                             \
    LOCATE(l, i, 3)                                                                       \
    const T a = (l.immediates & 2) ? number_a : in_a[at[1]];                              \
    const T b = (l.immediates & 4) ? number_b : in_b[at[2]];                              \
    out[at[0]] = (EXPRESSION);                                                            \
  }

// A NaN on either side wins.
BINARY(minimum, a < b || a != a ? a : b)
BINARY(maximum, a > b || a != a ? a : b)

#ifdef T_FLOAT
#define ONE ((T)1)
#define HALF ((T)0.5)
T logistic(T x) {
  const T e = exp(-fabs(x));
  return x >= 0 ? ONE / (ONE + e) : e / (ONE + e);
}
T floor_mod(T a, T b) {
  const T r = fmod(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
#define SELU_SCALE ((T)1.0507009873554804934193349852946)
#define SELU_ALPHA ((T)1.6732632423543772848170429916717)
#define SQRT_HALF ((T)0.70710678118654752440084436210485)
#define INV_SQRT_TWO_PI ((T)0.39894228040143267793994605993438)
#define SQRT_TWO_OVER_PI ((T)0.79788456080286535587989211986876)
#define TWO_OVER_SQRT_PI ((T)1.1283791670955125738961589031215)

BINARY(add, a + b)
BINARY(sub, a - b)
BINARY(mul, a * b)
BINARY(div, a / b)
BINARY(floor_divide, floor(a / b))
BINARY(remainder, floor_mod(a, b))
BINARY(pow, pow(a, b))

T gelu_tanh_slope(T x) {
  const T cubic = (T)0.044715 * x * x;
  const T t = tanh(SQRT_TWO_OVER_PI * x * (ONE + cubic));
  return HALF * (ONE + t) +
         HALF * x * (ONE - t) * (ONE + t) * SQRT_TWO_OVER_PI * (ONE + 3 * cubic);
}
T silu_slope(T x) {
  const T s = logistic(x);
  return s * (ONE + x * (ONE - s));
}
BINARY(tanh_grad, b * ((ONE - a) * (ONE + a)))
BINARY(sigmoid_grad, b * a * (ONE - a))
BINARY(relu_grad, a > 0 ? b : a != a ? a : 0)
BINARY(leaky_relu_grad, a < 0 ? alpha * b : a != a ? a : b)
BINARY(elu_grad, a < 0 ? alpha * exp(a) * b : a != a ? a : b)
BINARY(selu_grad, SELU_SCALE * (a < 0 ? SELU_ALPHA * exp(a) * b : a != a ? a : b))
BINARY(softplus_grad, b * logistic(a))
BINARY(softsign_grad, b / ((ONE + fabs(a)) * (ONE + fabs(a))))
BINARY(gelu_grad, b * (HALF * (ONE + erf(a * SQRT_HALF)) +
                       a * exp(-HALF * a * a) * INV_SQRT_TWO_PI))
BINARY(gelu_tanh_grad, b * gelu_tanh_slope(a))
BINARY(silu_grad, b * silu_slope(a))
BINARY(hard_sigmoid_grad, a > (T)-3 && a < (T)3 ? b / (T)6 : a != a ? a : 0)
BINARY(clip_grad, a >= alpha && a <= beta ? b : a != a ? a : 0)
BINARY(erf_grad, b * TWO_OVER_SQRT_PI * exp(-a * a))
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
BINARY(mul, (T)((WRAP)a * (WRAP)b))
BINARY(floor_divide, floor_div(a, b))
BINARY(remainder, floor_mod(a, b))
#endif
