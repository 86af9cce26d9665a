#include <carousel/nn/layers/masking.h>

#include <cmath>

#include <carousel/autograd/ops.h>

namespace carousel::nn {

Masking::Masking(MaskingOptions options) : Layer(std::move(options)) {
  if (std::isnan(options_.mask_value))
    throw ValueError("masking",
                     "mask_value nan equals nothing: put a number in the place of NaN "
                     "before, and name that");
}

void fields(Fields& f, MaskingOptions& o) { f("mask_value", o.mask_value); }

Value Masking::forward(const Value& x) {
  if (x.rank() != 3)
    throw ShapeError("masking", "needs (batch, time, features), got shape " + to_string(x.shape()));
  const Tensor counts = any(not_equal(x, options_.mask_value), {-1}, true);
  return Value::masked(where(counts, x, zeros_like(x)), counts.squeeze(-1));
}

}  // namespace carousel::nn
