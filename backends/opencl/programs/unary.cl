// out = f(x). In f: x, and the immediates alpha and beta.
#define UNARY(NAME, EXPRESSION)                                                                   \
  __kernel IN_GROUPS void NAME##_kernel(__global T* out, const __global T* in, Layout l, T alpha, \
                                        T beta) {                                                 \
    const long i = get_global_id(0);                                                              \
    if (i >= l.count) return;                                                                     \
    LOCATE(l, i, 2)                                                                               \
    const T x = in[at[1]];                                                                        \
    out[at[0]] = (EXPRESSION);                                                                    \
  }

#ifdef T_FLOAT
// clang-format off
UNARY(neg, -x)
UNARY(abs, fabs(x))
UNARY(sign, x != x ? x : (T)((x > 0) - (x < 0)))
UNARY(square, x * x)
UNARY(sqrt, sqrt(x))
UNARY(rsqrt, ONE / sqrt(x))
UNARY(reciprocal, ONE / x)
UNARY(exp, exp(x))
UNARY(expm1, expm1(x))
UNARY(log, log(x))
UNARY(log1p, log1p(x))
UNARY(sin, sin(x))
UNARY(cos, cos(x))
UNARY(atan, atan(x))
UNARY(tanh, saturating_tanh(x))
UNARY(sigmoid, logistic(x))
UNARY(relu, x <= 0 ? 0 : x)
UNARY(leaky_relu, x < 0 ? alpha * x : x)
UNARY(elu, x > 0 ? x : alpha * expm1(x))
UNARY(selu, SELU_SCALE * (x > 0 ? x : SELU_ALPHA * expm1(x)))
UNARY(softplus, fmax(x, (T)0) + log1p(exp(-fabs(x))))
UNARY(softsign, x / (ONE + fabs(x)))
UNARY(gelu, x == (T)INFINITY ? x : bounded(x) * (HALF * erfc(-x * SQRT_HALF)))
UNARY(gelu_tanh, x == (T)INFINITY ? x : HALF * bounded(x) * (ONE + saturating_tanh(
                     SQRT_TWO_OVER_PI * x * (ONE + (T)0.044715 * x * x))))
UNARY(silu, x == (T)INFINITY ? x : bounded(x) * logistic(x))
UNARY(hard_sigmoid, x <= (T)-3 ? 0 : x >= (T)3 ? ONE : (x + (T)3) / (T)6)
UNARY(erf, erf(x))
UNARY(floor, floor(x))
UNARY(ceil, ceil(x))
UNARY(round, rint(x))
UNARY(pow_scalar, pow(x, alpha))
// clang-format on
#else
#ifdef T_i32
#define WRAP uint
#else
#define WRAP ulong
#endif
UNARY(neg, (T)(-(WRAP)x))
UNARY(abs, x < 0 ? (T)(-(WRAP)x) : x)
UNARY(sign, (T)((x > 0) - (x < 0)))
UNARY(square, (T)((WRAP)x*(WRAP)x))
#endif
T clip_low(T x, T low) { return x < low ? low : x; }
UNARY(clip, clip_low(x, alpha) > beta ? beta : clip_low(x, alpha))
