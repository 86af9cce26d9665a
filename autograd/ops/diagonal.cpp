// Triangles and diagonals.
#include <algorithm>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel {
namespace {

// Column minus row, for each element of the last two axes.
Tensor column_less_row(const char* op, const Tensor& x) {
  if (x.rank() < 2)
    throw ShapeError(op, "needs at least two axes, got shape " + to_string(x.shape()));
  const TensorOptions options{i64, x.device(), false};
  const std::int64_t rows = x.shape()[x.rank() - 2], columns = x.shape()[x.rank() - 1];
  return sub(arange(columns, options), reshape(arange(rows, options), {rows, 1}));
}

// The k-th diagonal of a matrix, as a view without gradient; empty if it lies outside.
Tensor diagonal_view(const Tensor& x, int k) {
  const std::int64_t down = std::max(-k, 0), right = std::max(k, 0);
  const std::int64_t length = std::min(x.shape()[0] - down, x.shape()[1] - right);
  const std::int64_t size = std::max<std::int64_t>(length, 0);
  const std::int64_t start = size > 0 ? down * x.strides()[0] + right * x.strides()[1] : 0;
  return detail::make_view(x, {size}, {x.strides()[0] + x.strides()[1]}, x.impl().offset + start);
}

Tensor diagonal(const Tensor& x, int k);

// Zeros of `shape` with the vector x on the k-th diagonal.
Tensor embed_diagonal(const Tensor& x, const Shape& shape, int k) {
  Tensor y = zeros(shape, {x.dtype(), x.device(), false});
  detail::run_copy_into(diagonal_view(y, k), x);
  return record("diag", y, {x}, {}, [k](Backward& b) { b.grad(0) = diagonal(b.dy(), k); });
}

Tensor diagonal(const Tensor& x, int k) {
  const Shape shape = x.shape();
  return record("diag", detail::run_copy(diagonal_view(x, k)), {x}, {},
                [shape, k](Backward& b) { b.grad(0) = embed_diagonal(b.dy(), shape, k); });
}

}  // namespace

Tensor tril(const Tensor& x, int k) {
  return masked_fill(x, greater(column_less_row("tril", x), k), 0);
}

Tensor triu(const Tensor& x, int k) {
  return masked_fill(x, less(column_less_row("triu", x), k), 0);
}

Tensor diag(const Tensor& x, int k) {
  if (x.rank() == 2) return diagonal(x, k);
  if (x.rank() != 1)
    throw ShapeError("diag", "needs a vector or a matrix, got shape " + to_string(x.shape()));
  const std::int64_t size = x.shape()[0] + std::abs(static_cast<std::int64_t>(k));
  return embed_diagonal(x, {size, size}, k);
}

}  // namespace carousel
