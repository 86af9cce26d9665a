// Over dense rows of `cols` elements, a group for each: the work items take elements GROUP apart.
typedef struct {
  long cols;
  long in_begin[4], out_begin[2];
  long ignore;
} Row;

#define ADD(a, b) ((a) + (b))
#define LARGER(a, b) ((a) > (b) || (a) != (a) ? (a) : (b))

// The group's results for one row, the same in every item.
#define ROW_FOLD(result, shared, lane, START, EXPRESSION, COMBINE) \
  {                                                                \
    T total = START;                                               \
    for (long c = lane; c < r.cols; c += GROUP) {                  \
      const T element = EXPRESSION;                                \
      total = COMBINE(total, element);                             \
    }                                                              \
    shared[lane] = total;                                          \
    GROUP_FOLD(shared, lane, COMBINE)                              \
    result = shared[0];                                            \
    barrier(CLK_LOCAL_MEM_FENCE);                                  \
  }

// largest + log(sum of exp(x - largest)); an infinite largest is the result.
#define ROW_LOGSUMEXP(result, x)                                  \
  {                                                               \
    T largest, sum;                                               \
    ROW_FOLD(largest, shared, lane, (T)-INFINITY, (x)[c], LARGER) \
    ROW_FOLD(sum, shared, lane, 0, exp((x)[c] - largest), ADD)    \
    result = isinf(largest) ? largest : largest + log(sum);       \
  }

#define ROW_START                        \
  __local T shared[GROUP];               \
  const int lane = (int)get_local_id(0); \
  const long row = get_group_id(0);
#define ROW_OF(memory, begin) ((memory) + (begin) + row * r.cols)

__kernel IN_GROUPS void softmax_kernel(__global T* out, const __global T* in, Row r) {
  ROW_START
  const __global T* x = ROW_OF(in, r.in_begin[0]);
  __global T* y = ROW_OF(out, r.out_begin[0]);
  T largest, sum;
  ROW_FOLD(largest, shared, lane, (T)-INFINITY, x[c], LARGER)
  ROW_FOLD(sum, shared, lane, 0, exp(x[c] - largest), ADD)
  for (long c = lane; c < r.cols; c += GROUP) y[c] = exp(x[c] - largest) / sum;
}

__kernel IN_GROUPS void log_softmax_kernel(__global T* out, const __global T* in, Row r) {
  ROW_START
  const __global T* x = ROW_OF(in, r.in_begin[0]);
  __global T* y = ROW_OF(out, r.out_begin[0]);
  T largest, sum;
  ROW_FOLD(largest, shared, lane, (T)-INFINITY, x[c], LARGER)
  ROW_FOLD(sum, shared, lane, 0, exp(x[c] - largest), ADD)
  const T log_sum = log(sum);
  for (long c = lane; c < r.cols; c += GROUP) y[c] = (x[c] - largest) - log_sum;
}

__kernel IN_GROUPS void logsumexp_kernel(__global T* out, const __global T* in, Row r) {
  ROW_START
  const __global T* x = ROW_OF(in, r.in_begin[0]);
  T result;
  ROW_LOGSUMEXP(result, x)
  if (lane == 0) out[r.out_begin[0] + row] = result;
}

// dx = y (dy - sum(y dy))
__kernel IN_GROUPS void softmax_grad_kernel(__global T* out, const __global T* in_y,
                                            const __global T* in_dy, Row r) {
  ROW_START
  const __global T* y = ROW_OF(in_y, r.in_begin[0]);
  const __global T* dy = ROW_OF(in_dy, r.in_begin[1]);
  __global T* dx = ROW_OF(out, r.out_begin[0]);
  T dot_product;
  ROW_FOLD(dot_product, shared, lane, 0, y[c] * dy[c], ADD)
  for (long c = lane; c < r.cols; c += GROUP) dx[c] = y[c] * (dy[c] - dot_product);
}

// dx = dy - exp(y) sum(dy)
__kernel IN_GROUPS void log_softmax_grad_kernel(__global T* out, const __global T* in_y,
                                                const __global T* in_dy, Row r) {
  ROW_START
  const __global T* y = ROW_OF(in_y, r.in_begin[0]);
  const __global T* dy = ROW_OF(in_dy, r.in_begin[1]);
  __global T* dx = ROW_OF(out, r.out_begin[0]);
  T sum;
  ROW_FOLD(sum, shared, lane, 0, dy[c], ADD)
  for (long c = lane; c < r.cols; c += GROUP) dx[c] = dy[c] - exp(y[c]) * sum;
}

// Labels outside [0, cols) are reported by check_kernel; here they are clamped.
__kernel IN_GROUPS void cross_entropy_kernel(__global T* losses, __global T* logsumexps,
                                             const __global T* in, const __global U* labels,
                                             Row r) {
  ROW_START
  const __global T* x = ROW_OF(in, r.in_begin[0]);
  T result;
  ROW_LOGSUMEXP(result, x)
  if (lane != 0) return;
  const long label = labels[r.in_begin[1] + row];
  logsumexps[r.out_begin[1] + row] = result;
  losses[r.out_begin[0] + row] =
      label == r.ignore ? (T)0 : result - x[clamp(label, 0L, r.cols - 1)];
}

// dlogits = (exp(x - logsumexp) - onehot(label)) dloss
__kernel IN_GROUPS void cross_entropy_grad_kernel(__global T* out, const __global T* in,
                                                  const __global U* labels,
                                                  const __global T* logsumexps,
                                                  const __global T* dlosses, Row r) {
  const int lane = (int)get_local_id(0);
  const long row = get_group_id(0);
  const __global T* x = ROW_OF(in, r.in_begin[0]);
  __global T* dx = ROW_OF(out, r.out_begin[0]);
  const long label = labels[r.in_begin[1] + row], at = clamp(label, 0L, r.cols - 1);
  const T sum = logsumexps[r.in_begin[2] + row], dloss = dlosses[r.in_begin[3] + row];
  for (long c = lane; c < r.cols; c += GROUP)
    dx[c] = label == r.ignore ? (T)0 : (exp(x[c] - sum) - (c == at ? 1 : 0)) * dloss;
}
