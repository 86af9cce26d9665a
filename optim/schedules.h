// Keras' schedules: names, arguments and defaults are Keras'. Steps count from 0, calls of
// Optimizer::step().
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <carousel/optim/schedule.h>

namespace carousel::optim {

// initial_learning_rate * decay_rate ^ (step / decay_steps); staircase: the exponent is floored.
// ValueError: a rate that is not positive and finite, decay_steps below 1.
struct ExponentialDecayOptions {
  double initial_learning_rate = 1e-3;
  std::int64_t decay_steps = 1000;
  double decay_rate = 0.9;
  bool staircase = false;

  static constexpr const char* kName = "ExponentialDecay";
  void check() const;
  double at(std::int64_t step) const;
};
using ExponentialDecay = StepSchedule<ExponentialDecayOptions>;

// initial_learning_rate / (1 + decay_rate * step / decay_steps); staircase: the fraction is
// floored. ValueError: as ExponentialDecay.
struct InverseTimeDecayOptions {
  double initial_learning_rate = 1e-3;
  std::int64_t decay_steps = 1000;
  double decay_rate = 0.9;
  bool staircase = false;

  static constexpr const char* kName = "InverseTimeDecay";
  void check() const;
  double at(std::int64_t step) const;
};
using InverseTimeDecay = StepSchedule<InverseTimeDecayOptions>;

// From the initial to the end rate in decay_steps, along (1 - step / decay_steps) ^ power, and
// there it stays; cycle: or begins anew with the next multiple of decay_steps.
// ValueError: a rate that is not positive and finite (the end: negative), decay_steps below 1, a
// power that is not positive and finite.
struct PolynomialDecayOptions {
  double initial_learning_rate = 1e-3;
  std::int64_t decay_steps = 1000;
  double end_learning_rate = 1e-4;
  double power = 1;
  bool cycle = false;

  static constexpr const char* kName = "PolynomialDecay";
  void check() const;
  double at(std::int64_t step) const;
};
using PolynomialDecay = StepSchedule<PolynomialDecayOptions>;

// values[0] up to and with step boundaries[0], then values[1], ...
// ValueError: not one value more than boundaries, boundaries that don't increase, a negative value.
struct PiecewiseConstantDecayOptions {
  std::vector<std::int64_t> boundaries = {};
  std::vector<double> values = {1e-3};

  static constexpr const char* kName = "PiecewiseConstantDecay";
  void check() const;
  double at(std::int64_t step) const;
};
using PiecewiseConstantDecay = StepSchedule<PiecewiseConstantDecayOptions>;

// Half a cosine from the initial rate to alpha times it in decay_steps (Loshchilov and Hutter,
// 2017). With a warmup_target: first straight from the initial rate to it in warmup_steps, and the
// cosine from there. ValueError: a negative rate, decay_steps below 1, alpha outside [0, 1],
// negative warmup_steps.
struct CosineDecayOptions {
  double initial_learning_rate = 1e-3;
  std::int64_t decay_steps = 1000;
  double alpha = 0;
  std::optional<double> warmup_target = {};
  std::int64_t warmup_steps = 0;

  static constexpr const char* kName = "CosineDecay";
  void check() const;
  double at(std::int64_t step) const;
};
using CosineDecay = StepSchedule<CosineDecayOptions>;

// The cosine again and again: each period t_mul times as long as the one before and beginning at
// m_mul times its rate. ValueError: a negative rate, first_decay_steps below 1, t_mul below 1,
// m_mul that is not positive and finite, alpha outside [0, 1].
struct CosineDecayRestartsOptions {
  double initial_learning_rate = 1e-3;
  std::int64_t first_decay_steps = 1000;
  double t_mul = 2;
  double m_mul = 1;
  double alpha = 0;

  static constexpr const char* kName = "CosineDecayRestarts";
  void check() const;
  double at(std::int64_t step) const;
};
using CosineDecayRestarts = StepSchedule<CosineDecayRestartsOptions>;

}  // namespace carousel::optim
