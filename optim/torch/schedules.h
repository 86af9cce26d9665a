// PyTorch's schedules: its names, arguments, defaults and rates. `lr` is the rate of the optimizer
// that PyTorch's schedulers are given; steps count from 0, calls of Optimizer::step() (PyTorch's
// examples count epochs: multiply by the steps of one).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <carousel/optim/host_number.h>
#include <carousel/optim/schedule.h>

namespace carousel::optim::torch {

// All: ValueError for an lr that is not positive and finite, counts below 1 and factors that are
// negative or not finite, unless something else is said.

// lr * gamma ^ (step / step_size), the exponent floored.
struct StepLROptions {
  double lr = 1e-3;
  std::int64_t step_size = 1;
  double gamma = 0.1;

  static constexpr const char* kName = "StepLR";
  void check() const;
  double at(std::int64_t step) const;
};
using StepLR = StepSchedule<StepLROptions>;

// lr * gamma for each milestone that has been reached. ValueError: milestones that fall.
struct MultiStepLROptions {
  double lr = 1e-3;
  std::vector<std::int64_t> milestones = {};
  double gamma = 0.1;

  static constexpr const char* kName = "MultiStepLR";
  void check() const;
  double at(std::int64_t step) const;
};
using MultiStepLR = StepSchedule<MultiStepLROptions>;

// lr * factor before step total_iters, then lr.
struct ConstantLROptions {
  double lr = 1e-3;
  double factor = 1.0 / 3;
  std::int64_t total_iters = 5;

  static constexpr const char* kName = "ConstantLR";
  void check() const;
  double at(std::int64_t step) const;
};
using ConstantLR = StepSchedule<ConstantLROptions>;

// Straight from lr * start_factor to lr * end_factor in total_iters.
struct LinearLROptions {
  double lr = 1e-3;
  double start_factor = 1.0 / 3;
  double end_factor = 1;
  std::int64_t total_iters = 5;

  static constexpr const char* kName = "LinearLR";
  void check() const;
  double at(std::int64_t step) const;
};
using LinearLR = StepSchedule<LinearLROptions>;

// lr * gamma ^ step.
struct ExponentialLROptions {
  double lr = 1e-3;
  double gamma = 0.9;

  static constexpr const char* kName = "ExponentialLR";
  void check() const;
  double at(std::int64_t step) const;
};
using ExponentialLR = StepSchedule<ExponentialLROptions>;

// lr * (1 - step / total_iters) ^ power, then 0.
struct PolynomialLROptions {
  double lr = 1e-3;
  std::int64_t total_iters = 5;
  double power = 1;

  static constexpr const char* kName = "PolynomialLR";
  void check() const;
  double at(std::int64_t step) const;
};
using PolynomialLR = StepSchedule<PolynomialLROptions>;

// A cosine between lr and eta_min, T_max steps from one to the other; it goes on up again.
struct CosineAnnealingLROptions {
  double lr = 1e-3;
  std::int64_t T_max = 1000;
  double eta_min = 0;

  static constexpr const char* kName = "CosineAnnealingLR";
  void check() const;
  double at(std::int64_t step) const;
};
using CosineAnnealingLR = StepSchedule<CosineAnnealingLROptions>;

// From lr to eta_min along half a cosine, again and again: first T_0 steps long, then each T_mult
// times the one before.
struct CosineAnnealingWarmRestartsOptions {
  double lr = 1e-3;
  std::int64_t T_0 = 1000;
  std::int64_t T_mult = 1;
  double eta_min = 0;

  static constexpr const char* kName = "CosineAnnealingWarmRestarts";
  void check() const;
  double at(std::int64_t step) const;
};
using CosineAnnealingWarmRestarts = StepSchedule<CosineAnnealingWarmRestartsOptions>;

// Straight up from base_lr to max_lr in step_size_up and down in step_size_down (nothing: as up).
// The height stays ("triangular"), halves each cycle ("triangular2"), or shrinks by gamma each step
// ("exp_range"). Momentum does not cycle. ValueError: another mode.
struct CyclicLROptions {
  double base_lr = 1e-3;
  double max_lr = 1e-2;
  std::int64_t step_size_up = 2000;
  std::optional<std::int64_t> step_size_down = {};
  std::string mode = "triangular";
  double gamma = 1;

