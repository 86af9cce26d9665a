// Adam and what grew from it. In all of these m and v are the averages of gradients and of their
// squares: m += (1 - beta_1) (g - m), v += (1 - beta_2) (g^2 - v); slots "momentum" and "velocity".
// ValueError from all: a beta outside [0, 1), a negative epsilon.
#pragma once

#include <carousel/optim/rule.h>

namespace carousel::optim {

// Kingma and Ba, 2015, as Keras writes it:
// w -= lr sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon).
// amsgrad: the largest v so far in its place (Reddi et al., 2018), slot "velocity_hat".
struct AdamOptions {
  LearningRate learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  std::optional<double> weight_decay = {};
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "Adam";
  void check() const;
  void step(Step& s) const;
};
using Adam = Rule<AdamOptions>;

// Adam with decoupled weight decay (Loshchilov and Hutter, 2019), by default 0.004.
struct AdamWOptions {
  LearningRate learning_rate = 1e-3;
  std::optional<double> weight_decay = 0.004;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "AdamW";
  void check() const;
  void step(Step& s) const;
};
using AdamW = Rule<AdamWOptions>;

// Adam by the largest gradient (same paper): u = max(beta_2 u, |g|),
// w -= lr / (1 - beta_1^t) m / (u + epsilon). Slots: "momentum", "norm" (u).
struct AdamaxOptions {
  LearningRate learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "Adamax";
  void check() const;
  void step(Step& s) const;
};
using Adamax = Rule<AdamaxOptions>;

// Adam with Nesterov's momentum (Dozat, 2016): with mu_t = beta_1 (1 - 0.96^t / 2) and U_t their
// product, w -= lr (mu_{t+1} m / (1 - U_{t+1}) + (1 - mu_t) g / (1 - U_t)) /
// (sqrt(v / (1 - beta_2^t)) + epsilon). Number: "u_product" (U).
struct NadamOptions {
  LearningRate learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "Nadam";
  void check() const;
  void step(Step& s) const;
};
using Nadam = Rule<NadamOptions>;

// Chen et al., 2023: w -= lr sign(beta_1 m + (1 - beta_1) g), then m = beta_2 m + (1 - beta_2) g.
// Slot: "momentum".
struct LionOptions {
  LearningRate learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.99;
  std::optional<double> weight_decay = {};
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "Lion";
  void check() const;
  void step(Step& s) const;
};
using Lion = Rule<LionOptions>;

// AdamW whose averages take the place of a schedule (Defazio et al., 2024). Slots: "momentum" (z,
// at first the parameter), "velocity". The parameter is the point y at which gradients are taken:
// z -= lr g / (sqrt(v / (1 - beta_2^t)) + epsilon), x = (1 - 1/t) x + z / t,
// y = (1 - beta_1) z + beta_1 x. The rate grows over warmup_steps. Also ValueError: beta_1 = 0,
// negative warmup_steps.
struct ScheduleFreeAdamWOptions {
  LearningRate learning_rate = 0.0025;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  std::int64_t warmup_steps = 0;
  std::optional<double> weight_decay = {};
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "ScheduleFreeAdamW";
  void check() const;
  void step(Step& s) const;
};
using ScheduleFreeAdamW = Rule<ScheduleFreeAdamWOptions>;

}  // namespace carousel::optim
