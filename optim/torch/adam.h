// Adam and what grew from it, with PyTorch's names, arguments, defaults and rules. In all of these
// m and v are the averages of gradients and of their squares, by betas; slots "exp_avg" and
// "exp_avg_sq". weight_decay * w is added to the gradient, unless it is decoupled:
// w -= lr * weight_decay * w. maximize: uphill.
// ValueError from all: a beta outside [0, 1), a negative eps, weight_decay or momentum_decay.
#pragma once

#include <array>

#include <carousel/optim/rule.h>

namespace carousel::optim::torch {

// w -= lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + eps): eps beside the corrected root, where
// Keras has it beside the uncorrected one. amsgrad: slot "max_exp_avg_sq".
struct AdamOptions {
  LearningRate lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  bool amsgrad = false;
  bool maximize = false;
  bool decoupled_weight_decay = false;
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "torch.Adam";
  static constexpr bool kOwnWeightDecay = true;
  void check() const;
  void step(Step& s) const;
};
using Adam = Rule<AdamOptions>;

// Adam with decoupled weight decay.
struct AdamWOptions {
  LearningRate lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 1e-2;
  bool amsgrad = false;
  bool maximize = false;
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "torch.AdamW";
  static constexpr bool kOwnWeightDecay = true;
  void check() const;
  void step(Step& s) const;
};
using AdamW = Rule<AdamWOptions>;

// u = max(beta2 u, |g| + eps), w -= lr / (1 - beta1^t) m / u. Slots: "exp_avg", "exp_inf" (u).
struct AdamaxOptions {
  LearningRate lr = 2e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  bool maximize = false;
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "torch.Adamax";
  static constexpr bool kOwnWeightDecay = true;
  void check() const;
  void step(Step& s) const;
};
using Adamax = Rule<AdamaxOptions>;

// Adam with Nesterov's momentum (Dozat, 2016): as optim::Nadam, with mu_t = beta1 (1 - 0.96^(t
// momentum_decay) / 2). Number: "mu_product".
struct NAdamOptions {
  LearningRate lr = 2e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum_decay = 4e-3;
  bool decoupled_weight_decay = false;
  bool maximize = false;
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "torch.NAdam";
  static constexpr bool kOwnWeightDecay = true;
  void check() const;
  void step(Step& s) const;
};
using NAdam = Rule<NAdamOptions>;

// Adam that waits with its denominator until v can be trusted (Liu et al., 2020).
struct RAdamOptions {
  LearningRate lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  bool decoupled_weight_decay = false;
  bool maximize = false;
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "torch.RAdam";
  static constexpr bool kOwnWeightDecay = true;
  void check() const;
  void step(Step& s) const;
};
using RAdam = Rule<RAdamOptions>;

}  // namespace carousel::optim::torch
