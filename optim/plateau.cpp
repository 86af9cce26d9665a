#include <carousel/optim/plateau.h>

#include <carousel/optim/check.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace carousel::optim {
namespace {

double worst(const std::string& mode) {
  const double infinity = std::numeric_limits<double>::infinity();
  return mode == "max" ? -infinity : infinity;
}

}  // namespace

Plateau::Plateau(const PlateauOptions& options)
    : options_(options), best_(worst(options.mode)), wait_(0), cooling_(0) {
  const char* op = "ReduceOnPlateau";
  detail::check_positive(op, "factor", options.factor);
  if (options.factor >= 1)
    throw ValueError(op, fmt::format("factor must be below 1, got {}", options.factor));
  if (options.patience < 0 || options.cooldown < 0)
    throw ValueError(op, fmt::format("patience and cooldown must not be negative, got {} and {}",
                                     options.patience, options.cooldown));
  detail::check_not_negative(op, "min_delta", options.min_delta);
  detail::check_not_negative(op, "min_lr", options.min_lr);
  if (options.mode != "min" && options.mode != "max")
    throw ValueError(op, fmt::format("mode must be min or max, got \"{}\"", options.mode));
}

bool Plateau::better(double value) const {
  return options_.mode == "max" ? value > best_.get() + options_.min_delta
                                : value < best_.get() - options_.min_delta;
}

double Plateau::next_rate(double value, double rate) {
  if (cooling_.get() > 0) {
    cooling_.set(cooling_.get() - 1);
    wait_.set(0);
  }
  if (better(value)) {
    best_.set(value);
    wait_.set(0);
    return rate;
  }
  if (cooling_.get() > 0) return rate;
  wait_.set(wait_.get() + 1);
  if (wait_.get() < options_.patience || rate <= options_.min_lr) return rate;
  cooling_.set(options_.cooldown);
  wait_.set(0);
  return std::max(rate * options_.factor, options_.min_lr);
}

std::vector<NamedTensor> Plateau::state() const {
  return {{"best", best_.tensor()}, {"wait", wait_.tensor()}, {"cooldown_left", cooling_.tensor()}};
}

}  // namespace carousel::optim
