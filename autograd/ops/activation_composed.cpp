// Activation functions made of others.
#include <carousel/autograd/ops.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel {
namespace {

void check_positive(const char* op, const char* what, double value) {
  if (!(value > 0))
    throw ValueError(op, std::string(what) + " must be positive, got " + std::to_string(value));
}

void check_not_negative(const char* op, const char* what, double value) {
  if (!(value >= 0))
    throw ValueError(op, std::string(what) + " must not be negative, got " + std::to_string(value));
}

}  // namespace

Tensor relu6(const Tensor& x) {
  detail::check_floating("relu6", x);
  return where(greater_equal(x, 6), 6, relu(x));
}

Tensor hard_tanh(const Tensor& x, double low, double high) {
  detail::check_floating("hard_tanh", x);
  if (!(low < high))
    throw ValueError("hard_tanh", "low must be below high, got " + std::to_string(low) + " and " +
                                      std::to_string(high));
  return clip(x, low, high);
}

// Below -3 the other factor is 0, which would make NaN of -infinity.
Tensor hard_swish(const Tensor& x) {
  detail::check_floating("hard_swish", x);
  return where(less(x, -3), 0, x) * hard_sigmoid(x);
}

// Each side sees 0 where the other one counts, so that neither overflows there.
Tensor celu(const Tensor& x, double alpha) {
  detail::check_floating("celu", x);
  check_positive("celu", "alpha", alpha);
  const Tensor below = where(greater(x, 0), 0, x);
  return where(greater(x, 0), x, expm1(below / alpha) * alpha);
}

Tensor mish(const Tensor& x) {
  detail::check_floating("mish", x);
  // Far below 0 the other factor is 0, which would make NaN of -infinity.
  return where(less(x, -1e4), 0, x) * tanh(softplus(x));
}

Tensor glu(const Tensor& x, int axis) {
  detail::check_floating("glu", x);
  axis = normalize_axis(axis, x.shape(), "glu");
  const std::int64_t size = x.dim(axis);
  if (size % 2 != 0)
    throw ShapeError("glu", "axis " + std::to_string(axis) + " of shape " + to_string(x.shape()) +
                                " does not divide into halves");
  return slice(x, axis, 0, size / 2) * sigmoid(slice(x, axis, size / 2));
}

Tensor prelu(const Tensor& x, const Tensor& slope) {
  detail::check_floating("prelu", x);
  detail::check_same_dtype("prelu", x, slope);
  detail::check_same_device("prelu", x, slope);
  if (!(broadcast_shapes(x.shape(), slope.shape(), "prelu") == x.shape()))
    throw ShapeError("prelu", "slope " + to_string(slope.shape()) + " can't be broadcast to x " +
                                  to_string(x.shape()));
  return where(greater(x, 0), x, slope * where(greater(x, 0), 0, x));
}

Tensor log_sigmoid(const Tensor& x) {
  detail::check_floating("log_sigmoid", x);
  return -softplus(-x);
}

Tensor tanh_shrink(const Tensor& x) {
  detail::check_floating("tanh_shrink", x);
  return x - tanh(x);
}

Tensor soft_shrink(const Tensor& x, double threshold) {
  detail::check_floating("soft_shrink", x);
  check_not_negative("soft_shrink", "threshold", threshold);
  return x - clip(x, -threshold, threshold);
}

Tensor hard_shrink(const Tensor& x, double threshold) {
  detail::check_floating("hard_shrink", x);
  check_not_negative("hard_shrink", "threshold", threshold);
  return where(less_equal(abs(x), threshold), 0, x);
}

Tensor threshold(const Tensor& x, double bound, double value) {
  detail::check_floating("threshold", x);
  return where(less_equal(x, bound), value, x);
}

}  // namespace carousel
