// Adagrad and those that followed from it: rates by the gradients seen so far.
#pragma once

#include <carousel/optim/rule.h>

namespace carousel::optim {

// Duchi et al., 2011: a += g^2, w -= lr g / sqrt(a + epsilon). Slot: "accumulator" (a).
// ValueError: a negative initial_accumulator_value or epsilon.
struct AdagradOptions {
  LearningRate learning_rate = 1e-3;
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "Adagrad";
  void check() const;
  void step(Step& s) const;
};
using Adagrad = Rule<AdagradOptions>;

// Zeiler, 2012: a = rho a + (1 - rho) g^2, the step d = sqrt(b + epsilon) / sqrt(a + epsilon) g,
// b = rho b + (1 - rho) d^2, w -= lr d. Slots: "accumulated_grad", "accumulated_delta_var".
// ValueError: rho outside [0, 1], a negative epsilon.
struct AdadeltaOptions {
  LearningRate learning_rate = 1e-3;
  double rho = 0.95;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "Adadelta";
  void check() const;
  void step(Step& s) const;
};
using Adadelta = Rule<AdadeltaOptions>;

// "Follow the regularized leader" (McMahan et al., 2013), for sparse models. Slots: "accumulator",
// "linear". ValueError: a learning_rate_power above 0, a negative initial accumulator, strength or
// beta.
struct FtrlOptions {
  LearningRate learning_rate = 1e-3;
  double learning_rate_power = -0.5;
  double initial_accumulator_value = 0.1;
  double l1_regularization_strength = 0;
  double l2_regularization_strength = 0;
  double l2_shrinkage_regularization_strength = 0;
  double beta = 0;
  std::optional<double> weight_decay = {};
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "Ftrl";
  void check() const;
  void step(Step& s) const;
};
using Ftrl = Rule<FtrlOptions>;

}  // namespace carousel::optim
