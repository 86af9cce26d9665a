// Gradient descent with PyTorch's names, arguments, defaults and rules. weight_decay * w is added
// to the gradient; maximize: uphill.
#pragma once

#include <array>

#include <carousel/optim/rule.h>

namespace carousel::optim::torch {

// b = momentum b + (1 - dampening) g (the first b is g), w -= lr b, or with Nesterov
// w -= lr (g + momentum b). Slot: "momentum_buffer". ValueError: momentum or weight_decay negative
// or not finite; nesterov without momentum or with dampening.
struct SGDOptions {
  LearningRate lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
  bool maximize = false;
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "torch.SGD";
  static constexpr bool kOwnWeightDecay = true;
  void check() const;
  void step(Step& s) const;
};
using SGD = Rule<SGDOptions>;

// Averaged descent (Polyak and Juditsky, 1992): w = (1 - lambd eta) w - eta g with
// eta = lr / (1 + lambd lr (t - 1)) ^ alpha, and from step t0 on the average of all w in slot "ax",
// which is w before. ValueError: lambd, alpha or t0 negative or not finite.
struct ASGDOptions {
  LearningRate lr = 1e-2;
  double lambd = 1e-4;
  double alpha = 0.75;
  double t0 = 1e6;
  double weight_decay = 0;
  bool maximize = false;
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "torch.ASGD";
  static constexpr bool kOwnWeightDecay = true;
  void check() const;
  void step(Step& s) const;
};
using ASGD = Rule<ASGDOptions>;

// Resilient propagation (Riedmiller and Braun, 1993), for gradients of the whole data: each element
// has a step of its own, at first lr, which grows by etas[1] while the gradient keeps its sign and
// shrinks by etas[0] when it turns, within step_sizes. Slots: "prev", "step_size".
// ValueError: etas not 0 < etas[0] < 1 < etas[1], step_sizes not positive and in order.
struct RpropOptions {
  LearningRate lr = 1e-2;
  std::array<double, 2> etas = {0.5, 1.2};
  std::array<double, 2> step_sizes = {1e-6, 50};
  bool maximize = false;
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "torch.Rprop";
  static constexpr bool kOwnWeightDecay = true;
  void check() const;
  void step(Step& s) const;
};
using Rprop = Rule<RpropOptions>;

}  // namespace carousel::optim::torch
