// Checks of values that only the device knows.

// One group. Records the first index outside [low, high) unless an earlier one stands there:
// error = {which, position, value, high}. `ignore` counts as good if has_ignore.
__kernel IN_GROUPS void check_kernel(__global long* error, const __global T* index, long begin,
                                     long count, long low, long high, long which, long has_ignore,
                                     long ignore) {
  __local long first[GROUP];
  const int lane = (int)get_local_id(0);
  long bad = LONG_MAX;
  for (long i = lane; i < count; i += GROUP) {
    const long v = index[begin + i];
    if ((v < low || v >= high) && !(has_ignore && v == ignore)) {
      bad = i;
      break;
    }
  }
  first[lane] = bad;
  GROUP_FOLD(first, lane, min)
  if (lane == 0 && first[0] != LONG_MAX && error[0] == 0) {
    error[0] = which;
    error[1] = first[0];
    error[2] = index[begin + first[0]];
    error[3] = high;
  }
}
