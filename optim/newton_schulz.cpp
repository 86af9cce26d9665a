#include <carousel/optim/newton_schulz.h>

#include <carousel/autograd/ops.h>

namespace carousel::optim::detail {
namespace {

// To 8 significant bits by Veltkamp's splitting.
Tensor round_to_bfloat16(const Tensor& x) {
  const Tensor shifted = x * (x.dtype() == f32 ? 0x1p16 + 1 : 0x1p45 + 1);
  return shifted - (shifted - x);
}

// Each of the three products of a step is rounded once.
template <class Round>
Tensor iterate(Tensor x, const NewtonSchulz& how, const Round& round) {
  const bool tall = x.dim(0) > x.dim(1);
  if (tall) x = x.t();
  for (std::int64_t i = 0; i < how.steps; ++i) {
    const Tensor gram = round(matmul(x, x.t()));
    const Tensor update = round(gram * how.b + matmul(gram, gram) * how.c);
    x = round(x * how.a + matmul(update, x));
  }
  return tall ? x.t() : x;
}

}  // namespace

Tensor orthogonalize(Tensor x, const NewtonSchulz& how) {
  return iterate(std::move(x), how, [](Tensor y) { return y; });
}

Tensor orthogonalize_bfloat16(const Tensor& x, const NewtonSchulz& how, double epsilon) {
  Tensor y = round_to_bfloat16(x);
  y = round_to_bfloat16(y / maximum(round_to_bfloat16(norm(y)), epsilon));
  return iterate(y, how, round_to_bfloat16);
}

}  // namespace carousel::optim::detail
