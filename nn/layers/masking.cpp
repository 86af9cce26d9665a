#include <carousel/nn/layers/masking.h>

#include <carousel/autograd/ops.h>

namespace carousel::nn {

void fields(Fields& f, MaskingOptions& o) { f("mask_value", o.mask_value); }

Value Masking::forward(const Value& x) {
  if (x.rank() != 3)
    throw ShapeError("masking", "needs (batch, time, features), got shape " + to_string(x.shape()));
  const Tensor counts = any(not_equal(x, options_.mask_value), {-1}, true);
  return Value::masked(where(counts, x, zeros_like(x)), counts.squeeze(-1));
}

}  // namespace carousel::nn
