// One step of an optimizer over n dense elements.
#pragma once

#include <carousel/backends/cpu/level.h>
#include <carousel/tensor/kernels.h>

namespace carousel::cpu {

struct OptimizerRun {
  std::int64_t n;
  void *parameter, *gradient, *slots[3];
  const double* hyper;  // as OptimizerArgs says
};

struct OptimizerFunctions {
  using Step = void (*)(const OptimizerRun& run);
  Step sgd, adam, rmsprop, scale;  // adam is adamw too
  // The sum of squares of n elements, in double; errors grow with n: see optimizer.cpp.
  double (*sum_squares)(const void* x, std::int64_t n);
};

struct OptimizerTable {
  OptimizerFunctions f32, f64;
};

CAROUSEL_SIMD_DECLARE(OptimizerTable, optimizer_table)

}  // namespace carousel::cpu
