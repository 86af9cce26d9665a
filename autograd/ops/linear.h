// Products.
#pragma once

#include <span>
#include <string_view>

#include <carousel/tensor/tensor.h>

namespace carousel {

// As numpy.matmul: (..., m, k) @ (..., k, n), leading axes broadcast; a 1-D operand is a row on the
// left, a column on the right, and its axis is dropped from the result.
Tensor matmul(const Tensor& a, const Tensor& b);
// Of two vectors their inner product, of two matrices their product, as numpy.dot.
Tensor dot(const Tensor& a, const Tensor& b);
// (m,) and (n,) to (m, n).
Tensor outer(const Tensor& a, const Tensor& b);
// "bij,bjk->bik", with "..." and an implicit right side, as numpy.einsum; one or two operands, or
// more from left to right. ValueError names what is wrong in the equation.
Tensor einsum(std::string_view equation, std::span<const Tensor> operands);
Tensor einsum(std::string_view equation, std::initializer_list<Tensor> operands);

}  // namespace carousel
