// Running averages that several rules share; for the library's own use.
#pragma once

#include <cmath>

#include <carousel/optim/check.h>
#include <carousel/optim/step.h>

namespace carousel::optim::detail {

// a += (1 - beta) (x - a).
inline Value& move_towards(Value& a, const Value& x, double beta) {
  return a += (x - a) * (1 - beta);
}

// 1 - beta^t, by which an average that began at 0 falls short.
inline double missing(double beta, std::int64_t t) {
  return 1 - std::pow(beta, static_cast<double>(t));
}

template <class Options>
void check_betas(const Options& o) {
  check_fraction(Options::kName, "beta_1", o.beta_1);
  check_fraction(Options::kName, "beta_2", o.beta_2);
  if constexpr (requires { o.epsilon; }) check_not_negative(Options::kName, "epsilon", o.epsilon);
}

}  // namespace carousel::optim::detail
