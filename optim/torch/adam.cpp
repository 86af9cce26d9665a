#include <carousel/optim/torch/adam.h>

#include <carousel/optim/torch/convention.h>

#include <cmath>

namespace carousel::optim::torch {
namespace {

template <class Options>
void adam_step(const Options& o, Step& s, bool decoupled) {
  const Value g = detail::gradient(o, s, decoupled);
  const Value m = detail::move_towards(s.slot("exp_avg"), g, o.betas[0]);
  Value v = detail::move_towards(s.slot("exp_avg_sq"), square(g), o.betas[1]);
  if (o.amsgrad) {
    Value& largest = s.slot("max_exp_avg_sq");
    v = largest = maximum(largest, v);
  }
  const double root = std::sqrt(detail::missing(o.betas[1], s.t));
  s.w -= m * (s.learning_rate / detail::missing(o.betas[0], s.t)) / (sqrt(v) / root + o.eps);
}

}  // namespace

void AdamOptions::check() const { detail::check_betas(*this); }
void AdamOptions::step(Step& s) const { adam_step(*this, s, decoupled_weight_decay); }

void AdamWOptions::check() const { detail::check_betas(*this); }
void AdamWOptions::step(Step& s) const { adam_step(*this, s, true); }

void AdamaxOptions::check() const { detail::check_betas(*this); }

void AdamaxOptions::step(Step& s) const {
  const Value g = detail::gradient(*this, s);
  const Value m = detail::move_towards(s.slot("exp_avg"), g, betas[0]);
  Value& u = s.slot("exp_inf");
  u = maximum(u * betas[1], abs(g) + eps);
  s.w -= m * (s.learning_rate / detail::missing(betas[0], s.t)) / u;
}

void NAdamOptions::check() const {
  detail::check_betas(*this);
  detail::check_not_negative(kName, "momentum_decay", momentum_decay);
}

void NAdamOptions::step(Step& s) const {
  const auto momentum = [&](std::int64_t t) {
    return betas[0] * (1 - 0.5 * std::pow(0.96, static_cast<double>(t) * momentum_decay));
  };
  auto& kept = s.number("mu_product", 1);
  const double now = momentum(s.t), next = momentum(s.t + 1);
  const double product = detail::as_f32(kept.get() * detail::as_f32(now));  // kept in f32 there
  kept.set(product);
  const Value g = detail::gradient(*this, s, decoupled_weight_decay);
  const Value m = detail::move_towards(s.slot("exp_avg"), g, betas[0]);
  const Value v = detail::move_towards(s.slot("exp_avg_sq"), square(g), betas[1]);
  const Value spread = sqrt(v / detail::missing(betas[1], s.t)) + eps;
  s.w -= g * (s.learning_rate * (1 - now) / (1 - product)) / spread;
  s.w -= m * (s.learning_rate * next / (1 - product * next)) / spread;
}

void RAdamOptions::check() const { detail::check_betas(*this); }

void RAdamOptions::step(Step& s) const {
  const Value g = detail::gradient(*this, s, decoupled_weight_decay);
  const Value m = detail::move_towards(s.slot("exp_avg"), g, betas[0]);
  const Value v = detail::move_towards(s.slot("exp_avg_sq"), square(g), betas[1]);
  const double gone = detail::missing(betas[1], s.t), t = static_cast<double>(s.t);
  const double longest = 2 / (1 - betas[1]) - 1;
  const double length = longest - 2 * t * (1 - gone) / gone;  // of the average, as it counts
  Value direction = m * (s.learning_rate / detail::missing(betas[0], s.t));
  if (length > 5) {
    const double rectified =
        std::sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length));
    direction *= std::sqrt(gone) * rectified / (sqrt(v) + eps);
  }
  s.w -= direction;
}

}  // namespace carousel::optim::torch
