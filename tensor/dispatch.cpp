// Front ends of the element-wise kernels.
#include <carousel/tensor/dispatch.h>

#include <carousel/tensor/backend.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel::detail {
namespace {

bool on_meta(const Tensor& x) { return x.device().kind == DeviceKind::meta; }

bool gives_bool(Kernel kernel) {
  const KernelKind kind = kind_of(kernel);
  return kind == KernelKind::predicate || kind == KernelKind::compare;
}

// Dense operands of one shape, or one of them a single dense row of the last axis.
Layout classify(const Tensor& out, const Tensor& a, const Tensor& b) {
  const TensorImpl &ia = a.impl(), &ib = b.impl();
  const Shape& shape = out.shape();
  if (!ia.dense || !(ia.shape == shape) || !ib.dense) return Layout::general;
  if (ib.shape == shape) return Layout::contiguous;
  const bool row = shape.rank() > 0 && ib.shape.rank() > 0 &&
                   ib.shape[ib.shape.rank() - 1] == shape[shape.rank() - 1] &&
                   ib.numel == shape[shape.rank() - 1];
  return row ? Layout::rows_b : Layout::general;
}

Tensor host(const Tensor& x) { return run_transfer(x, {}); }

// False if the kernel is to run on the CPU.
bool launch(Kernel kernel, const BinaryArgs& args, Device device) {
  if (args.count == 0) return true;
  Backend& target = backend(device);
  const BinaryFn fn = target.kernels().binary.at(kernel, args.dtype);
  if (fall_back(fn == nullptr, kernel, args.dtype, device)) return false;
  fn(target.context(), args);
  return true;
}

// Copying and filling can't fall back: they are what falling back is made of.
void require(bool found, Kernel kernel, const Tensor& x) {
  if (!found)
    throw DeviceError(name_of(kernel), std::string("no kernel for ") + to_string(x.dtype()) +
                                           " on " + to_string(x.device()));
}

Tensor run_with_scalar(Kernel kernel, const Tensor& x, Scalar scalar, bool scalar_first) {
  check_takes(kernel, x.dtype());
  check_scalar(name_of(kernel), scalar, x.dtype());
  Tensor out = empty(x.shape(), gives_bool(kernel) ? boolean : x.dtype(), x.device());
  if (on_meta(x)) return out;
  BinaryArgs args{kernel, x.dtype(), Layout::general, out.numel(), x.shape(), operand(out), {}, {},
                  0,      0};
  if (x.is_contiguous()) args.layout = scalar_first ? Layout::scalar_a : Layout::scalar_b;
  (scalar_first ? args.a : args.b).scalar = scalar;
  (scalar_first ? args.b : args.a) = operand(x);
  if (launch(kernel, args, x.device())) return out;
  return run_transfer(run_with_scalar(kernel, host(x), scalar, scalar_first), x.device());
}

}  // namespace

Tensor run(Kernel kernel, const Tensor& x) { return run(kernel, x, Immediates{}); }

Tensor run(Kernel kernel, const Tensor& x, Immediates immediates) {
  check_takes(kernel, x.dtype());
  Tensor out = empty(x.shape(), gives_bool(kernel) ? boolean : x.dtype(), x.device());
  if (on_meta(x) || out.numel() == 0) return out;
  Backend& target = backend(x.device());
  const UnaryFn fn = target.kernels().unary.at(kernel, x.dtype());
  if (fall_back(fn == nullptr, kernel, x.dtype(), x.device()))
    return run_transfer(run(kernel, host(x), immediates), x.device());
  fn(target.context(),
     UnaryArgs{kernel, x.dtype(), x.is_contiguous() ? Layout::contiguous : Layout::general,
               out.numel(), x.shape(), operand(out), operand(x), immediates.alpha,
               immediates.beta});
  return out;
}

// Small tensors pay for each copy here: dense operands of one shape skip what others need.
Tensor run(Kernel kernel, const Tensor& a, const Tensor& b, double alpha, double beta) {
  const char* op = name_of(kernel);
  const TensorImpl &left = a.impl(), &right = b.impl();
  if (left.dtype != right.dtype) check_same_dtype(op, a, b);
  check_takes(kernel, left.dtype);
  if (left.device != right.device) check_same_device(op, a, b);
  const bool same = left.shape == right.shape;
  Tensor out = empty(same ? left.shape : broadcast_shapes(left.shape, right.shape, op),
                     gives_bool(kernel) ? boolean : left.dtype, left.device);
  if (on_meta(a)) return out;
  const Shape& shape = out.shape();
  const bool done =
      same && left.dense && right.dense
          ? launch(kernel,
                   BinaryArgs{kernel, left.dtype, Layout::contiguous, out.numel(), shape,
                              operand(out), operand(a), operand(b), alpha, beta},
                   left.device)
          : launch(kernel,
                   BinaryArgs{kernel, left.dtype, classify(out, a, b), out.numel(), shape,
                              operand(out), operand(a, shape), operand(b, shape), alpha, beta},
                   left.device);
  if (done) return out;
  return run_transfer(run(kernel, host(a), host(b), alpha, beta), left.device);
}

Tensor run(Kernel kernel, const Tensor& a, Scalar b) {
  return run_with_scalar(kernel, a, b, false);
}
Tensor run(Kernel kernel, Scalar a, const Tensor& b) { return run_with_scalar(kernel, b, a, true); }

