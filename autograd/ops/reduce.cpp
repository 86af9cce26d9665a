#include <carousel/autograd/ops/reduce.h>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel {

using detail::run_reduce;

namespace {

// `shape` with the masked axes at size 1.
Shape kept_shape(const Shape& shape, std::uint32_t axes) {
  Shape result = shape;
  for (int i = 0; i < shape.rank(); ++i)
    if (axes >> i & 1) result[i] = 1;
  return result;
}

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keepdims) {
  const std::uint32_t mask = axes.mask(x.shape(), "sum");
  const Shape shape = x.shape();
  return record("sum", run_reduce(Kernel::sum, x, mask, keepdims), {x}, {},
                [shape, mask](Backward& b) {
                  b.grad(0) = expand(reshape(b.dy(), kept_shape(shape, mask)), shape);
                });
}

Tensor mean(const Tensor& x, const Axes& axes, bool keepdims) {
  detail::check_floating("mean", x);
  const Tensor total = sum(x, axes, keepdims);
  const std::uint32_t mask = axes.mask(x.shape(), "mean");
  double count = 1;
  for (int i = 0; i < x.rank(); ++i)
    if (mask >> i & 1) count *= static_cast<double>(x.shape()[i]);
  return div(total, count);
}

Tensor any(const Tensor& x, const Axes& axes, bool keepdims) {
  return run_reduce(Kernel::any, x, axes.mask(x.shape(), "any"), keepdims);
}

Tensor all(const Tensor& x, const Axes& axes, bool keepdims) {
  return run_reduce(Kernel::all, x, axes.mask(x.shape(), "all"), keepdims);
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const int shift = x.rank() - shape.rank();
  std::uint32_t mask = 0;
  for (int i = 0; i < x.rank(); ++i)
    if (i < shift || (shape[i - shift] == 1 && x.shape()[i] != 1)) mask |= 1u << i;
  if (shift < 0 || !(broadcast_shapes(x.shape(), shape, "sum_to") == x.shape()))
    throw ShapeError("sum_to", to_string(x.shape()) + " is no broadcast of " + to_string(shape));
  const Shape from = x.shape();
  return record("sum_to", reshape(run_reduce(Kernel::sum, x, mask, false), shape).detach(), {x}, {},
                [from](Backward& b) { b.grad(0) = expand(b.dy(), from); });
}

Tensor Tensor::sum(const Axes& axes, bool keepdims) const {
  return carousel::sum(*this, axes, keepdims);
}
Tensor Tensor::mean(const Axes& axes, bool keepdims) const {
  return carousel::mean(*this, axes, keepdims);
}

}  // namespace carousel
