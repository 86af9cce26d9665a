#include <carousel/optim/rmsprop.h>

#include <carousel/optim/check.h>

namespace carousel::optim {

void RMSpropOptions::check() const {
  detail::check_fraction(kName, "rho", rho, true);
  detail::check_fraction(kName, "momentum", momentum, true);
  detail::check_not_negative(kName, "epsilon", epsilon);
}

void RMSpropOptions::step(Step& s) const {
  Value& a = s.slot("velocity");
  a = a * rho + square(s.g) * (1 - rho);
  Value spread = a + epsilon;
  if (centered) {
    Value& mean = s.slot("average_gradient");
    mean = mean * rho + s.g * (1 - rho);
    spread = a - square(mean) + epsilon;
  }
  const Value change = s.g * s.learning_rate / sqrt(spread);
  if (momentum == 0) {
    s.w -= change;
    return;
  }
  Value& v = s.slot("momentum");
  v = v * momentum + change;
  s.w -= v;
}

}  // namespace carousel::optim