void run_add_into(const Tensor& sum, const Tensor& x) {
  check_same_dtype("add", sum, x);
  check_same_device("add", sum, x);
  if (!(sum.shape() == x.shape()))
    throw ShapeError(
        "add", "shape " + to_string(x.shape()) + " can't be added into " + to_string(sum.shape()));
  if (on_meta(sum)) return;
  const bool dense = sum.is_contiguous() && x.is_contiguous();
  const BinaryArgs args{Kernel::add,
                        sum.dtype(),
                        dense ? Layout::contiguous : Layout::general,
                        sum.numel(),
                        sum.shape(),
                        operand(sum),
                        operand(sum),
                        operand(x),
                        0,
                        0};
  if (!launch(Kernel::add, args, sum.device()))
    run_copy_into(sum, run_transfer(run(Kernel::add, host(sum), host(x)), sum.device()));
}

Tensor run_where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  if (condition.dtype() != boolean)
    throw DTypeError("where", std::string("the condition must be bool, got ") +
                                  to_string(condition.dtype()) + " " +
                                  to_string(condition.shape()));
  check_same_dtype("where", a, b);
  check_same_device("where", a, b);
  check_same_device("where", condition, a);
  const Shape shape =
      broadcast_shapes(broadcast_shapes(a.shape(), b.shape(), "where"), condition.shape(), "where");
  Tensor out = empty(shape, a.dtype(), a.device());
  if (on_meta(a) || out.numel() == 0) return out;
  bool dense = true;
  for (const Tensor* x : {&condition, &a, &b})
    dense = dense && x->is_contiguous() && x->shape() == shape;
  Backend& target = backend(a.device());
  const TernaryFn fn = target.kernels().ternary.at(Kernel::where, a.dtype());
  if (fall_back(fn == nullptr, Kernel::where, a.dtype(), a.device()))
    return run_transfer(run_where(host(condition), host(a), host(b)), a.device());
  fn(target.context(),
     TernaryArgs{Kernel::where, a.dtype(), dense ? Layout::contiguous : Layout::general,
                 out.numel(), shape, operand(out), operand(condition, shape), operand(a, shape),
                 operand(b, shape)});
  return out;
}

Tensor run_cast(const Tensor& x, DType dtype) {
  Tensor out = empty(x.shape(), dtype, x.device());
  if (on_meta(x) || out.numel() == 0) return out;
  Backend& target = backend(x.device());
  const CastFn fn =
      target.kernels().cast[static_cast<std::size_t>(x.dtype())][static_cast<std::size_t>(dtype)];
  if (fall_back(fn == nullptr, Kernel::cast, x.dtype(), x.device()))
    return run_transfer(run_cast(host(x), dtype), x.device());
  fn(target.context(),
     CastArgs{x.dtype(), dtype, x.is_contiguous() ? Layout::contiguous : Layout::general,
              out.numel(), x.shape(), operand(out), operand(x)});
  return out;
}

Tensor run_copy(const Tensor& x) {
  Tensor out = empty(x.shape(), x.dtype(), x.device());
  run_copy_into(out, x);
  return out;
}

void run_copy_into(const Tensor& to, const Tensor& from) {
  check_same_dtype("copy", to, from);
  check_same_device("copy", to, from);
  if (!(broadcast_shapes(to.shape(), from.shape(), "copy") == to.shape()))
    throw ShapeError("copy", "shape " + to_string(from.shape()) + " can't be broadcast to " +
                                 to_string(to.shape()));
  if (on_meta(to) || to.numel() == 0) return;
  Backend& target = backend(to.device());
  const CopyFn fn = target.kernels().copy[static_cast<std::size_t>(to.dtype())];
  require(fn != nullptr, Kernel::copy, to);
  const bool dense = to.is_contiguous() && from.is_contiguous() && to.shape() == from.shape();
  fn(target.context(), CopyArgs{to.dtype(), dense ? Layout::contiguous : Layout::general,
                                to.numel(), to.shape(), operand(to), operand(from, to.shape())});
}

void run_fill(const Tensor& to, Scalar value) {
  check_scalar("fill", value, to.dtype());
  if (on_meta(to) || to.numel() == 0) return;
  Backend& target = backend(to.device());
  const CopyFn fn = target.kernels().fill[static_cast<std::size_t>(to.dtype())];
  require(fn != nullptr, Kernel::fill, to);
  Operand scalar;
  scalar.scalar = value;
  fn(target.context(),
     CopyArgs{to.dtype(), to.is_contiguous() ? Layout::contiguous : Layout::general, to.numel(),
              to.shape(), operand(to), scalar});
}

Tensor run_transfer(const Tensor& x, Device device) {
  if (x.device() == device) return x;
  const Tensor dense = x.is_contiguous() ? x : run_copy(x);
  Tensor out = empty(x.shape(), x.dtype(), device);
  if (on_meta(out)) return out;
  if (on_meta(x))
    throw DeviceError("to", "a meta tensor has no data to move to " + to_string(device));
  if (x.numel() == 0) return out;
  const auto size = static_cast<std::int64_t>(size_of(x.dtype()));
  const TensorImpl &from = dense.impl(), &into = out.impl();
  const auto bytes = static_cast<std::size_t>(x.numel() * size);
  if (device.kind == DeviceKind::cpu) {
    backend(x.device()).download(*from.storage, from.offset * size, into.storage->host(), bytes);
  } else if (x.device().kind == DeviceKind::cpu) {
    backend(device).upload(*into.storage, 0, from.storage->host() + from.offset * size, bytes);
  } else {
    return run_transfer(run_transfer(dense, {}), device);
  }
  return out;
}

}  // namespace carousel::detail
