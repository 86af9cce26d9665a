// Front ends of reductions, scans, row kernels and sorting.
#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel::detail {
namespace {

bool on_meta(const Tensor& x) { return x.device().kind == DeviceKind::meta; }
std::size_t at(int i) { return static_cast<std::size_t>(i); }

DType reduced_dtype(Kernel kernel, DType dtype) {
  switch (kernel) {
    case Kernel::argmax:
    case Kernel::argmin:
      return i64;
    case Kernel::any:
    case Kernel::all:
      return boolean;
    case Kernel::sum:
    case Kernel::prod:
      return is_floating(dtype) ? dtype : i64;
    default:
      return dtype;
  }
}

// Appends an axis, merged with the one before it where the strides allow.
void append_merged(Shape& shape, Strides& strides, std::int64_t size, std::int64_t stride) {
  if (size == 1) return;
  const int last = shape.rank() - 1;
  if (last >= 0 && strides[at(last)] == stride * size) {
    shape[last] *= size;
    strides[at(last)] = stride;
    return;
  }
  strides[at(shape.rank())] = stride;
  shape.append(size);
}

void check_not_empty(Kernel kernel, const Tensor& x, std::uint32_t axes) {
  const bool has_neutral = kernel == Kernel::sum || kernel == Kernel::prod ||
                           kernel == Kernel::any || kernel == Kernel::all ||
                           kernel == Kernel::sum_squares;
  if (has_neutral) return;
  for (int i = 0; i < x.rank(); ++i)
    if ((axes >> i & 1) && x.shape()[i] == 0)
      throw ShapeError(name_of(kernel), "nothing to reduce: shape " + to_string(x.shape()) +
                                            " is empty along axis " + std::to_string(i));
}

// x with `axis` moved to the end, dense.
Tensor axis_last(const Tensor& x, int axis) {
  const Tensor moved = axis == x.rank() - 1 ? x : view_transpose(x, axis, x.rank() - 1);
  return moved.is_contiguous() ? moved : run_copy(moved);
}

Tensor host(const Tensor& x) { return run_transfer(x, {}); }

Tensor dense(const Tensor& x) { return x.is_contiguous() ? x : run_copy(x); }

}  // namespace

Tensor run_reduce(Kernel kernel, const Tensor& x, std::uint32_t axes, bool keepdims) {
  check_takes(kernel, x.dtype());
  check_not_empty(kernel, x, axes);
  Shape out_shape;
  ReduceArgs args{};
  args.kept_count = args.reduced_count = 1;
  for (int i = 0; i < x.rank(); ++i) {
    const std::int64_t size = x.shape()[i], stride = x.strides()[at(i)];
    if (axes >> i & 1) {
      append_merged(args.reduced, args.reduced_strides, size, stride);
      args.reduced_count *= size;
      if (keepdims) out_shape.append(1);
    } else {
      append_merged(args.kept, args.kept_strides, size, stride);
      args.kept_count *= size;
      out_shape.append(size);
    }
  }
  args.kernel = kernel;
  args.dtype = x.dtype();
  args.out_dtype = reduced_dtype(kernel, x.dtype());
  Tensor out = empty(out_shape, args.out_dtype, x.device());
  if (on_meta(x) || out.numel() == 0) return out;
  args.x = operand(x);
  args.out = operand(out);
  Backend& target = backend(x.device());
  const ReduceFn fn = target.kernels().reduce.at(kernel, x.dtype());
  if (fall_back(fn == nullptr, kernel, x.dtype(), x.device()))
    return run_transfer(run_reduce(kernel, host(x), axes, keepdims), x.device());
  fn(target.context(), args);
  return out;
}

Tensor run_scan(Kernel kernel, const Tensor& x, int axis, bool reverse) {
  check_takes(kernel, x.dtype());
  const Tensor from = dense(x);
  Tensor out = empty(x.shape(), x.dtype(), x.device());
  if (on_meta(x) || out.numel() == 0) return out;
  std::int64_t outer = 1, inner = 1;
  for (int i = 0; i < axis; ++i) outer *= x.shape()[i];
  for (int i = axis + 1; i < x.rank(); ++i) inner *= x.shape()[i];
  Backend& target = backend(x.device());
  const ScanFn fn = target.kernels().scan.at(kernel, x.dtype());
  if (fall_back(fn == nullptr, kernel, x.dtype(), x.device()))
    return run_transfer(run_scan(kernel, host(x), axis, reverse), x.device());
  fn(target.context(), ScanArgs{kernel, x.dtype(), outer, x.shape()[axis], inner, reverse,
                                operand(from), operand(out)});
  return out;
}

