// Matrix products on the CPU.
#pragma once

#include <cstdint>

#include <carousel/backends/cpu/simd/gemm.h>

namespace carousel::detail {
class Storage;
}

namespace carousel::cpu {

// The inner kernels of the level in use.
template <class T>
const GemmKernels<T>& gemm_kernels();
template <>
inline const GemmKernels<float>& gemm_kernels<float>() {
  return CAROUSEL_SIMD_SELECT(gemm_f32);
}
template <>
inline const GemmKernels<double>& gemm_kernels<double>() {
  return CAROUSEL_SIMD_SELECT(gemm_f64);
}

// c (m, n) = or += a (m, k) @ b (k, n). Strides count elements; transposed operands cost no copy.
template <class T>
struct GemmArgs {
  std::int64_t m, n, k;
  const T* a;
  std::int64_t a_row, a_column;
  const T* b;
  std::int64_t b_row, b_column;
  T* c;
  std::int64_t c_row;  // c's rows are dense
  bool accumulate = false;
  // Where b lies, if it may be met again: what it is packed into is then kept there.
  carousel::detail::Storage* b_storage = nullptr;
};

// Same bits for any number of threads, tile, and m. With k = 0 the product is zero.
template <class T>
void gemm(const GemmArgs<T>& args);

extern template void gemm(const GemmArgs<float>&);
extern template void gemm(const GemmArgs<double>&);

// The groups of rows in which pack_a lays an operand: group i begins at row begin(i), its elements
// at begin(i) * k.
struct RowGroups {
  RowGroups(std::int64_t m, std::int64_t largest) : rows(m), count((m + largest - 1) / largest) {}
  std::int64_t begin(std::int64_t group) const { return rows * group / count; }
  std::int64_t rows, count;
};

// Threads that pay for themselves in a product of this many multiply-adds.
int gemm_threads(double multiply_adds);

}  // namespace carousel::cpu
