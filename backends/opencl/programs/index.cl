// Reading and adding along one axis by indices of type U.
typedef struct {
  long outer, length, inner, count;
  long x_begin, index_begin, out_begin;
  long one_each;  // an index an element, (outer, count, inner); else one a slice, (count,)
  long parts;     // scatter: work items that share one column of out
} Indexing;

long wrap_index(long v, long length) {
  if (v < 0) v += length;
  return clamp(v, 0L, length - 1);
}

// out (outer, count, inner) = x (outer, length, inner) at the indices.
__kernel IN_GROUPS void gather_kernel(__global T* out, const __global T* x, const __global U* index,
                                      Indexing s) {
  const long i = get_global_id(0);
  if (i >= s.outer * s.count * s.inner) return;
  const long inner = i % s.inner, at = i / s.inner % s.count, outer = i / s.inner / s.count;
  const long v = wrap_index(index[s.index_begin + (s.one_each ? i : at)], s.length);
  out[s.out_begin + i] = x[s.x_begin + (outer * s.length + v) * s.inner + inner];
}

// out (outer, length, inner) += x (outer, count, inner). A work item owns a part of one column of
// out and walks over all indices, so sums are in the order of the indices, without atomics.
__kernel IN_GROUPS void scatter_kernel(__global T* out, const __global T* x,
                                       const __global U* index, Indexing s) {
  const long i = get_global_id(0);
  const long columns = s.outer * s.inner;
  if (i >= columns * s.parts) return;
  const long column = i % columns, part = i / columns;
  const long inner = column % s.inner, outer = column / s.inner;
  const long low = part * s.length / s.parts, high = (part + 1) * s.length / s.parts;
  for (long at = 0; at < s.count; ++at) {
    const long from = (outer * s.count + at) * s.inner + inner;
    const long v = wrap_index(index[s.index_begin + (s.one_each ? from : at)], s.length);
    if (v >= low && v < high)
      out[s.out_begin + (outer * s.length + v) * s.inner + inner] += x[s.x_begin + from];
  }
}
