#include <carousel/autograd/ops/reduce.h>

#include <cmath>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/reduce_axes.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel {

using detail::kept_shape;
using detail::run_reduce;

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
  const double count = detail::reduced_count(x.shape(), axes.mask(x.shape(), "mean"));
  return div(sum(x, axes, keepdims), count);
}

Tensor nansum(const Tensor& x, const Axes& axes, bool keepdims) {
  detail::check_floating("nansum", x);
  axes.mask(x.shape(), "nansum");
  return sum(where(isnan(x), 0, x), axes, keepdims);
}

Tensor count_nonzero(const Tensor& x, const Axes& axes, bool keepdims) {
  axes.mask(x.shape(), "count_nonzero");
  return sum(x.dtype() == boolean ? x : not_equal(x, 0), axes, keepdims);
}

namespace {

// Equal extremes, and NaNs, share dy.
Tensor extreme(const char* name, Kernel kernel, const Tensor& x, const Axes& axes, bool keepdims) {
  const std::uint32_t mask = axes.mask(x.shape(), name);
  return record(name, run_reduce(kernel, x, mask, keepdims), {x}, {x, saved_output(0)},
                [mask](Backward& b) {
                  const Tensor values = b.saved(0).detach();
                  const Shape kept = kept_shape(values.shape(), mask);
                  const Tensor chosen =
                      logical_or(equal(values, reshape(b.saved(1).detach(), kept)), isnan(values))
                          .to(values.dtype());
                  const Tensor count = reshape(run_reduce(Kernel::sum, chosen, mask, true), kept);
                  b.grad(0) = mul(reshape(b.dy(), kept), div(chosen, count));
                });
}

}  // namespace

Tensor max(const Tensor& x, const Axes& axes, bool keepdims) {
  return extreme("max", Kernel::max, x, axes, keepdims);
}
Tensor min(const Tensor& x, const Axes& axes, bool keepdims) {
  return extreme("min", Kernel::min, x, axes, keepdims);
}

Tensor argmax(const Tensor& x) {
  return run_reduce(Kernel::argmax, x, Axes().mask(x.shape(), "argmax"), false);
}
Tensor argmax(const Tensor& x, int axis, bool keepdims) {
  return run_reduce(Kernel::argmax, x, Axes(axis).mask(x.shape(), "argmax"), keepdims);
}
Tensor argmin(const Tensor& x) {
  return run_reduce(Kernel::argmin, x, Axes().mask(x.shape(), "argmin"), false);
}
Tensor argmin(const Tensor& x, int axis, bool keepdims) {
  return run_reduce(Kernel::argmin, x, Axes(axis).mask(x.shape(), "argmin"), keepdims);
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
Tensor Tensor::max(const Axes& axes, bool keepdims) const {
  return carousel::max(*this, axes, keepdims);
}
Tensor Tensor::min(const Axes& axes, bool keepdims) const {
  return carousel::min(*this, axes, keepdims);
}

}  // namespace carousel
