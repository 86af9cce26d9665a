// Dropout.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <carousel/nn/layer.h>

namespace carousel::nn {

struct DropoutOptions {
  double rate = 0;  // of elements that become 0, in [0, 1)
  // The sizes of the mask: the input's or -1, or 1 where all share one draw; default: the input's.
  std::vector<std::int64_t> noise_shape = {};
  std::optional<std::uint64_t> seed = {};  // default: from the model's seed and the path
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, DropoutOptions& o);

// Srivastava et al., 2014. In training, each element is 0 with probability `rate`, else divided by
// 1 - rate; else nothing happens. Owns (seed, counter), so a resumed training goes on alike.
class Dropout : public Layer<DropoutOptions> {
 public:
  // ValueError unless rate is in [0, 1).
  explicit Dropout(DropoutOptions options);
  // A call gives ShapeError for a noise_shape that does not broadcast to the input.
  explicit Dropout(double rate);

  Value forward(const Value& x) override;
  void visit(Visitor& visitor) override { visitor.host_buffer("random_state", state_); }

 protected:
  void make_parameters(const Values& inputs) override;

 private:
  Tensor state_;
};

}  // namespace carousel::nn
