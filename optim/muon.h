// Muon.
#pragma once

#include <string>
#include <vector>

#include <carousel/optim/rule.h>

namespace carousel::optim {

// Jordan et al., 2024: matrices move along their momentum made orthogonal (optim/newton_schulz.h);
// everything that has not two axes by Adam, and so do parameters with "embedding" in their name
// (exclude_embeddings) or one of exclude_layers. m = momentum m + g, of that m or with Nesterov
// g + momentum m; the step is lr sqrt(max(rows, columns)) rms_rate long, or lr where rms_rate is
// nothing. Adam's rate is adam_lr_ratio times the optimizer's; its weights decay by
// adam_weight_decay. Slots: "momentum", and "velocity" for Adam.
// ValueError: a beta outside [0, 1), momentum outside [0, 1], negative epsilon, decay, ratio, rate
// or ns_steps.
struct MuonOptions {
  LearningRate learning_rate = 1e-3;
  double adam_beta_1 = 0.9;
  double adam_beta_2 = 0.999;
  double adam_weight_decay = 0.004;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = 0.004;
  CAROUSEL_OPTIMIZER_OPTIONS;
  std::vector<std::string> exclude_layers = {};
  bool exclude_embeddings = true;
  double muon_a = 3.4445, muon_b = -4.775, muon_c = 2.0315;
  double adam_lr_ratio = 1;
  double momentum = 0.95;
  std::int64_t ns_steps = 5;
  bool nesterov = true;
  std::optional<double> rms_rate = 0.2;

  static constexpr const char* kName = "Muon";
  static constexpr bool kOwnWeightDecay = true;
  void check() const;
  void update(Step& s, std::span<const Update> updates) const;
  std::optional<Tensor> make_slot(const detail::Slot& slot, const NamedTensor& parameter) const;

 private:
  bool by_adam(const NamedTensor& parameter) const;
};
using Muon = Rule<MuonOptions>;

}  // namespace carousel::optim
