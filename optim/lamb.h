// LAMB.
#pragma once

#include <carousel/optim/rule.h>

namespace carousel::optim {

// You et al., 2020: Adam's direction u = m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon),
// as long as the parameter itself: w -= lr |w| / |u| u (lr u where one of them is 0).
// Slots: "momentum", "velocity". ValueError: a beta outside [0, 1), a negative epsilon.
struct LambOptions {
  LearningRate learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "Lamb";
  void check() const;
  void update(Step& s, std::span<const Update> updates) const;
};
using Lamb = Rule<LambOptions>;

}  // namespace carousel::optim
