// What the normalisations share. Sums over rows go by blocks of a fixed size, added in order.
#pragma once

#include <algorithm>
#include <cstdint>

#include <carousel/backends/cpu/loops.h>
#include <carousel/backends/cpu/simd/norm.h>

namespace carousel::cpu {

using std::int64_t;

inline constexpr int64_t kBlockRows = 64;

inline const NormFunctions& norm_functions(DType dtype) {
  const NormTable& table = CAROUSEL_SIMD_SELECT(norm_table);
  return dtype == carousel::f32 ? table.f32 : table.f64;
}

// A dense operand; null without storage.
template <class T>
T* norm_memory(const Operand& operand) {
  if (operand.storage == nullptr) return nullptr;
  return reinterpret_cast<T*>(operand.storage->host()) + operand.offset;
}

// The sum of one number of each block, `stride` apart.
template <class T>
double sum_of_blocks(const T* parts, int64_t blocks, int64_t stride) {
  double sum = 0;
  for (int64_t block = 0; block < blocks; ++block)
    sum += static_cast<double>(parts[block * stride]);
  return sum;
}

}  // namespace carousel::cpu
