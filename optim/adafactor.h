// Adafactor.
#pragma once

#include <carousel/optim/rule.h>

namespace carousel::optim {

// Shazeer and Stern, 2018: of the second moments of a matrix only the means of rows and columns are
// kept. lr = max(epsilon_2, rms(w)) min(learning_rate, 1 / sqrt(t)); the update's rms is clipped to
// clip_threshold. Slots: "r" and "c" where there are two axes or more (of the last two), else
// "velocity". relative_step is Keras', where it changes nothing.
// ValueError: a beta_2_decay above 0, negative epsilons, a clip_threshold that is not positive.
struct AdafactorOptions {
  LearningRate learning_rate = 1e-3;
  double beta_2_decay = -0.8;
  double epsilon_1 = 1e-30;
  double epsilon_2 = 1e-3;
  double clip_threshold = 1;
  bool relative_step = true;
  std::optional<double> weight_decay = {};
  CAROUSEL_OPTIMIZER_OPTIONS;

  static constexpr const char* kName = "Adafactor";
  void check() const;
  void update(Step& s, std::span<const Update> updates) const;
  std::optional<Tensor> make_slot(const detail::Slot& slot, const NamedTensor& parameter) const;
};
using Adafactor = Rule<AdafactorOptions>;

}  // namespace carousel::optim
