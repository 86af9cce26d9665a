// Reductions over axes (default: all), with fixed blocks and pairwise sums: precise, and the same
// bits for any number of threads. Empty axes give the neutral element, or a ShapeError where there
// is none.
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel {

// Of bool and i32: i64.
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
// Floating only. Of nothing: NaN.
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
// The sum of what is not NaN. Floating only.
Tensor nansum(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
// How many elements are not 0, as i64; NaN counts.
Tensor count_nonzero(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
Tensor prod(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
// NaN propagates. Equal extremes share the gradient.
Tensor max(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
Tensor min(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
// i64 positions, of the flattened tensor or along one axis; first of equals, the first NaN wins.
Tensor argmax(const Tensor& x);
Tensor argmax(const Tensor& x, int axis, bool keepdims = false);
Tensor argmin(const Tensor& x);
Tensor argmin(const Tensor& x, int axis, bool keepdims = false);
// Of bool tensors.
Tensor any(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
Tensor all(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
// Divided by count - correction: 1 is the sample variance, 0 the population's; NaN if that is not
// positive. Gradient of std 0 at 0. Floating only.
Tensor var(const Tensor& x, const Axes& axes = {}, bool keepdims = false, double correction = 1);
Tensor std(const Tensor& x, const Axes& axes = {}, bool keepdims = false, double correction = 1);
Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
// (sum |x|^p)^(1/p); p may be infinity or, for the smallest size, -infinity; 0 counts what is not
// 0, ValueError for others below. Gradient 0 at 0.
Tensor norm(const Tensor& x, double p = 2, const Axes& axes = {}, bool keepdims = false);
// Running along an axis. If factors are 0, cumprod's gradient takes the square of the length.
Tensor cumsum(const Tensor& x, int axis);
Tensor cumprod(const Tensor& x, int axis);
// Sums over what broadcasting had repeated, so that the result has `shape`.
Tensor sum_to(const Tensor& x, const Shape& shape);

}  // namespace carousel
