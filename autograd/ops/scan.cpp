// cumsum, cumprod and prod, whose gradients are right where factors are 0.
#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/reduce_axes.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>

namespace carousel {
namespace {

Tensor running_sum(const Tensor& x, int axis, bool reverse) {
  return record("cumsum", detail::run_scan(Kernel::cumsum, x, axis, reverse), {x}, {},
                [axis, reverse](Backward& b) { b.grad(0) = running_sum(b.dy(), axis, !reverse); });
}

// What stands before each element along the last axis, `first` before the first one.
Tensor shifted(const Tensor& x, double first, bool reverse) {
  const std::int64_t length = x.shape()[x.rank() - 1];
  const Tensor edge = full_like(slice(x, -1, 0, 1).detach(), first);
  return reverse ? concat({slice(x, -1, 1), edge}, -1)
                 : concat({edge, slice(x, -1, 0, length - 1)}, -1);
}

Tensor running_product(const Tensor& x, bool reverse);

// dx_k = L_k sum_i dy_i P_ki, where L_k is the product before k, and P_ki that from k + 1 to i,
// 0 for i before k. Quadratic in the length, and right for zeros.
Tensor products_apart(const Tensor& x, const Tensor& dy, bool reverse) {
  const std::int64_t length = x.shape()[x.rank() - 1];
  const Tensor position = arange(length, {.dtype = i64, .device = x.device()});
  const Tensor from = unsqueeze(position, 1);
  const Tensor after = reverse ? less(position, from) : greater(position, from);
  const Tensor behind = logical_or(after, equal(position, from));
  const Tensor factors = where(after, unsqueeze(x, -2), 1);
  const Tensor products = where(behind, running_product(factors, reverse), 0);
  const Tensor before = running_product(shifted(x, 1, reverse), reverse);
  return mul(before, sum(mul(products, unsqueeze(dy, -2)), -1));
}

// Along the last axis. Without zeros dx is the running sum of y dy from the other end, over x.
Tensor running_product(const Tensor& x, bool reverse) {
  return record("cumprod", detail::run_scan(Kernel::cumprod, x, x.rank() - 1, reverse), {x},
                {x, saved_output(0)}, [reverse](Backward& b) {
                  const Tensor factors = b.saved(0);
                  if (factors.numel() == 0)
                    b.grad(0) = zeros_like(b.dy());
                  else if (any(equal(factors, 0)).item<bool>())
                    b.grad(0) = products_apart(factors, b.dy(), reverse);
                  else
                    b.grad(0) =
                        div(running_sum(mul(b.dy(), b.saved(1)), factors.rank() - 1, !reverse),
                            factors);
                });
}

}  // namespace

Tensor cumsum(const Tensor& x, int axis) {
  return running_sum(x, normalize_axis(axis, x.shape(), "cumsum"), false);
}

Tensor cumprod(const Tensor& x, int axis) {
  axis = normalize_axis(axis, x.shape(), "cumprod");
  if (axis == x.rank() - 1) return running_product(x, false);
  return transpose(running_product(transpose(x, axis, -1), false), axis, -1);
}

// Each factor's derivative is the product of those before it and those behind it.
Tensor prod(const Tensor& x, const Axes& axes, bool keepdims) {
  const std::uint32_t mask = axes.mask(x.shape(), "prod");
  const Shape shape = detail::reduced_shape(x.shape(), mask, keepdims);
  const Tensor rows = detail::reduced_last(x, mask);
  const Tensor y = detail::run_reduce(Kernel::prod, rows, 1u << (rows.rank() - 1), false);
  return reshape(record("prod", y, {rows}, {rows},
                        [](Backward& b) {
                          const Tensor factors = b.saved(0);
                          if (factors.numel() == 0) {
                            b.grad(0) = zeros_like(factors);
                            return;
                          }
                          const Tensor others =
                              mul(running_product(shifted(factors, 1, false), false),
                                  running_product(shifted(factors, 1, true), true));
                          b.grad(0) = mul(others, unsqueeze(b.dy(), -1));
                        }),
                 shape);
}

}  // namespace carousel
