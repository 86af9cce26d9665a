// Matrix products by CLBlast.
#include <algorithm>
#include <array>
#include <optional>

#include <clblast.h>

#include <carousel/backends/opencl/kernels.h>
#include <carousel/backends/opencl/launch.h>
#include <carousel/backends/opencl/layout.h>
#include <carousel/backends/opencl/workspace.h>

namespace carousel::opencl {
namespace {

// A batch of matrices that CLBlast can read where they lie.
struct Matrices {
  cl_mem memory = nullptr;
  std::int64_t begin = 0;
  bool transposed = false;
  std::int64_t leading = 0;  // elements between rows, or between columns if transposed
  Strides batch_strides{};
};

// Sets how a matrix with these strides is read; false if it must be copied first.
bool describe(Matrices& x, std::int64_t rows, std::int64_t cols, std::int64_t row_stride,
              std::int64_t col_stride) {
  if ((col_stride == 1 || cols == 1) && (row_stride >= cols || rows == 1)) {
    x.transposed = false;
    x.leading = rows == 1 ? cols : row_stride;
    return true;
  }
  if ((row_stride == 1 || rows == 1) && (col_stride >= rows || cols == 1)) {
    x.transposed = true;
    x.leading = cols == 1 ? rows : col_stride;
    return true;
  }
  return false;
}

// Copies the distinct matrices densely; axes that only repeat them keep stride 0.
void copy_dense(Queue& queue, const MatmulArgs& args, const Operand& from, std::int64_t rows,
                std::int64_t cols, Matrices& x, std::optional<Workspace>& keep) {
  const int rank = args.batch.rank();
  Shape shape = args.batch;
  for (int axis = 0; axis < rank; ++axis)
    if (from.strides[static_cast<std::size_t>(axis)] == 0) shape[axis] = 1;
  shape.append(rows), shape.append(cols);
  const std::int64_t count = shape.numel();
  keep.emplace(queue, static_cast<std::size_t>(count) * size_of(args.dtype));
  Operand dense = from;
  dense.strides = contiguous_strides(shape);
  ElementLayout layout =
      make_layout(Layout::general, count, shape, {{dense, args.dtype}, {from, args.dtype}});
  layout.begin[0] = 0;  // of the workspace, not of `from`
  Launch(queue, "copy", args.dtype, args.dtype, "copy_kernel")
      .buffer(keep->memory())
      .buffer(from)
      .value(layout)
      .items(count);
  x = {keep->memory(), 0, false, cols, {}};
  for (int axis = 0; axis < rank; ++axis)
    if (shape[axis] != 1)
      x.batch_strides[static_cast<std::size_t>(axis)] =
          dense.strides[static_cast<std::size_t>(axis)];
}

Matrices read_where_possible(Queue& queue, const MatmulArgs& args, const Operand& operand,
                             std::int64_t rows, std::int64_t cols, std::optional<Workspace>& keep) {
  const auto rank = static_cast<std::size_t>(args.batch.rank());
  Matrices x{memory_of(operand), begin_of(operand, args.dtype), false, 0, operand.strides};
  if (!describe(x, rows, cols, operand.strides[rank], operand.strides[rank + 1]))
    copy_dense(queue, args, operand, rows, cols, x, keep);
  return x;
}

// The last run of batch axes that a, b and out step through evenly, and what is left of the others.
struct Batch {
  std::int64_t count = 1, stride_a = 0, stride_b = 0;
  int outer_axes = 0;
};

Batch merge_batch(const MatmulArgs& args, const Matrices& a, const Matrices& b) {
  Batch batch;
  batch.outer_axes = args.batch.rank();
  while (batch.outer_axes > 0) {
    const int axis = batch.outer_axes - 1;
    const std::int64_t size = args.batch[axis];
    const std::int64_t sa = a.batch_strides[static_cast<std::size_t>(axis)],
                       sb = b.batch_strides[static_cast<std::size_t>(axis)];
    if (size != 1) {
      const bool first = batch.count == 1;
      if (!first && (sa != batch.count * batch.stride_a || sb != batch.count * batch.stride_b))
        break;
      if (first) batch.stride_a = sa, batch.stride_b = sb;
      batch.count *= size;
    }
    --batch.outer_axes;
  }
  return batch;
}

struct Product {
  std::int64_t m, n, k;
  const Matrices &a, &b;
  cl_mem out;
  Batch batch;
};

std::size_t s(std::int64_t value) { return static_cast<std::size_t>(value); }

// One even run of products. A right operand that all share makes one product of more rows.
template <class T>
clblast::StatusCode multiply(Product p, std::int64_t at_a, std::int64_t at_b, std::int64_t at_out,
                             cl_command_queue queue) {
  using clblast::Layout, clblast::Transpose;
  const Transpose ta = p.a.transposed ? Transpose::kYes : Transpose::kNo,
                  tb = p.b.transposed ? Transpose::kYes : Transpose::kNo;
  if (p.batch.count > 1 && p.batch.stride_b == 0 && !p.a.transposed &&
      p.batch.stride_a == p.m * p.a.leading) {
    p.m *= p.batch.count;
    p.batch.count = 1;
  }
  if (p.batch.count == 1)
    return clblast::Gemm<T>(Layout::kRowMajor, ta, tb, s(p.m), s(p.n), s(p.k), T{1}, p.a.memory,
                            s(at_a), s(p.a.leading), p.b.memory, s(at_b), s(p.b.leading), T{0},
                            p.out, s(at_out), s(p.n), &queue, nullptr);
  return clblast::GemmStridedBatched<T>(
      Layout::kRowMajor, ta, tb, s(p.m), s(p.n), s(p.k), T{1}, p.a.memory, s(at_a), s(p.a.leading),
      s(p.batch.stride_a), p.b.memory, s(at_b), s(p.b.leading), s(p.batch.stride_b), T{0}, p.out,
      s(at_out), s(p.n), s(p.m * p.n), s(p.batch.count), &queue, nullptr);
}

// Walks over the axes that could not be merged.
template <class T>
void multiply_all(Queue& queue, const MatmulArgs& args, const Product& p) {
  const std::lock_guard lock(queue.launch_mutex());
  std::array<std::int64_t, kMaxRank> position{};
  std::int64_t at_a = p.a.begin, at_b = p.b.begin, at_out = begin_of(args.out, args.dtype);
  while (true) {
    const auto status = multiply<T>(p, at_a, at_b, at_out, queue.handle());
    check(static_cast<cl_int>(status), "clblast::Gemm", queue.device().name);
    queue.submitted();
    at_out += p.batch.count * p.m * p.n;
    int axis = p.batch.outer_axes - 1;
    for (; axis >= 0; --axis) {
      const auto i = static_cast<std::size_t>(axis);
      at_a += p.a.batch_strides[i], at_b += p.b.batch_strides[i];
      if (++position[i] < args.batch[axis]) break;
      at_a -= args.batch[axis] * p.a.batch_strides[i];
      at_b -= args.batch[axis] * p.b.batch_strides[i];
      position[i] = 0;
    }
    if (axis < 0) return;
  }
}

void fill_zero(Queue& queue, const MatmulArgs& args, std::int64_t count) {
  const auto layout =
      make_layout(Layout::contiguous, count, Shape{count}, {{args.out, args.dtype}});
  Launch(queue, "copy", args.dtype, args.dtype, "fill_kernel")
      .buffer(args.out)
      .value(layout)
      .scalar(0, args.dtype)
      .items(count);
}

template <class T>
void matmul(Context& context, const MatmulArgs& args) {
  Queue& queue = queue_of(context);
  const std::int64_t count = args.batch.numel() * args.m * args.n;
  if (count == 0) return;
  if (args.k == 0) return fill_zero(queue, args, count);
  std::optional<Workspace> keep_a, keep_b;
  const Matrices a = read_where_possible(queue, args, args.a, args.m, args.k, keep_a);
  const Matrices b = read_where_possible(queue, args, args.b, args.k, args.n, keep_b);
  multiply_all<T>(queue, args,
                  {args.m, args.n, args.k, a, b, memory_of(args.out), merge_batch(args, a, b)});
}

}  // namespace

void add_matmul(KernelTables& tables, DType dtype) {
  tables.matmul[static_cast<std::size_t>(dtype)] = dtype == f32 ? matmul<float> : matmul<double>;
}

}  // namespace carousel::opencl
