// The options that all optimizers share.
#pragma once

#include <cstdint>
#include <optional>

#include <carousel/optim/schedule.h>

namespace carousel::optim {

// Behind weight_decay in every optimizer's options, in Keras' order:
//   clipnorm, clipvalue, global_clipnorm: at most one; how the gradients of a step are clipped
//     (optim/clip.h).
//   use_ema: an average of each parameter is kept, ema_momentum * average + (1 - ema_momentum) *
//     parameter; every ema_overwrite_frequency steps, and at the end of fit(), it replaces the
//     parameter.
//   loss_scale_factor: the loss is multiplied by it before backward(), gradients divided by it.
//   gradient_accumulation_steps: parameters change at every n-th step, by the mean of n gradients.
#define CAROUSEL_OPTIMIZER_OPTIONS                                           \
  std::optional<double> clipnorm = {}, clipvalue = {}, global_clipnorm = {}; \
  bool use_ema = false;                                                      \
  double ema_momentum = 0.99;                                                \
  std::optional<std::int64_t> ema_overwrite_frequency = {};                  \
  std::optional<double> loss_scale_factor = {};                              \
  std::optional<std::int64_t> gradient_accumulation_steps = {}

// The shared options of any optimizer, as the base class takes them.
struct CommonOptions {
  LearningRate learning_rate = 1e-3;
  // Decoupled: w -= learning_rate * weight_decay * w before the rule, unless the rule has its own.
  std::optional<double> weight_decay = {};
  bool decoupled_weight_decay = true;
  CAROUSEL_OPTIMIZER_OPTIONS;
};

// Where some parameters want something else. The first group whose `match` occurs in a parameter's
// name (in its path: "lstm/bias") takes it.
struct ParameterGroup {
  std::string match;
  double learning_rate_multiplier = 1;      // of the optimizer's rate, whatever schedule it follows
  std::optional<double> weight_decay = {};  // in place of the optimizer's
};

}  // namespace carousel::optim
