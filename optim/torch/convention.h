// What PyTorch's optimizers do alike; for the library's own use.
#pragma once

#include <array>

#include <carousel/optim/moments.h>
#include <carousel/optim/step.h>

namespace carousel::optim::torch::detail {

using optim::detail::as_f32, optim::detail::check_at_least, optim::detail::check_fraction,
    optim::detail::check_not_negative, optim::detail::check_positive, optim::detail::missing,
    optim::detail::move_towards;

// The gradient that a rule follows: turned round for maximize, then weight_decay * w added, or w
// shrunk where it is decoupled.
template <class Options>
Value gradient(const Options& o, Step& s, bool decoupled = false) {
  Value g = s.g;
  if constexpr (requires { o.maximize; })
    if (o.maximize) g = -g;
  if (s.weight_decay == 0) return g;
  if (decoupled)
    s.w *= 1 - s.learning_rate * s.weight_decay;
  else
    g += s.w * s.weight_decay;
  return g;
}

template <class Options>
void check_betas(const Options& o) {
  check_fraction(Options::kName, "betas[0]", o.betas[0]);
  check_fraction(Options::kName, "betas[1]", o.betas[1]);
  check_not_negative(Options::kName, "eps", o.eps);
}

}  // namespace carousel::optim::torch::detail
