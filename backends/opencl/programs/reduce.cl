// Reductions from T to U. Fixed tree: chunks of fixed size, in a chunk one partial result an item
// (elements GROUP apart), folded pairwise; partial results of chunks are reduced by another launch.

// NAME_kernel: a group for each (kept element, chunk). NAME_each_kernel: an item for each kept
// element, for short reductions; sums blocks of GROUP elements, then the blocks.
#define REDUCE(NAME, IDENTITY, LOAD, COMBINE)                                                      \
  __kernel IN_GROUPS void NAME##_kernel(__global U* out, const __global T* in, Reduction r) {      \
    __local U shared[GROUP];                                                                       \
    const int lane = (int)get_local_id(0);                                                         \
    const long kept = get_group_id(0) / r.chunks, part = get_group_id(0) % r.chunks;               \
    long base = r.x_begin;                                                                         \
    PLACE(base, r.kept_rank, r.kept_size, r.kept_stride, kept)                                     \
    const long end = min((part + 1) * r.chunk, r.reduced_count);                                   \
    U total = IDENTITY;                                                                            \
    for (long i = part * r.chunk + lane; i < end; i += GROUP) {                                    \
      long at = base;                                                                              \
      PLACE(at, r.reduced_rank, r.reduced_size, r.reduced_stride, i)                               \
      const U element = LOAD(in[at]);                                                              \
      total = COMBINE(total, element);                                                             \
    }                                                                                              \
    shared[lane] = total;                                                                          \
    GROUP_FOLD(shared, lane, COMBINE)                                                              \
    if (lane == 0) out[r.out_begin + kept * r.chunks + part] = shared[0];                          \
  }                                                                                                \
  __kernel IN_GROUPS void NAME##_each_kernel(__global U* out, const __global T* in, Reduction r) { \
    const long kept = get_global_id(0);                                                            \
    if (kept >= r.kept_count) return;                                                              \
    long base = r.x_begin;                                                                         \
    PLACE(base, r.kept_rank, r.kept_size, r.kept_stride, kept)                                     \
    U total = IDENTITY;                                                                            \
    for (long block = 0; block < r.reduced_count; block += GROUP) {                                \
      U partial = IDENTITY;                                                                        \
      for (long i = block; i < min(block + GROUP, r.reduced_count); ++i) {                         \
        long at = base;                                                                            \
        PLACE(at, r.reduced_rank, r.reduced_size, r.reduced_stride, i)                             \
        const U element = LOAD(in[at]);                                                            \
        partial = COMBINE(partial, element);                                                       \
      }                                                                                            \
      total = COMBINE(total, partial);                                                             \
    }                                                                                              \
    out[r.out_begin + kept] = total;                                                               \
  }

#define PLAIN(x) ((U)(x))
#define SQUARED(x) ((U)(x) * (U)(x))
#define TRUTH(x) ((x) != 0)
#define ADD(a, b) ((a) + (b))
#define MULTIPLY(a, b) ((a) * (b))
#define OR(a, b) ((a) || (b))
#define AND(a, b) ((a) && (b))
// A NaN on either side wins.
#define LARGER(a, b) ((a) > (b) || (a) != (a) ? (a) : (b))
#define SMALLER(a, b) ((a) < (b) || (a) != (a) ? (a) : (b))
#if defined(T_FLOAT)
#define LOWEST ((U)-INFINITY)
#define HIGHEST ((U)INFINITY)
#elif defined(T_i32)
#define LOWEST INT_MIN
#define HIGHEST INT_MAX
#elif defined(T_i64)
#define LOWEST LONG_MIN
#define HIGHEST LONG_MAX
#endif

#if defined(T_bool) && defined(U_bool)
REDUCE(any, 0, TRUTH, OR)
REDUCE(all, 1, TRUTH, AND)
#else
REDUCE(sum, 0, PLAIN, ADD)
REDUCE(prod, 1, PLAIN, MULTIPLY)
#endif
#ifdef T_FLOAT
REDUCE(sum_squares, 0, SQUARED, ADD)
#endif
#ifdef LOWEST
REDUCE(max, LOWEST, PLAIN, LARGER)
REDUCE(min, HIGHEST, PLAIN, SMALLER)
#endif
