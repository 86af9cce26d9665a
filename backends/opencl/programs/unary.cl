// out = f(x). In f: x, and the immediates alpha and beta.
#define UNARY(NAME, EXPRESSION)                                                          \
  __kernel IN_GROUPS void NAME##_kernel(__global T* out, const __global T* in, Layout l, \
                                        T alpha, T beta) {                               \
    const long i = get_global_id(0);                                                     \
    if (i >= l.count) return;                                                            \
    LOCATE(l, i, 2)                                                                      \
    const T x = in[at[1]];                                                               \
    out[at[0]] = (EXPRESSION);                                                           \
  }

#ifdef T_FLOAT
#define ONE ((T)1)
#define HALF ((T)0.5)
// Each side keeps the exponential below 1.
T logistic(T x) {
  const T e = exp(-fabs(x));
  return x >= 0 ? ONE / (ONE + e) : e / (ONE + e);
}
#define SELU_SCALE ((T)1.0507009873554804934193349852946)
#define SELU_ALPHA ((T)1.6732632423543772848170429916717)
#define SQRT_HALF ((T)0.70710678118654752440084436210485)
#define SQRT_TWO_OVER_PI ((T)0.79788456080286535587989211986876)

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
UNARY(tanh, tanh(x))
UNARY(sigmoid, logistic(x))
UNARY(relu, x <= 0 ? 0 : x)
UNARY(leaky_relu, x < 0 ? alpha * x : x)
UNARY(elu, x < 0 ? alpha * expm1(x) : x)
UNARY(selu, SELU_SCALE * (x < 0 ? SELU_ALPHA * expm1(x) : x))
UNARY(softplus, fmax(x, (T)0) + log1p(exp(-fabs(x))))
UNARY(softsign, x / (ONE + fabs(x)))
UNARY(gelu, HALF * x * (ONE + erf(x * SQRT_HALF)))
UNARY(gelu_tanh, HALF * x * (ONE + tanh(SQRT_TWO_OVER_PI * (x + (T)0.044715 * x * x * x))))
UNARY(silu, x * logistic(x))
UNARY(hard_sigmoid, x <= (T)-3 ? 0 : x >= (T)3 ? ONE : (x + (T)3) / (T)6)
UNARY(erf, erf(x))
UNARY(floor, floor(x))
UNARY(ceil, ceil(x))
UNARY(round, rint(x))
UNARY(pow_scalar, pow(x, alpha))
#else
#ifdef T_i32
#define WRAP uint
#else
#define WRAP ulong
#endif
UNARY(neg, (T)(-(WRAP)x))
UNARY(abs, x < 0 ? (T)(-(WRAP)x) : x)
UNARY(sign, (T)((x > 0) - (x < 0)))
UNARY(square, (T)((WRAP)x * (WRAP)x))
#endif
UNARY(clip, x < alpha ? alpha : x > beta ? beta : x)
