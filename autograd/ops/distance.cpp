#include <carousel/autograd/ops/distance.h>

#include <array>
#include <vector>

#include <carousel/autograd/ops.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel {
namespace {

void check_pair(const char* op, const Tensor& a, const Tensor& b) {
  detail::check_same_dtype(op, a, b);
  detail::check_same_device(op, a, b);
}

void check_epsilon(const char* op, double epsilon) {
  if (!(epsilon >= 0))
    throw ValueError(op, "epsilon must not be negative, got " + std::to_string(epsilon));
}

}  // namespace

Tensor normalize(const Tensor& x, double p, int axis, double epsilon) {
  detail::check_floating("normalize", x);
  check_epsilon("normalize", epsilon);
  axis = normalize_axis(axis, x.shape(), "normalize");
  return x / maximum(norm(x, p, axis, true), epsilon);
}

Tensor cosine_similarity(const Tensor& a, const Tensor& b, int axis, double epsilon) {
  detail::check_floating("cosine_similarity", a);
  check_pair("cosine_similarity", a, b);
  check_epsilon("cosine_similarity", epsilon);
  const Shape shape = broadcast_shapes(a.shape(), b.shape(), "cosine_similarity");
  axis = normalize_axis(axis, shape, "cosine_similarity") - shape.rank();
  const Tensor left = a / maximum(norm(a, 2, axis, true), epsilon);
  const Tensor right = b / maximum(norm(b, 2, axis, true), epsilon);
  return sum(left * right, axis);
}

Tensor cdist(const Tensor& a, const Tensor& b, double p) {
  detail::check_floating("cdist", a);
  check_pair("cdist", a, b);
  if (a.rank() < 2 || b.rank() < 2 || a.dim(-1) != b.dim(-1))
    throw ShapeError("cdist", "needs (..., n, features) and (..., m, features), got " +
                                  to_string(a.shape()) + " and " + to_string(b.shape()));
  return norm(unsqueeze(a, -2) - unsqueeze(b, -3), p, -1);
}

Tensor cross(const Tensor& a, const Tensor& b, int axis) {
  check_pair("cross", a, b);
  const Shape shape = broadcast_shapes(a.shape(), b.shape(), "cross");
  const int at = normalize_axis(axis, shape, "cross");
  if (shape[at] != 3)
    throw ShapeError("cross", "needs three elements along axis " + std::to_string(at) + ", got " +
                                  to_string(a.shape()) + " and " + to_string(b.shape()));
  const Tensor left = expand(a, shape), right = expand(b, shape);
  return roll(left, -1, at) * roll(right, -2, at) - roll(left, -2, at) * roll(right, -1, at);
}

// Each axis of a is followed by b's, and merged with it.
Tensor kron(const Tensor& a, const Tensor& b) {
  check_pair("kron", a, b);
  if (a.rank() != b.rank() || 2 * a.rank() > kMaxRank)
    throw ShapeError("kron", "needs tensors of one rank up to " + std::to_string(kMaxRank / 2) +
                                 ", got " + to_string(a.shape()) + " and " + to_string(b.shape()));
  Shape outer, inner, merged;
  for (int i = 0; i < a.rank(); ++i) {
    outer.append(a.dim(i)), outer.append(1);
    inner.append(1), inner.append(b.dim(i));
    merged.append(checked_mul(a.dim(i), b.dim(i), "kron"));
  }
  return reshape(reshape(a, outer) * reshape(b, inner), merged);
}

}  // namespace carousel
