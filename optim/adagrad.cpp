#include <carousel/optim/adagrad.h>

#include <carousel/optim/check.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

namespace carousel::optim {

void AdagradOptions::check() const {
  detail::check_not_negative(kName, "initial_accumulator_value", initial_accumulator_value);
  detail::check_not_negative(kName, "epsilon", epsilon);
}

void AdagradOptions::step(Step& s) const {
  Value& a = s.slot("accumulator", detail::as_f32(initial_accumulator_value));
  a += square(s.g);
  s.w -= s.g * s.learning_rate / sqrt(a + epsilon);
}

void AdadeltaOptions::check() const {
  detail::check_fraction(kName, "rho", rho, true);
  detail::check_not_negative(kName, "epsilon", epsilon);
}

void AdadeltaOptions::step(Step& s) const {
  Value &a = s.slot("accumulated_grad"), &b = s.slot("accumulated_delta_var");
  a = a * rho + square(s.g) * (1 - rho);
  const Value change = sqrt(b + epsilon) * s.g / sqrt(a + epsilon);
  b = b * rho + square(change) * (1 - rho);
  s.w -= change * s.learning_rate;
}

void FtrlOptions::check() const {
  if (!(learning_rate_power <= 0))
    throw ValueError(kName, fmt::format("learning_rate_power must not be positive, got {}",
                                        learning_rate_power));
  detail::check_finite(kName, "learning_rate_power", learning_rate_power);
  detail::check_not_negative(kName, "initial_accumulator_value", initial_accumulator_value);
  detail::check_not_negative(kName, "l1_regularization_strength", l1_regularization_strength);
  detail::check_not_negative(kName, "l2_regularization_strength", l2_regularization_strength);
  detail::check_not_negative(kName, "l2_shrinkage_regularization_strength",
                             l2_shrinkage_regularization_strength);
  detail::check_not_negative(kName, "beta", beta);
}

void FtrlOptions::step(Step& s) const {
  const double rate = s.learning_rate, l1 = l1_regularization_strength;
  const double l2 = l2_regularization_strength + beta / (2 * rate);
  Value& sum = s.slot("accumulator", detail::as_f32(initial_accumulator_value));
  Value& linear = s.slot("linear");
  const auto power = [&](const Value& x) {
    return learning_rate_power == -0.5 ? sqrt(x) : pow(x, -learning_rate_power);
  };
  const Value grown = sum + square(s.g), after = power(grown);
  const Value gradient = s.g + s.w * (2 * l2_shrinkage_regularization_strength);
  linear += gradient - (after - power(sum)) / rate * s.w;
  const Value clipped = minimum(maximum(linear, -l1), l1);
  s.w = (clipped - linear) / (after / rate + 2 * l2);
  sum = grown;
}

}  // namespace carousel::optim
