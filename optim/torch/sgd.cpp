#include <carousel/optim/torch/sgd.h>

#include <carousel/optim/torch/convention.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace carousel::optim::torch {

void SGDOptions::check() const {
  detail::check_not_negative(kName, "momentum", momentum);
  optim::detail::check_finite(kName, "dampening", dampening);
  if (nesterov && (momentum == 0 || dampening != 0))
    throw ValueError(kName, fmt::format("nesterov needs momentum and no dampening, got {} and {}",
                                        momentum, dampening));
}

void SGDOptions::step(Step& s) const {
  Value g = detail::gradient(*this, s);
  if (momentum != 0) {
    Value& b = s.slot("momentum_buffer");
    b = s.t == 1 ? g : b * momentum + g * (1 - dampening);
    g = nesterov ? g + b * momentum : b;
  }
  s.w -= g * s.learning_rate;
}

void ASGDOptions::check() const {
  detail::check_not_negative(kName, "lambd", lambd);
  detail::check_not_negative(kName, "alpha", alpha);
  detail::check_not_negative(kName, "t0", t0);
}

// PyTorch keeps eta and mu in f32.
void ASGDOptions::step(Step& s) const {
  const double before = static_cast<double>(s.t - 1), rate = s.learning_rate;
  const double eta = detail::as_f32(rate / std::pow(1 + lambd * rate * before, alpha));
  const double mu = detail::as_f32(1 / std::max(1.0, before - t0));
  const Value g = detail::gradient(*this, s);
  s.w = s.w * (1 - lambd * eta) - g * eta;
  Value& average = s.slot("ax");
  average += (s.w - average) * mu;
}

void RpropOptions::check() const {
  if (!(etas[0] > 0 && etas[0] < 1 && etas[1] > 1) || !std::isfinite(etas[1]))
    throw ValueError(kName, fmt::format("etas must be 0 < etas[0] < 1 < etas[1], got {} and {}",
                                        etas[0], etas[1]));
  if (!(step_sizes[0] > 0 && step_sizes[0] <= step_sizes[1]) || !std::isfinite(step_sizes[1]))
    throw ValueError(kName, fmt::format("step_sizes must be positive and in order, got {} and {}",
                                        step_sizes[0], step_sizes[1]));
}

void RpropOptions::step(Step& s) const {
  const Value g = maximize ? -s.g : s.g;
  Value &before = s.slot("prev"), &size = s.slot("step_size", lr.at(0));
  const Value same = sign(g * before);
  const Value factor = where_positive(same, etas[1], where_positive(-same, etas[0], 1));
  size = minimum(maximum(size * factor, step_sizes[0]), step_sizes[1]);
  before = where_positive(-same, 0, g);
  s.w -= sign(before) * size;
}

}  // namespace carousel::optim::torch