  static constexpr const char* kName = "CyclicLR";
  void check() const;
  double at(std::int64_t step) const;
};
using CyclicLR = StepSchedule<CyclicLROptions>;

// Smith and Topin, 2018: from max_lr / div_factor up to max_lr in the first pct_start of
// total_steps, which may be given as epochs and steps_per_epoch, and down to final_div_factor less
// than it began with; three_phase: down to the beginning first, as fast as up. anneal_strategy
// "cos" or "linear". Momentum does not cycle. After total_steps the last rate stays. ValueError: no
// number of steps, pct_start outside [0, 1], another strategy.
struct OneCycleLROptions {
  double max_lr = 1e-2;
  std::optional<std::int64_t> total_steps = {}, epochs = {}, steps_per_epoch = {};
  double pct_start = 0.3;
  std::string anneal_strategy = "cos";
  double div_factor = 25;
  double final_div_factor = 1e4;
  bool three_phase = false;

  static constexpr const char* kName = "OneCycleLR";
  void check() const;
  double at(std::int64_t step) const;
};
using OneCycleLR = StepSchedule<OneCycleLROptions>;

// One schedule after another: number i from milestones[i - 1] on, which is its step 0.
// ValueError: not one schedule more than milestones, milestones that don't increase.
struct SequentialLROptions {
  std::vector<LearningRate> schedulers = {};
  std::vector<std::int64_t> milestones = {};

  static constexpr const char* kName = "SequentialLR";
  void check() const;
  double at(std::int64_t step) const;
};
using SequentialLR = StepSchedule<SequentialLROptions>;

// lr times what all of these say together: schedulers that multiply a rate, each with lr = 1.
// ValueError: no schedulers.
struct ChainedSchedulerOptions {
  double lr = 1e-3;
  std::vector<LearningRate> schedulers = {};

  static constexpr const char* kName = "ChainedScheduler";
  void check() const;
  double at(std::int64_t step) const;
};
using ChainedScheduler = StepSchedule<ChainedSchedulerOptions>;

// lr * f(step): LambdaLR(0.1, [](std::int64_t step) { return 1.0 / (1 + step); }). Copyable f.
template <class F>
class LambdaLR final : public Schedule {
 public:
  LambdaLR(double lr, F f) : lr_(lr), f_(std::move(f)) {}
  double at(std::int64_t step) const override { return lr_ * f_(step); }
  std::unique_ptr<Schedule> clone() const override { return std::make_unique<LambdaLR>(*this); }

 private:
  double lr_;
  F f_;
};

// lr * f(1) * ... * f(step): MultiplicativeLR(0.1, [](std::int64_t) { return 0.95; }). Calls f for
// all steps so far at each one. Copyable f.
template <class F>
class MultiplicativeLR final : public Schedule {
 public:
  MultiplicativeLR(double lr, F f) : lr_(lr), f_(std::move(f)) {}
  double at(std::int64_t step) const override {
    double rate = lr_;
    for (std::int64_t i = 1; i <= step; ++i) rate *= f_(i);
    return rate;
  }
  std::unique_ptr<Schedule> clone() const override {
    return std::make_unique<MultiplicativeLR>(*this);
  }

 private:
  double lr_;
  F f_;
};

struct ReduceLROnPlateauOptions {
  double lr = 1e-3;
  std::string mode = "min";
  double factor = 0.1;
  std::int64_t patience = 10;
  double threshold = 1e-4;
  std::string threshold_mode = "rel";  // or "abs"
  std::int64_t cooldown = 0;
  double min_lr = 0;
  double eps = 1e-8;
};

// The rate falls by `factor`, down to min_lr, when more than `patience` epochs have not been better
// than the best by the threshold; changes below eps are left out. Keras': optim::ReduceOnPlateau,
// whose patience is one epoch shorter and whose threshold is absolute.
class ReduceLROnPlateau final : public Schedule {
 public:
  using Options = ReduceLROnPlateauOptions;
  // ValueError: an lr that is not positive and finite, a factor outside (0, 1), negative numbers,
  // another mode.
  explicit ReduceLROnPlateau(const Options& options);
  double at(std::int64_t step) const override;
  void observe(double value) override;
  std::vector<NamedTensor> state() const override;
  std::unique_ptr<Schedule> clone() const override;

 private:
  bool better(double value) const;
  Options options_;
  optim::detail::HostNumber<double> best_, rate_;
  optim::detail::HostNumber<std::int64_t> bad_epochs_, cooling_;
};

}  // namespace carousel::optim::torch
