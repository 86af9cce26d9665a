// Front ends of products, indexing and random numbers.
#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel::detail {
namespace {

bool on_meta(const Tensor& x) { return x.device().kind == DeviceKind::meta; }

Tensor host(const Tensor& x) { return run_transfer(x, {}); }

Tensor dense(const Tensor& x) { return x.is_contiguous() ? x : run_copy(x); }

Shape leading(const Shape& shape) {
  return Shape(std::span<const std::int64_t>(shape.begin(), shape.end() - 2));
}

// x's sizes around `axis`.
void split_sizes(const Shape& shape, int axis, IndexArgs& args) {
  args.outer = args.inner = 1;
  for (int i = 0; i < axis; ++i) args.outer *= shape[i];
  for (int i = axis + 1; i < shape.rank(); ++i) args.inner *= shape[i];
  args.length = shape[axis];
}

void check_index(const char* op, const Tensor& x, const Tensor& index) {
  if (!is_integer(index.dtype()))
    throw DTypeError(op, std::string("indices must be i32 or i64, got ") +
                             to_string(index.dtype()) + " " + to_string(index.shape()));
  check_same_device(op, x, index);
}

// index: x's rank, equal sizes but on `axis`.
void check_gather(const char* op, const Tensor& x, int axis, const Tensor& index) {
  check_index(op, x, index);
  bool fits = index.rank() == x.rank();
  for (int i = 0; fits && i < x.rank(); ++i) fits = i == axis || index.shape()[i] == x.shape()[i];
  if (!fits)
    throw ShapeError(op, "index " + to_string(index.shape()) + " must have the sizes of " +
                             to_string(x.shape()) + " but on axis " + std::to_string(axis));
}

void check_select(const char* op, const Tensor& x, const Tensor& index) {
  check_index(op, x, index);
  if (index.rank() != 1) throw ShapeError(op, "index must be 1-D, got " + to_string(index.shape()));
}

// False if the kernel is to run on the CPU.
bool launch(Kernel kernel, IndexArgs& args, const Tensor& x, const Tensor& index, const Tensor& out,
            const char* op) {
  args.kernel = kernel;
  args.dtype = x.dtype();
  args.index_dtype = index.dtype();
  args.op = op;
  args.x = operand(x);
  args.index = operand(index);
  args.out = operand(out);
  Backend& target = backend(x.device());
  const IndexFn fn = target.kernels().index.at(kernel, x.dtype());
  if (fall_back(fn == nullptr, kernel, x.dtype(), x.device())) return false;
  fn(target.context(), args);
  return true;
}

Tensor take(Kernel kernel, const Tensor& x, int axis, const Tensor& index, const Shape& shape,
            const char* op, bool from_end = true) {
  Tensor out = empty(shape, x.dtype(), x.device());
  if (on_meta(x) || out.numel() == 0) return out;
  IndexArgs args{};
  split_sizes(x.shape(), axis, args);
  args.count = shape[axis];
  args.from_end = from_end;
  if (launch(kernel, args, dense(x), dense(index), out, op)) return out;
  return run_transfer(take(kernel, host(x), axis, host(index), shape, op, from_end), x.device());
}

Tensor put(Kernel kernel, const Tensor& base, int axis, const Tensor& index, const Tensor& source,
           const char* op) {
  check_same_dtype(op, base, source);
  check_takes(kernel, base.dtype(), op);
  check_same_device(op, base, source);
  bool fits = source.rank() == base.rank() &&
              source.shape()[axis] == index.shape()[kernel == Kernel::index_add ? 0 : axis];
  for (int i = 0; fits && i < base.rank(); ++i)
    fits = i == axis || source.shape()[i] == base.shape()[i];
  if (!fits)
    throw ShapeError(op, "source " + to_string(source.shape()) + " does not fit index " +
                             to_string(index.shape()) + " and base " + to_string(base.shape()));
  Tensor out = run_copy(base);
  if (on_meta(base) || source.numel() == 0) return out;
  IndexArgs args{};
  split_sizes(base.shape(), axis, args);
  args.count = source.shape()[axis];
  if (launch(kernel, args, dense(source), dense(index), out, op)) return out;
  return run_transfer(put(kernel, host(base), axis, host(index), host(source), op), base.device());
}

}  // namespace

