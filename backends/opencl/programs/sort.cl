// Stable merge sort of dense rows by position: each pass merges pairs of sorted runs of `width`; a
// work item finds its element's place by a binary search in the other run of the pair.
typedef struct {
  long rows, cols, width;
  long x_begin;
  long descending;
} Sorting;

// Whether a stands strictly before b; NaN last in either direction.
int before(T a, T b, long descending) {
#ifdef T_FLOAT
  if (isnan(a)) return 0;
  if (isnan(b)) return 1;
#endif
  return descending ? a > b : a < b;
}

__kernel IN_GROUPS void start_kernel(__global long* positions, Sorting s) {
  const long i = get_global_id(0);
  if (i < s.rows * s.cols) positions[i] = i % s.cols;
}

__kernel IN_GROUPS void merge_kernel(__global long* out, const __global long* in,
                                     const __global T* x, Sorting s) {
  const long i = get_global_id(0);
  if (i >= s.rows * s.cols) return;
  const long row = i / s.cols, at = i % s.cols, run = at / s.width;
  const __global T* keys = x + s.x_begin + row * s.cols;
  const __global long* order = in + row * s.cols;
  const T key = keys[order[at]];
  const int is_left = run % 2 == 0;
  const long other = (is_left ? run + 1 : run - 1) * s.width;
  long low = min(other, s.cols), high = min(other + s.width, s.cols);
  while (low < high) {  // elements of the other run that stand before this one
    const long middle = (low + high) / 2;
    const T candidate = keys[order[middle]];
    const int goes_first =
        is_left ? before(candidate, key, s.descending) : !before(key, candidate, s.descending);
    if (goes_first)
      low = middle + 1;
    else
      high = middle;
  }
  const long pair = run / 2 * 2 * s.width;
  out[row * s.cols + pair + (at - run * s.width) + (low - min(other, s.cols))] = order[at];
}

__kernel IN_GROUPS void finish_kernel(__global T* values, __global long* positions,
                                      const __global long* order, const __global T* x, Sorting s,
                                      long values_begin, long positions_begin) {
  const long i = get_global_id(0);
  if (i >= s.rows * s.cols) return;
  const long position = order[i];
  positions[positions_begin + i] = position;
  values[values_begin + i] = x[s.x_begin + i / s.cols * s.cols + position];
}
