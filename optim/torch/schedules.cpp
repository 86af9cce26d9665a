#include <carousel/optim/torch/schedules.h>

#include <carousel/optim/check.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace carousel::optim::torch {
namespace {

using optim::detail::check_at_least, optim::detail::check_fraction,
    optim::detail::check_not_negative, optim::detail::check_positive;

double fraction(std::int64_t step, std::int64_t of) {
  return static_cast<double>(step) / static_cast<double>(of);
}

double power(double base, std::int64_t exponent) {
  return std::pow(base, static_cast<double>(exponent));
}

// Along half a cosine from `from` at 0 to `to` at 1.
double along_cosine(double from, double to, double at) {
  return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * at));
}

// How many of the milestones a step has reached.
std::size_t reached(const std::vector<std::int64_t>& milestones, std::int64_t step) {
  const auto next = std::upper_bound(milestones.begin(), milestones.end(), step);
  return static_cast<std::size_t>(next - milestones.begin());
}

}  // namespace

void StepLROptions::check() const {
  check_positive(kName, "lr", lr);
  check_at_least(kName, "step_size", step_size, 1);
  check_not_negative(kName, "gamma", gamma);
}

double StepLROptions::at(std::int64_t step) const { return lr * power(gamma, step / step_size); }

void MultiStepLROptions::check() const {
  check_positive(kName, "lr", lr);
  check_not_negative(kName, "gamma", gamma);
  const auto falls = std::is_sorted_until(milestones.begin(), milestones.end());
  if (falls != milestones.end())
    throw ValueError(kName, fmt::format("milestones must not fall, got {} before {}",
                                        *std::prev(falls), *falls));
}

double MultiStepLROptions::at(std::int64_t step) const {
  return lr * power(gamma, static_cast<std::int64_t>(reached(milestones, step)));
}

void ConstantLROptions::check() const {
  check_positive(kName, "lr", lr);
  check_not_negative(kName, "factor", factor);
  check_at_least(kName, "total_iters", total_iters, 0);
}

double ConstantLROptions::at(std::int64_t step) const {
  return step < total_iters ? lr * factor : lr;
}

void LinearLROptions::check() const {
  check_positive(kName, "lr", lr);
  check_not_negative(kName, "start_factor", start_factor);
  check_not_negative(kName, "end_factor", end_factor);
  check_at_least(kName, "total_iters", total_iters, 1);
}

double LinearLROptions::at(std::int64_t step) const {
  const double done = fraction(std::min(step, total_iters), total_iters);
  return lr * (start_factor + (end_factor - start_factor) * done);
}

void ExponentialLROptions::check() const {
  check_positive(kName, "lr", lr);
  check_not_negative(kName, "gamma", gamma);
}

double ExponentialLROptions::at(std::int64_t step) const { return lr * power(gamma, step); }

void PolynomialLROptions::check() const {
  check_positive(kName, "lr", lr);
  check_at_least(kName, "total_iters", total_iters, 1);
  check_not_negative(kName, "power", power);
}

double PolynomialLROptions::at(std::int64_t step) const {
  return lr * std::pow(1 - fraction(std::min(step, total_iters), total_iters), power);
}

void CosineAnnealingLROptions::check() const {
  check_positive(kName, "lr", lr);
  check_at_least(kName, "T_max", T_max, 1);
  check_not_negative(kName, "eta_min", eta_min);
}

double CosineAnnealingLROptions::at(std::int64_t step) const {
  return along_cosine(lr, eta_min, fraction(step, T_max));
}

void CosineAnnealingWarmRestartsOptions::check() const {
  check_positive(kName, "lr", lr);
  check_at_least(kName, "T_0", T_0, 1);
  check_at_least(kName, "T_mult", T_mult, 1);
  check_not_negative(kName, "eta_min", eta_min);
}

double CosineAnnealingWarmRestartsOptions::at(std::int64_t step) const {
  std::int64_t length = T_0;
  if (T_mult == 1) return along_cosine(lr, eta_min, fraction(step % length, length));
  for (; step >= length; length *= T_mult) step -= length;
  return along_cosine(lr, eta_min, fraction(step, length));
}

void CyclicLROptions::check() const {
  check_positive(kName, "base_lr", base_lr);
  check_positive(kName, "max_lr", max_lr);
  check_at_least(kName, "step_size_up", step_size_up, 1);
  if (step_size_down) check_at_least(kName, "step_size_down", *step_size_down, 1);
  if (mode != "triangular" && mode != "triangular2" && mode != "exp_range")
    throw ValueError(kName, fmt::format("mode must be triangular, triangular2 or exp_range, got "
                                        "\"{}\"",
                                        mode));
  check_not_negative(kName, "gamma", gamma);
}

double CyclicLROptions::at(std::int64_t step) const {
  const std::int64_t down = step_size_down.value_or(step_size_up), length = step_size_up + down;
  const std::int64_t place = step % length;
  double height =
      place <= step_size_up ? fraction(place, step_size_up) : fraction(length - place, down);
  if (mode == "triangular2") height *= power(0.5, step / length);
  if (mode == "exp_range") height *= power(gamma, step);
  return base_lr + (max_lr - base_lr) * height;
}

