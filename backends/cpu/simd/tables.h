// The inner functions of one element-wise family for one dtype, by kernel.
#pragma once

#include <carousel/backends/cpu/level.h>
#include <carousel/backends/cpu/simd/run.h>
#include <carousel/tensor/kernels.h>

namespace carousel::cpu {

struct InnerTable {
  Inner inner[kKernelCount];
};

CAROUSEL_SIMD_DECLARE(InnerTable, binary_f32)
CAROUSEL_SIMD_DECLARE(InnerTable, binary_f64)
CAROUSEL_SIMD_DECLARE(InnerTable, binary_i32)
CAROUSEL_SIMD_DECLARE(InnerTable, binary_i64)

}  // namespace carousel::cpu
