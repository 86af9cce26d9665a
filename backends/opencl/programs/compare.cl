// Comparisons with a bool result; and where, which chooses by one.
#define COMPARE(NAME, EXPRESSION)                                                     \
  __kernel IN_GROUPS void NAME##_kernel(__global uchar* out, const __global T* in_a,  \
                                        const __global T* in_b, Layout l, T number_a, \
                                        T number_b) {                                 \
    const long i = get_global_id(0);                                                  \
    if (i >= l.count) return;                                                         \
    LOCATE(l, i, 3)                                                                   \
    const T a = (l.immediates & 2) ? number_a : in_a[at[1]];                          \
    const T b = (l.immediates & 4) ? number_b : in_b[at[2]];                          \
    out[at[0]] = (EXPRESSION) ? 1 : 0;                                                \
  }

COMPARE(equal, a == b)
COMPARE(not_equal, a != b)
#ifdef T_bool
COMPARE(logical_and, a&& b)
COMPARE(logical_or, a || b)
COMPARE(logical_xor, (a != 0) != (b != 0))
#else
COMPARE(less, a < b)
COMPARE(less_equal, a <= b)
COMPARE(greater, a > b)
COMPARE(greater_equal, a >= b)
#endif

__kernel IN_GROUPS void where_kernel(__global T* out, const __global uchar* condition,
                                     const __global T* in_a, const __global T* in_b, Layout l,
                                     T number_a, T number_b) {
  const long i = get_global_id(0);
  if (i >= l.count) return;
  LOCATE(l, i, 4)
  const T a = (l.immediates & 4) ? number_a : in_a[at[2]];
  const T b = (l.immediates & 8) ? number_b : in_b[at[3]];
  out[at[0]] = condition[at[1]] ? a : b;
}
