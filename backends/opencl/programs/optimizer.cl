// Norms and scaling of up to SPANS gradients at once. Span k takes the groups [group[k],
// group[k + 1]), begins at begin[k] of its buffer and has count[k] elements.
#define SPANS 8  // kSpans of optimizer.cpp
typedef struct {
  long begin[SPANS], count[SPANS], group[SPANS + 1];
} Spans;

#define BUFFERS(TYPE) \
  TYPE *p0, TYPE *p1, TYPE *p2, TYPE *p3, TYPE *p4, TYPE *p5, TYPE *p6, TYPE *p7
#define CHOOSE(k) \
  (k < 4 ? (k < 2 ? (k == 0 ? p0 : p1) : (k == 2 ? p2 : p3)) \
         : (k < 6 ? (k == 4 ? p4 : p5) : (k == 6 ? p6 : p7)))

// This group's span.
int span_of(const Spans* s) {
  int k = 0;
  while ((long)get_group_id(0) >= s->group[k + 1]) ++k;
  return k;
}

__kernel IN_GROUPS void scale_gradients_kernel(const __global long* error, BUFFERS(__global T),
                                               Spans s, T factor) {
  const int k = span_of(&s);
  const long i = ((long)get_group_id(0) - s.group[k]) * GROUP + get_local_id(0);
  if (i < s.count[k] && error[0] == 0) CHOOSE(k)[s.begin[k] + i] *= factor;
}

#ifdef HAS_F64
#define ADD(a, b) ((a) + (b))
#define SQUARE_CHUNK (64 * GROUP)

// Scales to the length `bound` what is longer; sums[each * k] is the square of span k's length.
__kernel IN_GROUPS void clip_gradients_kernel(const __global long* error, BUFFERS(__global T),
                                              Spans s, const __global double* sums, long sums_begin,
                                              long each, double bound) {
  const int k = span_of(&s);
  const long i = ((long)get_group_id(0) - s.group[k]) * GROUP + get_local_id(0);
  if (i >= s.count[k] || error[0] != 0) return;
  const double length = sqrt(sums[sums_begin + each * k]);
  if (length > bound) CHOOSE(k)[s.begin[k] + i] *= (T)(bound / length);
}

// One group. Records the first sum that is not finite: error = {which, position, 1 if it is an
// infinity, count}.
__kernel IN_GROUPS void check_sums_kernel(__global long* error, const __global double* sums,
                                          long begin, long count, long which) {
  __local long first[GROUP];
  const int lane = (int)get_local_id(0);
  long bad = LONG_MAX;
  for (long i = lane; i < count && bad == LONG_MAX; i += GROUP)
    if (!isfinite(sums[begin + i])) bad = i;
  first[lane] = bad;
  GROUP_FOLD(first, lane, min)
  if (lane == 0 && first[0] != LONG_MAX && error[0] == 0) {
    error[0] = which;
    error[1] = first[0];
    error[2] = isinf(sums[begin + first[0]]) != 0;
    error[3] = count;
  }
}

// One partial sum a group, of SQUARE_CHUNK elements.
__kernel IN_GROUPS void squares_kernel(__global double* partials, long first,
                                       BUFFERS(const __global T), Spans s) {
  __local double shared[GROUP];
  const int lane = (int)get_local_id(0), k = span_of(&s);
  const __global T* gradient = CHOOSE(k) + s.begin[k];
  const long chunk = ((long)get_group_id(0) - s.group[k]) * SQUARE_CHUNK;
  const long end = min(chunk + SQUARE_CHUNK, s.count[k]);
  double total = 0;
  for (long i = chunk + lane; i < end; i += GROUP) {
    const double g = gradient[i];
    total += g * g;
  }
  shared[lane] = total;
  GROUP_FOLD(shared, lane, ADD)
  if (lane == 0) partials[first + get_group_id(0)] = shared[0];
}

// One group adds `count` partial sums.
__kernel IN_GROUPS void total_kernel(__global double* sums, long at,
                                     const __global double* partials, long count) {
  __local double shared[GROUP];
  const int lane = (int)get_local_id(0);
  double total = 0;
  for (long i = lane; i < count; i += GROUP) total += partials[i];
  shared[lane] = total;
  GROUP_FOLD(shared, lane, ADD)
  if (lane == 0) sums[at] = shared[0];
}

// The same of each span, a group each.
__kernel IN_GROUPS void totals_kernel(__global double* sums, long at,
                                      const __global double* partials, Spans s) {
  __local double shared[GROUP];
  const int lane = (int)get_local_id(0), k = (int)get_group_id(0);
  double total = 0;
  for (long i = s.group[k] + lane; i < s.group[k + 1]; i += GROUP) total += partials[i];
  shared[lane] = total;
  GROUP_FOLD(shared, lane, ADD)
  if (lane == 0) sums[at + k] = shared[0];
}
#endif