void OneCycleLROptions::check() const {
  check_positive(kName, "max_lr", max_lr);
  check_fraction(kName, "pct_start", pct_start, true);
  if (anneal_strategy != "cos" && anneal_strategy != "linear")
    throw ValueError(
        kName, fmt::format("anneal_strategy must be cos or linear, got \"{}\"", anneal_strategy));
  check_positive(kName, "div_factor", div_factor);
  check_positive(kName, "final_div_factor", final_div_factor);
  if (!total_steps && !(epochs && steps_per_epoch))
    throw ValueError(kName, "needs total_steps, or epochs and steps_per_epoch");
  check_at_least(kName, "total_steps", total_steps.value_or(1), 1);
  check_at_least(kName, "epochs", epochs.value_or(1), 1);
  check_at_least(kName, "steps_per_epoch", steps_per_epoch.value_or(1), 1);
}

double OneCycleLROptions::at(std::int64_t step) const {
  struct Phase {
    double end, from, to;
  };
  const double first = max_lr / div_factor, last = first / final_div_factor;
  const double total = total_steps
                           ? static_cast<double>(*total_steps)
                           : static_cast<double>(*epochs) * static_cast<double>(*steps_per_epoch);
  const double top = pct_start * total - 1;
  const std::array<Phase, 3> phases = {
      {{top, first, max_lr},
       {three_phase ? 2 * pct_start * total - 2 : top, max_lr, first},
       {total - 1, three_phase ? first : max_lr, last}}};
  const double now = std::min(static_cast<double>(step), total - 1);
  double begin = 0;
  for (const auto& [end, from, to] : phases) {
    if (now <= end) {
      const double done = end > begin ? (now - begin) / (end - begin) : 1;
      return anneal_strategy == "cos" ? along_cosine(from, to, done) : from + (to - from) * done;
    }
    begin = std::max(begin, end);
  }
  return last;
}

void SequentialLROptions::check() const {
  if (schedulers.size() != milestones.size() + 1)
    throw ValueError(kName, fmt::format("needs one schedule more than milestones, got {} and {}",
                                        schedulers.size(), milestones.size()));
  const auto falls = std::adjacent_find(milestones.begin(), milestones.end(),
                                        [](std::int64_t a, std::int64_t b) { return a >= b; });
  if (falls != milestones.end())
    throw ValueError(kName, fmt::format("milestones must increase, got {} before {}", *falls,
                                        *std::next(falls)));
}

double SequentialLROptions::at(std::int64_t step) const {
  const std::size_t which = reached(milestones, step);
  return schedulers[which].at(which == 0 ? step : step - milestones[which - 1]);
}

void ChainedSchedulerOptions::check() const {
  check_positive(kName, "lr", lr);
  if (schedulers.empty()) throw ValueError(kName, "needs schedulers");
}

double ChainedSchedulerOptions::at(std::int64_t step) const {
  double rate = lr;
  for (const LearningRate& each : schedulers) rate *= each.at(step);
  return rate;
}

ReduceLROnPlateau::ReduceLROnPlateau(const Options& options)
    : options_(options),
      best_(options.mode == "max" ? -HUGE_VAL : HUGE_VAL),
      rate_(options.lr),
      bad_epochs_(0),
      cooling_(0) {
  const char* op = "ReduceLROnPlateau";
  check_positive(op, "lr", options.lr);
  check_fraction(op, "factor", options.factor);
  check_positive(op, "factor", options.factor);
  check_at_least(op, "patience", options.patience, 0);
  check_not_negative(op, "threshold", options.threshold);
  check_at_least(op, "cooldown", options.cooldown, 0);
  check_not_negative(op, "min_lr", options.min_lr);
  check_not_negative(op, "eps", options.eps);
  if (options.mode != "min" && options.mode != "max")
    throw ValueError(op, fmt::format("mode must be min or max, got \"{}\"", options.mode));
  if (options.threshold_mode != "rel" && options.threshold_mode != "abs")
    throw ValueError(
        op, fmt::format("threshold_mode must be rel or abs, got \"{}\"", options.threshold_mode));
}

bool ReduceLROnPlateau::better(double value) const {
  const double best = best_.get(), by = options_.threshold;
  const bool relative = options_.threshold_mode == "rel";
  if (options_.mode == "max") return value > (relative ? best * (1 + by) : best + by);
  return value < (relative ? best * (1 - by) : best - by);
}

double ReduceLROnPlateau::at(std::int64_t) const { return rate_.get(); }

void ReduceLROnPlateau::observe(double value) {
  const bool improved = better(value);
  if (improved) best_.set(value);
  bad_epochs_.set(improved ? 0 : bad_epochs_.get() + 1);
  if (cooling_.get() > 0) {
    cooling_.set(cooling_.get() - 1);
    bad_epochs_.set(0);
  }
  if (bad_epochs_.get() <= options_.patience) return;
  const double lower = std::max(rate_.get() * options_.factor, options_.min_lr);
  if (rate_.get() - lower > options_.eps) rate_.set(lower);
  cooling_.set(options_.cooldown);
  bad_epochs_.set(0);
}

std::vector<NamedTensor> ReduceLROnPlateau::state() const {
  return {{"best", best_.tensor()},
          {"rate", rate_.tensor()},
          {"bad_epochs", bad_epochs_.tensor()},
          {"cooldown_left", cooling_.tensor()}};
}

std::unique_ptr<Schedule> ReduceLROnPlateau::clone() const {
  return std::make_unique<ReduceLROnPlateau>(*this);
}

}  // namespace carousel::optim::torch