Tensor run_matmul(const Tensor& a, const Tensor& b) {
  check_same_dtype("matmul", a, b);
  check_takes(Kernel::matmul, a.dtype());
  check_same_device("matmul", a, b);
  const int ra = a.rank(), rb = b.rank();
  if (ra < 2 || rb < 2)
    throw ShapeError(
        "matmul", "needs matrices: lhs " + to_string(a.shape()) + ", rhs " + to_string(b.shape()));
  const std::int64_t m = a.shape()[ra - 2], k = a.shape()[ra - 1], n = b.shape()[rb - 1];
  if (b.shape()[rb - 2] != k)
    throw ShapeError("matmul", "inner dimensions differ: lhs " + to_string(a.shape()) + ", rhs " +
                                   to_string(b.shape()));
  const Shape batch = broadcast_shapes(leading(a.shape()), leading(b.shape()), "matmul");
  Shape shape = batch, shape_a = batch, shape_b = batch;
  shape.append(m), shape.append(n);
  shape_a.append(m), shape_a.append(k);
  shape_b.append(k), shape_b.append(n);
  Tensor out = empty(shape, a.dtype(), a.device());
  if (on_meta(a) || out.numel() == 0) return out;
  Backend& target = backend(a.device());
  const MatmulFn fn = target.kernels().matmul[static_cast<std::size_t>(a.dtype())];
  if (fall_back(fn == nullptr, Kernel::matmul, a.dtype(), a.device()))
    return run_transfer(run_matmul(host(a), host(b)), a.device());
  fn(target.context(),
     MatmulArgs{a.dtype(), m, n, k, batch, operand(out), operand(a, shape_a), operand(b, shape_b)});
  return out;
}

Tensor run_gather(const Tensor& x, int axis, const Tensor& index, const char* op) {
  if (op == nullptr) op = "gather";
  check_gather(op, x, axis, index);
  return take(Kernel::gather, x, axis, index, index.shape(), op);
}

Tensor run_index_select(const Tensor& x, int axis, const Tensor& index, const char* op,
                        bool from_end) {
  if (op == nullptr) op = "index_select";
  check_select(op, x, index);
  Shape shape = x.shape();
  shape[axis] = index.numel();
  return take(Kernel::index_select, x, axis, index, shape, op, from_end);
}

Tensor run_scatter_add(const Tensor& base, int axis, const Tensor& index, const Tensor& source,
                       const char* op) {
  if (op == nullptr) op = "scatter_add";
  check_gather(op, base, axis, index);
  return put(Kernel::scatter_add, base, axis, index, source, op);
}

Tensor run_index_add(const Tensor& base, int axis, const Tensor& index, const Tensor& source,
                     const char* op) {
  if (op == nullptr) op = "index_add";
  check_select(op, base, index);
  return put(Kernel::index_add, base, axis, index, source, op);
}

Tensor run_random(Kernel kernel, const Shape& shape, DType dtype, Device device, std::uint64_t seed,
                  std::uint64_t stream, std::uint64_t offset, double alpha, double beta) {
  check_takes(kernel, dtype);
  Tensor out = empty(shape, dtype, device);
  if (on_meta(out) || out.numel() == 0) return out;
  Backend& target = backend(device);
  const RandomFn fn = target.kernels().random.at(kernel, dtype);
  if (fall_back(fn == nullptr, kernel, dtype, device))
    return run_transfer(run_random(kernel, shape, dtype, {}, seed, stream, offset, alpha, beta),
                        device);
  fn(target.context(),
     RandomArgs{kernel, dtype, out.numel(), seed, stream, offset, alpha, beta, operand(out)});
  return out;
}

}  // namespace carousel::detail
