// Running sums, products, extremes and logarithms of sums along the middle axis of dense (outer, length, inner): one work item a
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

// STEP takes x into what is carried; VALUE stands in the result.
#define SCAN(NAME, CARRIED, STEP, VALUE)                                                 \
  __kernel IN_GROUPS void NAME##_kernel(__global T* out, const __global T* in, Scan s) { \
    const long column = get_global_id(0);                                                \
    if (column >= s.outer * s.inner) return;                                             \
    const long first = column / s.inner * s.length * s.inner + column % s.inner;         \
    CARRIED;                                                                             \
    for (long i = 0; i < s.length; ++i) {                                                \
      const long at = first + (s.reverse ? s.length - 1 - i : i) * s.inner;              \
      const T x = in[s.x_begin + at];                                                    \
      STEP;                                                                              \
      out[s.out_begin + at] = (T)(VALUE);                                                \
    }                                                                                    \
  }

SCAN(cumsum, CARRY total = 0, total = total + (CARRY)x, total)
SCAN(cumprod, CARRY total = 1, total = total * (CARRY)x, total)
// A NaN stays: nothing is larger.
SCAN(cummax, T best = 0, best = i == 0 || x > best || x != x ? x : best, best)
SCAN(cummin, T best = 0, best = i == 0 || x < best || x != x ? x : best, best)

#ifdef T_FLOAT
// largest + log(total), where total is relative to the largest so far.
typedef struct {
  CARRY largest, total;
} LogSum;
LogSum log_sum(LogSum before, CARRY x) {
  LogSum after = before;
  if (x > before.largest) {
    after.total = before.total * exp(before.largest - x) + 1;
    after.largest = x;
  } else {
    after.total += x == before.largest ? 1 : exp(x - before.largest);  // infinities are equal, too
  }
  return after;
}
SCAN(logcumsumexp, LogSum run; run.largest = -INFINITY; run.total = 0, run = log_sum(run, (CARRY)x),
     run.largest + log(run.total))
#endif
