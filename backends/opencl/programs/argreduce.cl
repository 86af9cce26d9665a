// argmax and argmin: a group for each kept element; positions count elements of the reduced axes.

// Whether (a, i) is chosen before (b, j): NaN first, then the better value, then the lower
// position.
#define CHOSEN(BETTER, a, i, b, j)          \
  ((a) != (a)   ? ((b) == (b) || (i) < (j)) \
   : (b) != (b) ? 0                         \
                : ((a)BETTER(b) || ((a) == (b) && (i) < (j))))

#define SEARCH(NAME, BETTER)                                                                     \
  __kernel IN_GROUPS void NAME##_kernel(__global long* out, const __global T* in, Reduction r) { \
    __local T values[GROUP];                                                                     \
    __local long positions[GROUP];                                                               \
    const int lane = (int)get_local_id(0);                                                       \
    long base = r.x_begin;                                                                       \
    PLACE(base, r.kept_rank, r.kept_size, r.kept_stride, get_group_id(0))                        \
    long best = -1;                                                                              \
    T value = 0;                                                                                 \
    for (long i = lane; i < r.reduced_count; i += GROUP) {                                       \
      long at = base;                                                                            \
      PLACE(at, r.reduced_rank, r.reduced_size, r.reduced_stride, i)                             \
      const T x = in[at];                                                                        \
      if (best < 0 || CHOSEN(BETTER, x, i, value, best)) value = x, best = i;                    \
    }                                                                                            \
    values[lane] = value;                                                                        \
    positions[lane] = best;                                                                      \
    for (int half_group = GROUP / 2; half_group > 0; half_group /= 2) {                          \
      barrier(CLK_LOCAL_MEM_FENCE);                                                              \
      const int other = lane + half_group;                                                       \
      if (lane < half_group && positions[other] >= 0 &&                                          \
          (positions[lane] < 0 ||                                                                \
           CHOSEN(BETTER, values[other], positions[other], values[lane], positions[lane]))) {    \
        values[lane] = values[other];                                                            \
        positions[lane] = positions[other];                                                      \
      }                                                                                          \
    }                                                                                            \
    if (lane == 0) out[r.out_begin + get_group_id(0)] = positions[0];                            \
  }

SEARCH(argmax, >)
SEARCH(argmin, <)
