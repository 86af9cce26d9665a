// Running sums and products along the middle axis of dense (outer, length, inner): one work item a
// column, so that the order of the additions is that of the elements.
typedef struct {
  long outer, length, inner;
  long x_begin, out_begin;
  long reverse;
} Scan;

#define SCAN(NAME, START, COMBINE)                                                       \
  __kernel IN_GROUPS void NAME##_kernel(__global T* out, const __global T* in, Scan s) { \
    const long column = get_global_id(0);                                                \
    if (column >= s.outer * s.inner) return;                                             \
    const long first = column / s.inner * s.length * s.inner + column % s.inner;         \
    T total = START;                                                                     \
    for (long i = 0; i < s.length; ++i) {                                                \
      const long at = first + (s.reverse ? s.length - 1 - i : i) * s.inner;              \
      const T x = in[s.x_begin + at];                                                    \
      total = total COMBINE x;                                                           \
      out[s.out_begin + at] = total;                                                     \
    }                                                                                    \
  }

SCAN(cumsum, 0, +)
SCAN(cumprod, 1, *)
