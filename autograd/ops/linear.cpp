#include <carousel/autograd/ops/linear.h>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/pass.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel {
namespace {

// Both operands have at least two axes.
Tensor matrix_product(const Tensor& a, const Tensor& b) {
  return record("matmul", detail::run_matmul(a, b), {a, b}, {a, b}, [](Backward& g) {
    if (g.needs(0)) g.grad(0) = matmul(g.dy(), transpose(g.saved(1), -1, -2));
    if (g.needs(1) && !detail::Pass::gather(g.saved(1), g.saved(0), g.dy()))
      g.grad(1) = matmul(transpose(g.saved(0), -1, -2), g.dy());
  });
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  if (a.rank() == 0 || b.rank() == 0)
    throw ShapeError("matmul", "needs vectors or matrices: lhs " + to_string(a.shape()) + ", rhs " +
                                   to_string(b.shape()));
  // One matrix for all: one product of many rows, whose gradient needs no sum over a batch.
  if (a.rank() > 2 && b.rank() == 2 && a.numel() > 0 && a.shape()[a.rank() - 1] == b.shape()[0]) {
    Shape shape = a.shape();
    shape[a.rank() - 1] = b.shape()[1];
    const std::int64_t inner = b.shape()[0];
    return reshape(matrix_product(reshape(a, {a.numel() / inner, inner}), b), shape);
  }
  if (a.rank() >= 2 && b.rank() >= 2) return matrix_product(a, b);
  if (a.shape()[a.rank() - 1] != b.shape()[b.rank() == 1 ? 0 : b.rank() - 2])
    throw ShapeError("matmul", "inner dimensions differ: lhs " + to_string(a.shape()) + ", rhs " +
                                   to_string(b.shape()));
  Tensor product =
      matrix_product(a.rank() == 1 ? unsqueeze(a, 0) : a, b.rank() == 1 ? unsqueeze(b, 1) : b);
  if (b.rank() == 1) product = squeeze(product, -1);
  if (a.rank() == 1) product = squeeze(product, b.rank() == 1 ? -1 : -2);
  return product;
}

Tensor dot(const Tensor& a, const Tensor& b) {
  if (a.rank() != b.rank() || (a.rank() != 1 && a.rank() != 2))
    throw ShapeError("dot", "needs two vectors or two matrices: lhs " + to_string(a.shape()) +
                                ", rhs " + to_string(b.shape()));
  if (a.shape()[a.rank() - 1] != b.shape()[0])
    throw ShapeError("dot", "inner dimensions differ: lhs " + to_string(a.shape()) + ", rhs " +
                                to_string(b.shape()));
  return matmul(a, b);
}

Tensor outer(const Tensor& a, const Tensor& b) {
  if (a.rank() != 1 || b.rank() != 1)
    throw ShapeError("outer", "needs two vectors: lhs " + to_string(a.shape()) + ", rhs " +
                                  to_string(b.shape()));
  return mul(unsqueeze(a, 1), b);
}

}  // namespace carousel
