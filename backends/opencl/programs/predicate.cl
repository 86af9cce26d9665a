// out = f(x) with a bool result.
#define PREDICATE(NAME, EXPRESSION)                                                            \
  __kernel IN_GROUPS void NAME##_kernel(__global uchar* out, const __global T* in, Layout l) { \
    const long i = get_global_id(0);                                                           \
    if (i >= l.count) return;                                                                  \
    LOCATE(l, i, 2)                                                                            \
    const T x = in[at[1]];                                                                     \
    out[at[0]] = (EXPRESSION) ? 1 : 0;                                                         \
  }

#ifdef T_FLOAT
PREDICATE(isnan, x != x)
PREDICATE(isinf, isinf(x))
PREDICATE(isfinite, isfinite(x))
#else
PREDICATE(logical_not, x == 0)
#endif
