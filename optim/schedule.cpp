#include <carousel/optim/schedule.h>

#include <carousel/optim/check.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <cmath>

namespace carousel::optim {

void Schedule::observe(double) {}
std::vector<NamedTensor> Schedule::state() const { return {}; }

ExponentialDecay::ExponentialDecay(const Options& options) : options_(options) {
  const char* op = "ExponentialDecay";
  detail::check_positive(op, "initial_learning_rate", options.initial_learning_rate);
  detail::check_positive(op, "decay_rate", options.decay_rate);
  if (options.decay_steps < 1)
    throw ValueError(op, fmt::format("decay_steps must be positive, got {}", options.decay_steps));
}

double ExponentialDecay::at(std::int64_t step) const {
  double exponent = static_cast<double>(step) / static_cast<double>(options_.decay_steps);
  if (options_.staircase) exponent = std::floor(exponent);
  return options_.initial_learning_rate * std::pow(options_.decay_rate, exponent);
}

std::unique_ptr<Schedule> ExponentialDecay::clone() const {
  return std::make_unique<ExponentialDecay>(*this);
}

ReduceOnPlateau::ReduceOnPlateau(const Options& options)
    : options_(options),
      plateau_({.factor = options.factor,
                .patience = options.patience,
                .mode = options.mode,
                .min_delta = options.min_delta,
                .cooldown = options.cooldown,
                .min_lr = options.min_lr}),
      rate_(options.initial_learning_rate) {
  detail::check_positive("ReduceOnPlateau", "initial_learning_rate", rate_.get());
}

double ReduceOnPlateau::at(std::int64_t) const { return rate_.get(); }

void ReduceOnPlateau::observe(double value) { rate_.set(plateau_.next_rate(value, rate_.get())); }

std::vector<NamedTensor> ReduceOnPlateau::state() const {
  std::vector<NamedTensor> all = plateau_.state();
  all.push_back({"rate", rate_.tensor()});
  return all;
}

std::unique_ptr<Schedule> ReduceOnPlateau::clone() const {
  return std::make_unique<ReduceOnPlateau>(*this);
}

}  // namespace carousel::optim
