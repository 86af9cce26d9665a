#include <carousel/autograd/ops/running.h>

#include <limits>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

// 0, 1, ... along `axis`, in x's rank.
Tensor positions_along(const Tensor& x, int axis) {
  Shape shape;
  for (int i = 0; i < x.rank(); ++i) shape.append(i == axis ? x.dim(axis) : 1);
  return reshape(arange(x.dim(axis), {.dtype = i64, .device = x.device()}), shape);
}

// A new record, or its equal, is where an element is the extreme so far.
SortResult running_extreme(Kernel kernel, const Tensor& given, int axis) {
  axis = normalize_axis(axis, given.shape(), name_of(kernel));
  const Tensor x = given.detach();
  const Tensor best = detail::run_scan(kernel, x, axis, false);
  Tensor record_here = equal(x, best);
  if (is_floating(x.dtype())) record_here = logical_or(record_here, isnan(x));
  const Tensor at = where(record_here, positions_along(x, axis), 0);
  const Tensor last = detail::run_scan(Kernel::cummax, at, axis, false);
  return {gather(given, axis, last), last};
}

// e^(x + log of the sum of dy e^-y from each position on), for dy >= 0.
Tensor share_of(const Tensor& dy, const Tensor& x, const Tensor& y, int axis, bool reverse) {
  const Tensor from = detail::run_scan(Kernel::logcumsumexp, log(dy) - y, axis, !reverse);
  return exp(from + x);
}

// dx_j = sum of dy_i e^(x_j - y_i) over i behind j: as a matrix, that it can be differentiated.
Tensor shares_apart(const Tensor& dy, const Tensor& x, const Tensor& y, int axis, bool reverse) {
  const Tensor given = unsqueeze(transpose(x, axis, -1), -1);
  const Tensor total = unsqueeze(transpose(y, axis, -1), -2);
  const Tensor position = arange(x.dim(axis), {.dtype = i64, .device = x.device()});
  const Tensor from = unsqueeze(position, 1);
  const Tensor counts = reverse ? less_equal(position, from) : greater_equal(position, from);
  const Tensor part = exp(where(counts, given - total, kNever));
  return transpose(sum(part * unsqueeze(transpose(dy, axis, -1), -2), -1), axis, -1);
}

Tensor running_log_sum(const Tensor& x, int axis, bool reverse) {
  return record("logcumsumexp", detail::run_scan(Kernel::logcumsumexp, x, axis, reverse), {x},
                {x, saved_output(0)}, [axis, reverse](Backward& b) {
                  const Tensor given = b.saved(0), dy = b.dy();
                  // A sum of nothing but e^-infinity hands nothing on.
                  const Tensor sums = b.saved(1), y = where(equal(sums, kNever), 0, sums);
                  if (GradMode::enabled()) {
                    b.grad(0) = shares_apart(dy, given, y, axis, reverse);
                    return;
                  }
                  b.grad(0) = share_of(maximum(dy, 0), given, y, axis, reverse) -
                              share_of(maximum(-dy, 0), given, y, axis, reverse);
                });
}

}  // namespace

SortResult cummax(const Tensor& x, int axis) { return running_extreme(Kernel::cummax, x, axis); }
SortResult cummin(const Tensor& x, int axis) { return running_extreme(Kernel::cummin, x, axis); }

Tensor logcumsumexp(const Tensor& x, int axis) {
  detail::check_floating("logcumsumexp", x);
  return running_log_sum(x, normalize_axis(axis, x.shape(), "logcumsumexp"), false);
}

Tensor diff(const Tensor& x, int n, int axis) {
  axis = normalize_axis(axis, x.shape(), "diff");
  if (n < 0) throw ValueError("diff", "n is negative: " + std::to_string(n));
  Tensor y = x;
  for (int i = 0; i < n && y.dim(axis) > 0; ++i)
    y = slice(y, axis, 1) - slice(y, axis, 0, y.dim(axis) - 1);
  return y;
}

}  // namespace carousel
