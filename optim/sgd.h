// Gradient descent.
#pragma once

#include <carousel/optim/rule.h>

namespace carousel::optim {

// w -= lr g; with momentum v = momentum v - lr g, w += v, or with Nesterov w += momentum v - lr g.
// Slot: "momentum" (v), only where momentum > 0. ValueError: momentum outside [0, 1].
struct SGDOptions {
  LearningRate learning_rate = 0.01;
  double momentum = 0;
  bool nesterov = false;
  std::optional<double> weight_decay = {};
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "SGD";
  void check() const;
  void step(Step& s) const;
};
using SGD = Rule<SGDOptions>;

}  // namespace carousel::optim
