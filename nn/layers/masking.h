// Masking.
#pragma once

#include <carousel/nn/layer.h>

namespace carousel::nn {

struct MaskingOptions {
  double mask_value = 0.0;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (time, features)
};

void fields(Fields& f, MaskingOptions& o);

// Masks the steps of (batch, time, features) all of whose features are mask_value; they become 0.
class Masking : public Layer<MaskingOptions> {
 public:
  // ValueError for NaN, which no feature equals.
  explicit Masking(MaskingOptions options = {});

  // ShapeError for fewer than three axes.
  Value forward(const Value& x) override;
  std::string type_name() const override { return "Masking"; }
};

}  // namespace carousel::nn
