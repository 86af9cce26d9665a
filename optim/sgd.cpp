#include <carousel/optim/sgd.h>

#include <carousel/optim/check.h>

namespace carousel::optim {

void SGDOptions::check() const { detail::check_fraction(kName, "momentum", momentum, true); }

void SGDOptions::step(Step& s) const {
  const Value change = s.g * s.learning_rate;
  if (momentum == 0) {
    s.w -= change;
    return;
  }
  Value& v = s.slot("momentum");
  v = v * momentum - change;
  s.w += nesterov ? v * momentum - change : v;
}

}  // namespace carousel::optim
