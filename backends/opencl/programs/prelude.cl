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

// Folds shared[0 .. GROUP) into shared[0], always in the same order. All items of the group call it.
#define GROUP_FOLD(shared, lane, COMBINE)                                        \
  for (int half_group = GROUP / 2; half_group > 0; half_group /= 2) {            \
    barrier(CLK_LOCAL_MEM_FENCE);                                                \
    if ((lane) < half_group)                                                     \
      (shared)[lane] = COMBINE((shared)[lane], (shared)[(lane) + half_group]);   \
  }                                                                              \
  barrier(CLK_LOCAL_MEM_FENCE);

// place += what element i of these axes adds to it.
#define PLACE(place, rank_, size_, stride_, i)                       \
  {                                                                  \
    long rest = (i);                                                 \
    for (int axis = (int)(rank_) - 1; axis >= 0; --axis) {           \
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
