// One step of an optimizer over n dense elements.
#pragma once

#include <carousel/backends/cpu/level.h>
#include <carousel/backends/cpu/update_plan.h>

namespace carousel::cpu {

struct UpdateRun {
  std::int64_t n;
  void* operands[UpdateProgram::kOperands];  // those that are used
  const UpdatePlan* plan;
  const double* constants;
  int constant_count;
};

struct OptimizerFunctions {
  void (*update)(const UpdateRun& run);
  void (*scale)(void* x, std::int64_t n, double factor);
  // The sum of squares of n elements, in double; errors grow with n: see optimizer.cpp.
  double (*sum_squares)(const void* x, std::int64_t n);
};

struct OptimizerTable {
  OptimizerFunctions f32, f64;
};

CAROUSEL_SIMD_DECLARE(OptimizerTable, optimizer_table)

}  // namespace carousel::cpu
