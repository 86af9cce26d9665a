// RMSprop, Adagrad, Adadelta and Adafactor with PyTorch's names, arguments, defaults and rules.
// weight_decay * w is added to the gradient; maximize: uphill.
#pragma once

#include <utility>

#include <carousel/optim/rule.h>

namespace carousel::optim::torch {

// v = alpha v + (1 - alpha) g^2, the step g / (sqrt(v) + eps): eps outside the root, where Keras
// has it inside; centered: v - mean(g)^2 in the root; momentum accumulates the steps. Slots:
// "square_avg", "grad_avg", "momentum_buffer".
// ValueError: alpha outside [0, 1], eps or momentum negative or not finite.
struct RMSpropOptions {
  LearningRate lr = 1e-2;
  double alpha = 0.99;
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum = 0;
  bool centered = false;
  bool maximize = false;
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "torch.RMSprop";
  static constexpr bool kOwnWeightDecay = true;
  void check() const;
  void step(Step& s) const;
};
using RMSprop = Rule<RMSpropOptions>;

// a += g^2, w -= lr / (1 + (t - 1) lr_decay) g / (sqrt(a) + eps). Slot: "sum".
// ValueError: lr_decay, eps or initial_accumulator_value negative or not finite.
struct AdagradOptions {
  LearningRate lr = 1e-2;
  double lr_decay = 0;
  double weight_decay = 0;
  double initial_accumulator_value = 0;
  double eps = 1e-10;
  bool maximize = false;
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "torch.Adagrad";
  static constexpr bool kOwnWeightDecay = true;
  void check() const;
  void step(Step& s) const;
};
using Adagrad = Rule<AdagradOptions>;

// As optim::Adadelta. Slots: "square_avg", "acc_delta". ValueError: rho outside [0, 1], a negative
// eps.
struct AdadeltaOptions {
  LearningRate lr = 1.0;
  double rho = 0.9;
  double eps = 1e-6;
  double weight_decay = 0;
  bool maximize = false;
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "torch.Adadelta";
  static constexpr bool kOwnWeightDecay = true;
  void check() const;
  void step(Step& s) const;
};
using Adadelta = Rule<AdadeltaOptions>;

// As optim::Adafactor, but eps.first (nothing: the dtype's epsilon) is a floor of the second
// moments in place of a term of the squares, the weights decay decoupled. Slots: "r" and "c", or
// "velocity". ValueError: beta2_decay above 0, a negative eps, d below 1.
struct AdafactorOptions {
  LearningRate lr = 1e-2;
  double beta2_decay = -0.8;
  std::pair<std::optional<double>, double> eps = {std::nullopt, 1e-3};
  double d = 1;
  double weight_decay = 0;
  bool maximize = false;
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "torch.Adafactor";
  static constexpr bool kOwnWeightDecay = true;
  void check() const;
  void update(Step& s, std::span<const Update> updates) const;
  std::optional<Tensor> make_slot(const optim::detail::Slot& slot,
                                  const NamedTensor& parameter) const;
};
using Adafactor = Rule<AdafactorOptions>;

}  // namespace carousel::optim::torch
