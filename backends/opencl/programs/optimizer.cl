// Norms and scaling of gradients. `begin`: where the gradient begins, `count` its elements.

__kernel IN_GROUPS void scale_gradients_kernel(const __global long* error, __global T* gradients,
                                               long begin, long count, T factor) {
  const long i = get_global_id(0);
  if (i < count && error[0] == 0) gradients[begin + i] *= factor;
}

#ifdef HAS_F64
#define ADD(a, b) ((a) + (b))
#define SQUARE_CHUNK (64 * GROUP)

// One partial sum a group, of SQUARE_CHUNK elements.
__kernel IN_GROUPS void squares_kernel(__global double* partials, const __global T* gradients,
                                       long begin, long count, long first) {
  __local double shared[GROUP];
  const int lane = (int)get_local_id(0);
  const long chunk = (long)get_group_id(0) * SQUARE_CHUNK;
  const long end = min(chunk + SQUARE_CHUNK, count);
  double total = 0;
  for (long i = chunk + lane; i < end; i += GROUP) {
    const double g = gradients[begin + i];
    total += g * g;
  }
  shared[lane] = total;
  GROUP_FOLD(shared, lane, ADD)
  if (lane == 0) partials[first + get_group_id(0)] = shared[0];
}

// One group adds the partial sums.
__kernel IN_GROUPS void total_kernel(__global double* out, const __global double* partials,
                                     long count, long out_begin) {
  __local double shared[GROUP];
  const int lane = (int)get_local_id(0);
  double total = 0;
  for (long i = lane; i < count; i += GROUP) total += partials[i];
  shared[lane] = total;
  GROUP_FOLD(shared, lane, ADD)
  if (lane == 0) out[out_begin] = shared[0];
}
#endif
