// The inner functions of the element-wise families, one table a dtype.
#pragma once

#include <carousel/backends/cpu/level.h>
#include <carousel/backends/cpu/simd/run.h>
#include <carousel/tensor/kernels.h>

namespace carousel::cpu {

struct InnerTable {
  Inner inner[kKernelCount] = {};  // null: not in this table

  constexpr void set(Kernel kernel, Inner function) { inner[static_cast<int>(kernel)] = function; }
  Inner of(Kernel kernel) const { return inner[static_cast<int>(kernel)]; }
};

// By element type.
struct WhereTable {
  Inner inner[kDTypeCount];
};
struct CastTable {
  Inner inner[kDTypeCount][kDTypeCount] = {};  // [from][to]
};

// Every kernel of kinds unary, predicate, binary, compare that the dtype has.
CAROUSEL_SIMD_DECLARE(InnerTable, elementwise_f32)
CAROUSEL_SIMD_DECLARE(InnerTable, elementwise_f64)
CAROUSEL_SIMD_DECLARE(InnerTable, elementwise_i32)
CAROUSEL_SIMD_DECLARE(InnerTable, elementwise_i64)
CAROUSEL_SIMD_DECLARE(InnerTable, elementwise_bool)

// Inputs: condition, a, b.
CAROUSEL_SIMD_DECLARE(WhereTable, where_table)
CAROUSEL_SIMD_DECLARE(CastTable, cast_table)

}  // namespace carousel::cpu
