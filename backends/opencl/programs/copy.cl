// Copies between layouts, constant fills, and casts from T to U.
__kernel IN_GROUPS void copy_kernel(__global T* out, const __global T* in, Layout l) {
  const long i = get_global_id(0);
  if (i >= l.count) return;
  LOCATE(l, i, 2)
  out[at[0]] = in[at[1]];
}

__kernel IN_GROUPS void fill_kernel(__global T* out, Layout l, T number) {
  const long i = get_global_id(0);
  if (i >= l.count) return;
  LOCATE(l, i, 1)
  out[at[0]] = number;
}

// Float to integer truncates and saturates, NaN gives 0; integers wrap; to bool is x != 0.
#ifdef U_bool
#define CONVERT(x) ((x) != 0)
#elif defined(T_FLOAT) && defined(U_i32)
#define CONVERT(x) ((x) != (x) ? 0 : convert_int_sat_rtz(x))
#elif defined(T_FLOAT) && defined(U_i64)
#define CONVERT(x) ((x) != (x) ? 0 : convert_long_sat_rtz(x))
#else
#define CONVERT(x) ((U)(x))
#endif

__kernel IN_GROUPS void cast_kernel(__global U* out, const __global T* in, Layout l) {
  const long i = get_global_id(0);
  if (i >= l.count) return;
  LOCATE(l, i, 2)
  const T x = in[at[1]];
  out[at[0]] = CONVERT(x);
}
