#include <carousel/optim/torch/adaptive.h>

#include <carousel/autograd/ops.h>
#include <carousel/optim/factored.h>
#include <carousel/optim/torch/convention.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace carousel::optim::torch {

void RMSpropOptions::check() const {
  detail::check_fraction(kName, "alpha", alpha, true);
  detail::check_not_negative(kName, "eps", eps);
  detail::check_not_negative(kName, "momentum", momentum);
}

void RMSpropOptions::step(Step& s) const {
  const Value g = detail::gradient(*this, s);
  Value& v = s.slot("square_avg");
  v = v * alpha + square(g) * (1 - alpha);
  Value spread = v;
  if (centered) spread = v - square(detail::move_towards(s.slot("grad_avg"), g, alpha));
  Value change = g / (sqrt(spread) + eps);
  if (momentum > 0) {
    Value& b = s.slot("momentum_buffer");
    change = b = b * momentum + change;
  }
  s.w -= change * s.learning_rate;
}

void AdagradOptions::check() const {
  detail::check_not_negative(kName, "lr_decay", lr_decay);
  detail::check_not_negative(kName, "initial_accumulator_value", initial_accumulator_value);
  detail::check_not_negative(kName, "eps", eps);
}

void AdagradOptions::step(Step& s) const {
  const Value g = detail::gradient(*this, s);
  Value& a = s.slot("sum", initial_accumulator_value);
  a += square(g);
  const double rate = s.learning_rate / (1 + static_cast<double>(s.t - 1) * lr_decay);
  s.w -= g * rate / (sqrt(a) + eps);
}

void AdadeltaOptions::check() const {
  detail::check_fraction(kName, "rho", rho, true);
  detail::check_not_negative(kName, "eps", eps);
}

void AdadeltaOptions::step(Step& s) const {
  const Value g = detail::gradient(*this, s);
  Value &a = s.slot("square_avg"), &b = s.slot("acc_delta");
  a = a * rho + square(g) * (1 - rho);
  const Value change = sqrt(b + eps) / sqrt(a + eps) * g;
  b = b * rho + square(change) * (1 - rho);
  s.w -= change * s.learning_rate;
}

void AdafactorOptions::check() const {
  optim::detail::check_finite(kName, "beta2_decay", beta2_decay);
  if (beta2_decay > 0)
    throw ValueError(kName, fmt::format("beta2_decay must not be positive, got {}", beta2_decay));
  if (eps.first) detail::check_not_negative(kName, "eps.first", *eps.first);
  detail::check_not_negative(kName, "eps.second", eps.second);
  optim::detail::check_finite(kName, "d", d);
  if (!(d >= 1)) throw ValueError(kName, fmt::format("d must be at least 1, got {}", d));
}

std::optional<Tensor> AdafactorOptions::make_slot(const optim::detail::Slot& slot,
                                                  const NamedTensor& parameter) const {
  return optim::detail::make_factor(slot, parameter);
}

void AdafactorOptions::update(Step& s, std::span<const Update> updates) const {
  const std::size_t r = s.index_of("r"), c = s.index_of("c"), v = s.index_of("velocity");
  const auto t = static_cast<double>(s.t);
  const double fresh = std::pow(t, beta2_decay), rate = std::min(s.learning_rate, 1 / std::sqrt(t));
  for (const Update& each : updates) {
    Tensor w = each.parameter, second = each.slots[v];
    const Tensor g = maximize ? -each.gradient : each.gradient, squares = square(g);
    const double small =
        eps.first.value_or(w.dtype() == f32 ? std::numeric_limits<float>::epsilon()
                                            : std::numeric_limits<double>::epsilon());
    if (second.defined()) {
      optim::detail::move(second, squares, fresh);
    } else {
      const Tensor &rows = each.slots[r], &columns = each.slots[c];
      optim::detail::move(rows, mean(squares, {-1}), fresh);
      optim::detail::move(columns, mean(squares, {-2}), fresh);
      second = rows.unsqueeze(-1) * columns.unsqueeze(-2) /
               maximum(mean(rows, {-1}, true), small).unsqueeze(-1);
    }
    const Tensor direction = g * rsqrt(maximum(second, small * small));
    const Tensor scale = maximum(optim::detail::rms(w), eps.second) * rate /
                         maximum(optim::detail::rms(direction) / d, 1);
    w.copy_(w * (1 - s.learning_rate * s.weight_decay) - direction * scale);
  }
}

}  // namespace carousel::optim::torch
