// RMSprop.
#pragma once

#include <carousel/optim/rule.h>

namespace carousel::optim {

// Tieleman and Hinton, 2012, as Keras writes it: a = rho a + (1 - rho) g^2, the step
// lr g / sqrt(a + epsilon); centered: a - mean(g)^2 in its place; momentum accumulates the steps.
// Slots: "velocity" (a), "momentum", "average_gradient".
// ValueError: rho or momentum outside [0, 1], a negative epsilon.
struct RMSpropOptions {
  LearningRate learning_rate = 1e-3;
  double rho = 0.9;
  double momentum = 0;
  double epsilon = 1e-7;
  bool centered = false;
  std::optional<double> weight_decay = {};
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "RMSprop";
  void check() const;
  void step(Step& s) const;
};
using RMSprop = Rule<RMSpropOptions>;

}  // namespace carousel::optim
