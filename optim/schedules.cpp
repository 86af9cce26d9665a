#include <carousel/optim/schedules.h>

#include <carousel/optim/check.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace carousel::optim {
namespace {

template <class Options>
void check_decay(const Options& o) {
  detail::check_positive(Options::kName, "initial_learning_rate", o.initial_learning_rate);
  detail::check_positive(Options::kName, "decay_rate", o.decay_rate);
  detail::check_at_least(Options::kName, "decay_steps", o.decay_steps, 1);
}

// How many decay_steps have passed.
template <class Options>
double passed(const Options& o, std::int64_t step) {
  const double fraction = static_cast<double>(step) / static_cast<double>(o.decay_steps);
  return o.staircase ? std::floor(fraction) : fraction;
}

// From 1 at 0 to 0 at 1.
double half_cosine(double fraction) { return 0.5 * (1 + std::cos(std::numbers::pi * fraction)); }

}  // namespace

void ExponentialDecayOptions::check() const { check_decay(*this); }

double ExponentialDecayOptions::at(std::int64_t step) const {
  return initial_learning_rate * std::pow(decay_rate, passed(*this, step));
}

void InverseTimeDecayOptions::check() const { check_decay(*this); }

double InverseTimeDecayOptions::at(std::int64_t step) const {
  return initial_learning_rate / (1 + decay_rate * passed(*this, step));
}

void PolynomialDecayOptions::check() const {
  detail::check_positive(kName, "initial_learning_rate", initial_learning_rate);
  detail::check_at_least(kName, "decay_steps", decay_steps, 1);
  detail::check_not_negative(kName, "end_learning_rate", end_learning_rate);
  detail::check_positive(kName, "power", power);
}

double PolynomialDecayOptions::at(std::int64_t step) const {
  const auto now = static_cast<double>(step), length = static_cast<double>(decay_steps);
  const double end = cycle ? length * std::max(1.0, std::ceil(now / length)) : length;
  const double left = 1 - std::min(now, end) / end;
  return (initial_learning_rate - end_learning_rate) * std::pow(left, power) + end_learning_rate;
}

void PiecewiseConstantDecayOptions::check() const {
  if (values.size() != boundaries.size() + 1)
    throw ValueError(kName, fmt::format("needs one value more than boundaries, got {} and {}",
                                        values.size(), boundaries.size()));
  const auto falls = std::adjacent_find(boundaries.begin(), boundaries.end(),
                                        [](std::int64_t a, std::int64_t b) { return a >= b; });
  if (falls != boundaries.end())
    throw ValueError(kName, fmt::format("boundaries must increase, got {} before {}", *falls,
                                        *std::next(falls)));
  for (const double value : values) detail::check_not_negative(kName, "values", value);
}

double PiecewiseConstantDecayOptions::at(std::int64_t step) const {
  const auto next = std::lower_bound(boundaries.begin(), boundaries.end(), step);
  return values[static_cast<std::size_t>(next - boundaries.begin())];
}

void CosineDecayOptions::check() const {
  detail::check_not_negative(kName, "initial_learning_rate", initial_learning_rate);
  detail::check_at_least(kName, "decay_steps", decay_steps, 1);
  detail::check_fraction(kName, "alpha", alpha, true);
  if (warmup_target) detail::check_not_negative(kName, "warmup_target", *warmup_target);
  detail::check_at_least(kName, "warmup_steps", warmup_steps, 0);
}

double CosineDecayOptions::at(std::int64_t step) const {
  const double target = warmup_target.value_or(initial_learning_rate);
  const std::int64_t warm = warmup_target ? warmup_steps : 0;
  if (step < warm)
    return initial_learning_rate +
           (target - initial_learning_rate) * static_cast<double>(step) / static_cast<double>(warm);
  const auto now = static_cast<double>(std::min(step - warm, decay_steps));
  return target * ((1 - alpha) * half_cosine(now / static_cast<double>(decay_steps)) + alpha);
}

void CosineDecayRestartsOptions::check() const {
  detail::check_not_negative(kName, "initial_learning_rate", initial_learning_rate);
  detail::check_at_least(kName, "first_decay_steps", first_decay_steps, 1);
  if (!(t_mul >= 1) || !std::isfinite(t_mul))
    throw ValueError(kName, fmt::format("t_mul must be finite and at least 1, got {}", t_mul));
  detail::check_positive(kName, "m_mul", m_mul);
  detail::check_fraction(kName, "alpha", alpha, true);
}

double CosineDecayRestartsOptions::at(std::int64_t step) const {
  double fraction = static_cast<double>(step) / static_cast<double>(first_decay_steps);
  double restarts = std::floor(fraction);
  if (t_mul == 1) {
    fraction -= restarts;
  } else {
    restarts = std::floor(std::log(1 - fraction * (1 - t_mul)) / std::log(t_mul));
    const double grown = std::pow(t_mul, restarts);
    fraction = (fraction - (1 - grown) / (1 - t_mul)) / grown;
  }
  const double decayed = std::pow(m_mul, restarts) * half_cosine(fraction);
  return initial_learning_rate * ((1 - alpha) * decayed + alpha);
}

}  // namespace carousel::optim
