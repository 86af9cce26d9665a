// What a reduction is made of. An accumulator has the kernel's output dtype.
#pragma once

#include <carousel/backends/cpu/level.h>
#include <carousel/tensor/kernels.h>

namespace carousel::cpu {

// Columns that are reduced together.
inline constexpr std::int64_t kStrip = 64;

struct Reducer {
  // acc = the n > 0 dense elements from x on.
  void (*run)(const void* x, std::int64_t n, void* acc) = nullptr;
  // acc[c] = column c of `rows` > 0 rows, `stride` elements apart; cols <= kStrip.
  void (*rows)(const void* x, std::int64_t stride, std::int64_t rows, std::int64_t cols,
               void* acc) = nullptr;
  // acc[i] = acc[i] with later[i], for n accumulators.
  void (*join)(void* acc, const void* later, std::int64_t n) = nullptr;
};

struct ReduceTable {
  Reducer reducers[kDTypeCount][kKernelCount];

  constexpr void set(DType dtype, Kernel kernel, Reducer reducer) {
    reducers[static_cast<int>(dtype)][static_cast<int>(kernel)] = reducer;
  }
  const Reducer& of(DType dtype, Kernel kernel) const {
    return reducers[static_cast<int>(dtype)][static_cast<int>(kernel)];
  }
};

CAROUSEL_SIMD_DECLARE(ReduceTable, reduce_table)

}  // namespace carousel::cpu
