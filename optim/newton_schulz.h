// Matrices made orthogonal by products alone; for the library's own use.
#pragma once

#include <cstdint>

#include <carousel/tensor/tensor.h>

namespace carousel::optim::detail {

struct NewtonSchulz {
  double a = 3.4445, b = -4.775, c = 2.0315;
  std::int64_t steps = 5;
};

// About U V' of x = U S V' (Jordan et al., 2024): from a matrix whose singular values are at most
// 1, each step x = a x + (b x x' + c (x x')^2) x.
Tensor orthogonalize(Tensor x, const NewtonSchulz& how);
// The same as PyTorch does it, in bfloat16: the results of products and sums rounded to 8 bits.
Tensor orthogonalize_bfloat16(const Tensor& x, const NewtonSchulz& how, double epsilon);

}  // namespace carousel::optim::detail
