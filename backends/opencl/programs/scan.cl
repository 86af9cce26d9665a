// Running sums and products along the middle axis of dense (outer, length, inner): one work item a
// column, so that the order of the additions is that of the elements.
typedef struct {
  long outer, length, inner;
  long x_begin, out_begin;
  long reverse;
} Scan;

// Floating sums are carried in f64 where the device has it; integers wrap.
#if defined(T_i32)
#define CARRY uint
#elif defined(T_i64)
#define CARRY ulong
#elif defined(HAS_F64)
#define CARRY double
#else
#define CARRY T
#endif

#define SCAN(NAME, START, COMBINE)                                                       \
  __kernel IN_GROUPS void NAME##_kernel(__global T* out, const __global T* in, Scan s) { \
    const long column = get_global_id(0);                                                \
    if (column >= s.outer * s.inner) return;                                             \
    const long first = column / s.inner * s.length * s.inner + column % s.inner;         \
    CARRY total = START;                                                                 \
    for (long i = 0; i < s.length; ++i) {                                                \
      const long at = first + (s.reverse ? s.length - 1 - i : i) * s.inner;              \
      const CARRY x = (CARRY)in[s.x_begin + at];                                         \
      total = total COMBINE x;                                                           \
      out[s.out_begin + at] = (T)total;                                                  \
    }                                                                                    \
  }

SCAN(cumsum, 0, +)
SCAN(cumprod, 1, *)
