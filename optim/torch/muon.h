// Muon with PyTorch's names, arguments, defaults and rules.
#pragma once

#include <array>
#include <string>

#include <carousel/optim/rule.h>

namespace carousel::optim::torch {

// As optim::Muon for matrices alone, made orthogonal in bfloat16: b += (1 - momentum) (g - b), of
// that b or with Nesterov g + momentum (b - g). adjust_lr_fn: "original" (the default) is
// lr sqrt(max(1, rows / columns)), "match_rms_adamw" lr 0.2 sqrt(max(rows, columns)). Weight decay
// is decoupled. Slot: "momentum_buffer".
// ValueError: a parameter that has not two axes; negative momentum, eps or ns_steps, 100 steps or
// more, another adjust_lr_fn.
struct MuonOptions {
  LearningRate lr = 1e-3;
  double weight_decay = 0.1;
  double momentum = 0.95;
  bool nesterov = true;
  std::array<double, 3> ns_coefficients = {3.4445, -4.775, 2.0315};
  double eps = 1e-7;
  std::int64_t ns_steps = 5;
  std::string adjust_lr_fn = "original";
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "torch.Muon";
  static constexpr bool kOwnWeightDecay = true;
  void check() const;
  void check_parameters(std::span<const NamedTensor> parameters) const;
  void update(Step& s, std::span<const Update> updates) const;
};
using Muon = Rule<MuonOptions>;

}  // namespace carousel::optim::torch
