// Put before every program. T and U are the element types; T_f32, T_i64, T_bool, ... say which.
#pragma OPENCL FP_CONTRACT OFF
#ifdef HAS_F64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif

#if defined(T_f32) || defined(T_f64)
#define T_FLOAT 1
#else
#define T_INTEGER 1
#endif
#if defined(U_f32) || defined(U_f64)
#define U_FLOAT 1
#endif

#define GROUP 64  // kGroup of launch.h
#define IN_GROUPS __attribute__((reqd_work_group_size(GROUP, 1, 1)))

// Where up to four operands (0 is the output) of an element-wise kernel lie. rank 0: all are dense.
typedef struct {
  long count;
  long rank;
  long immediates;  // bit k: operand k is a number, not memory
  long size[8];
  long begin[4];
  long stride[4][8];
} Layout;

#ifdef T_FLOAT
#define ONE ((T)1)
#define HALF ((T)0.5)
#define SQRT_HALF ((T)0.70710678118654752440084436210485)
#define SQRT_TWO_OVER_PI ((T)0.79788456080286535587989211986876)
#define SELU_SCALE ((T)1.0507009873554804934193349852946)
#define SELU_ALPHA ((T)1.6732632423543772848170429916717)
#ifdef T_f32
#define LARGEST FLT_MAX
#define TANH_IS_ONE 9.02f
#else
#define LARGEST DBL_MAX
#define TANH_IS_ONE 19.1
#endif
// Infinities as the largest numbers, so that their product with 0 is a limit, not NaN.
T bounded(T x) { return x > LARGEST ? LARGEST : x < -LARGEST ? -LARGEST : x; }
// Each side keeps the exponential below 1.
T logistic(T x) {
  const T e = exp(-fabs(x));
  return x >= 0 ? ONE / (ONE + e) : e / (ONE + e);
}
// OpenCL's own may miss 1 by an ulp, which an infinite argument beside it would not forgive.
T saturating_tanh(T x) { return fabs(x) > TANH_IS_ONE ? copysign(ONE, x) : tanh(x); }
#endif

// Declares at[N], the places of element i in operands 0 .. N - 1.
#define LOCATE(layout, i, N)                                                          \
  long at[N];                                                                         \
  for (int k = 0; k < N; ++k) at[k] = layout.begin[k] + (layout.rank == 0 ? (i) : 0); \
  {                                                                                   \
    long rest = (i);                                                                  \
    for (int axis = (int)layout.rank - 1; axis >= 0; --axis) {                        \
      const long coordinate = axis == 0 ? rest : rest % layout.size[axis];            \
      rest /= layout.size[axis];                                                      \
      for (int k = 0; k < N; ++k) at[k] += coordinate * layout.stride[k][axis];       \
    }                                                                                 \
  }

// Folds shared[0 .. GROUP) into shared[0], always in the same order. All items of the group call
// it.
#define GROUP_FOLD(shared, lane, COMBINE)                                      \
  for (int half_group = GROUP / 2; half_group > 0; half_group /= 2) {          \
    barrier(CLK_LOCAL_MEM_FENCE);                                              \
    if ((lane) < half_group)                                                   \
      (shared)[lane] = COMBINE((shared)[lane], (shared)[(lane) + half_group]); \
  }                                                                            \
  barrier(CLK_LOCAL_MEM_FENCE);

// place += what element i of these axes adds to it.
#define PLACE(place, rank_, size_, stride_, i)                       \
  {                                                                  \
    long rest = (i);                                                 \
    for (int axis = (int)(rank_)-1; axis >= 0; --axis) {             \
      const long coordinate = axis == 0 ? rest : rest % size_[axis]; \
      rest /= size_[axis];                                           \
      place += coordinate * stride_[axis];                           \
    }                                                                \
  }

// Kept and reduced axes of an input.
typedef struct {
  long kept_count, reduced_count;
  long chunk, chunks;  // elements of the reduced axes a group takes; groups for each kept element
  long x_begin, out_begin;
  long kept_rank, reduced_rank;
  long kept_size[8], kept_stride[8], reduced_size[8], reduced_stride[8];
} Reduction;
