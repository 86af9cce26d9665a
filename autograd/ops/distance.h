// Lengths, angles and distances of vectors; floating.
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel {

// x by its p-norm along `axis`, or by epsilon where that is larger.
Tensor normalize(const Tensor& x, double p = 2, int axis = -1, double epsilon = 1e-12);
// The cosine of the angle between a and b along `axis`, whose lengths count as epsilon at least.
// The operands broadcast.
Tensor cosine_similarity(const Tensor& a, const Tensor& b, int axis = -1, double epsilon = 1e-8);
// p-norms of the differences between all rows: a (..., n, features), b (..., m, features) to
// (..., n, m); leading axes broadcast. Takes memory for all differences.
Tensor cdist(const Tensor& a, const Tensor& b, double p = 2);
// The cross product of vectors of three along `axis`; the operands broadcast. ShapeError.
Tensor cross(const Tensor& a, const Tensor& b, int axis = -1);
// The Kronecker product of tensors of one rank: a's elements times the whole of b, in blocks.
Tensor kron(const Tensor& a, const Tensor& b);

}  // namespace carousel
