// Steps of the alignments of connectionist temporal classification, over all states of one frame.
#pragma once

#include <cstdint>

#include <carousel/backends/cpu/level.h>

namespace carousel::cpu {

// Rows of states are followed, and those that are read at earlier places led, by minus infinity:
// kPadding numbers; vectors may run over their end. `skips` is 1 at a state whose forerunner's
// blank may be left out, else 0.
struct CTCFunctions {
  static constexpr std::int64_t kPadding = 8;
  // now[s] = log(e^before[s] + e^before[s - 1] + skips[s] e^before[s - 2]) + emission[s]
  void (*forward)(const double* before, const double* skips, const double* emission,
                  std::int64_t states, double* now);
  // now[s] = log(e^later[s] + e^later[s + 1] + skips[s + 2] e^later[s + 2])
  void (*backward)(const double* later, const double* skips, std::int64_t states, double* now);
  // through[s] = e^(alpha[s] + beta[s] - total)
  void (*through)(const double* alpha, const double* beta, double total, std::int64_t states,
                  double* through);
};

CAROUSEL_SIMD_DECLARE(CTCFunctions, ctc_functions)

}  // namespace carousel::cpu