namespace {

bool gives_rows(Kernel kernel) {
  return kernel == Kernel::logsumexp || kernel == Kernel::cross_entropy;
}

// The inputs made dense in `keep`, outputs of the right shapes in `out`.
RowArgs row_args(Kernel kernel, const std::array<const Tensor*, 4>& inputs, const Shape& rows,
                 std::array<Tensor, 4>& keep, std::array<Tensor, 2>& out) {
  const Tensor& x = *inputs[0];
  RowArgs args{};
  args.kernel = kernel;
  args.dtype = x.dtype();
  args.cols = x.shape()[x.rank() - 1];
  args.rows = x.numel() == 0 ? 0 : x.numel() / args.cols;
  for (std::size_t i = 0; i < 4 && inputs[i] != nullptr; ++i) {
    keep[i] = dense(*inputs[i]);
    args.inputs[i] = operand(keep[i]);
    if (is_integer(keep[i].dtype())) args.label_dtype = keep[i].dtype();
  }
  out[0] = empty(gives_rows(kernel) ? rows : x.shape(), x.dtype(), x.device());
  if (kernel == Kernel::cross_entropy) out[1] = empty(rows, x.dtype(), x.device());
  for (std::size_t i = 0; i < 2 && out[i].defined(); ++i) args.outputs[i] = operand(out[i]);
  return args;
}

}  // namespace

std::array<Tensor, 2> run_row(Kernel kernel, std::array<const Tensor*, 4> inputs, const char* op,
                              std::int64_t ignore) {
  const Tensor& x = *inputs[0];
  check_takes(kernel, x.dtype(), op);
  if (op == nullptr) op = name_of(kernel);
  if (x.rank() == 0) throw ShapeError(op, "needs an axis, got a scalar");
  Shape rows;
  for (int i = 0; i + 1 < x.rank(); ++i) rows.append(x.shape()[i]);
  if (x.shape()[x.rank() - 1] == 0 && gives_rows(kernel) && rows.numel() > 0)
    throw ShapeError(op, "the last axis of shape " + to_string(x.shape()) + " is empty");
  std::array<Tensor, 4> keep;
  std::array<Tensor, 2> out;
  RowArgs args = row_args(kernel, inputs, rows, keep, out);
  args.ignore = ignore;
  args.op = op;
  if (on_meta(x) || x.numel() == 0) return out;
  Backend& target = backend(x.device());
  const RowFn fn = target.kernels().row.at(kernel, x.dtype());
  if (fall_back(fn == nullptr, kernel, x.dtype(), x.device())) {
    std::array<const Tensor*, 4> hosts{};
    for (std::size_t i = 0; i < 4 && inputs[i] != nullptr; ++i) {
      keep[i] = host(*inputs[i]);
      hosts[i] = &keep[i];
    }
    out = run_row(kernel, hosts, op, ignore);
    for (Tensor& y : out)
      if (y.defined()) y = run_transfer(y, x.device());
    return out;
  }
  fn(target.context(), args);
  return out;
}

Sorted run_sort(const Tensor& x, int axis, bool descending) {
  check_takes(Kernel::sort, x.dtype());
  if (x.rank() == 0) {
    Tensor position = empty({}, i64, x.device());
    run_fill(position, 0);
    return {run_copy(x), position};
  }
  const Tensor rows = axis_last(x, axis);
  Tensor values = empty(rows.shape(), x.dtype(), x.device());
  Tensor positions = empty(rows.shape(), i64, x.device());
  if (!on_meta(x) && x.numel() > 0) {
    Backend& target = backend(x.device());
    const SortFn fn = target.kernels().sort[static_cast<std::size_t>(x.dtype())];
    if (fall_back(fn == nullptr, Kernel::sort, x.dtype(), x.device())) {
      const Sorted sorted = run_sort(host(x), axis, descending);
      return {run_transfer(sorted.values, x.device()), run_transfer(sorted.positions, x.device())};
    }
    const std::int64_t cols = x.shape()[axis];
    fn(target.context(), SortArgs{x.dtype(), x.numel() / cols, cols, descending, operand(rows),
                                  operand(values), operand(positions)});
  }
  if (axis == x.rank() - 1) return {values, positions};
  return {run_copy(view_transpose(values, axis, x.rank() - 1)),
          run_copy(view_transpose(positions, axis, x.rank() - 1))};
}

}  // namespace carousel::detail
