#include <carousel/optim/adam.h>

#include <carousel/optim/moments.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace carousel::optim {
namespace {

using detail::as_f32, detail::missing, detail::move_towards;

template <class Options>
void adam_step(const Options& o, Step& s) {
  const double rate =
      s.learning_rate * std::sqrt(missing(as_f32(o.beta_2), s.t)) / missing(as_f32(o.beta_1), s.t);
  const Value m = move_towards(s.slot("momentum"), s.g, o.beta_1);
  Value v = move_towards(s.slot("velocity"), square(s.g), o.beta_2);
  if (o.amsgrad) {
    Value& largest = s.slot("velocity_hat");
    v = largest = maximum(largest, v);
  }
  s.w -= m * rate / (sqrt(v) + o.epsilon);
}

}  // namespace

void AdamOptions::check() const { detail::check_betas(*this); }
void AdamOptions::step(Step& s) const { adam_step(*this, s); }

void AdamWOptions::check() const { detail::check_betas(*this); }
void AdamWOptions::step(Step& s) const { adam_step(*this, s); }

void AdamaxOptions::check() const { detail::check_betas(*this); }

void AdamaxOptions::step(Step& s) const {
  const Value m = move_towards(s.slot("momentum"), s.g, beta_1);
  Value& u = s.slot("norm");
  u = maximum(u * beta_2, abs(s.g));
  s.w -= m * s.learning_rate / ((u + epsilon) * missing(as_f32(beta_1), s.t));
}

void NadamOptions::check() const { detail::check_betas(*this); }

void NadamOptions::step(Step& s) const {
  const double b1 = as_f32(beta_1), b2 = as_f32(beta_2), decay = as_f32(0.96);
  const auto momentum = [&](std::int64_t t) {
    return b1 * (1 - 0.5 * std::pow(decay, static_cast<double>(t)));
  };
  auto& kept = s.number("u_product", 1);
  const double now = momentum(s.t), next = momentum(s.t + 1);
  const double product = kept.get() * beta_1 * (1 - 0.5 * std::pow(0.96, static_cast<double>(s.t)));
  kept.set(product);
  const Value m = move_towards(s.slot("momentum"), s.g, b1);
  const Value v = move_towards(s.slot("velocity"), square(s.g), b2);
  const Value ahead = m * next / (1 - product * next) + s.g * (1 - now) / (1 - product);
  s.w -= ahead * s.learning_rate / (sqrt(v / missing(b2, s.t)) + epsilon);
}

void LionOptions::check() const { detail::check_betas(*this); }

void LionOptions::step(Step& s) const {
  const double b1 = as_f32(beta_1), b2 = as_f32(beta_2);
  Value& m = s.slot("momentum");
  s.w -= sign(m * b1 + s.g * (1 - b1)) * s.learning_rate;
  m = m * b2 + s.g * (1 - b2);
}

void ScheduleFreeAdamWOptions::check() const {
  detail::check_betas(*this);
  detail::check_positive(kName, "beta_1", beta_1);
  detail::check_at_least(kName, "warmup_steps", warmup_steps, 0);
}

void ScheduleFreeAdamWOptions::step(Step& s) const {
  const double b1 = as_f32(beta_1), b2 = as_f32(beta_2), t = static_cast<double>(s.t);
  double rate = s.learning_rate;
  if (warmup_steps > 0) rate *= std::min(t / static_cast<double>(warmup_steps), 1.0);
  Value& z = s.slot_like_parameter("momentum");
  const Value v = move_towards(s.slot("velocity"), square(s.g), b2);
  z -= s.g * rate / (sqrt(v / missing(b2, s.t)) + as_f32(epsilon));
  const Value x = (s.w - z * (1 - b1)) / b1;  // of the new z, as in Keras (docs/decisions.md)
  s.w = z * (1 - b1) + (x * (1 - 1 / t) + z * (1 / t)) * b1;
}

}  // namespace carousel::optim
