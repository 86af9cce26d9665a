// The inner kernels of matrix products, one set a SIMD level and type.
#pragma once

#include <cstdint>

#include <carousel/backends/cpu/level.h>

namespace carousel::cpu {

// Sums run over blocks of this many products: each block one chain of fused multiply-adds from
// zero, blocks added in ascending order. So a sum's bits depend on neither tile nor thread.
inline constexpr std::int64_t kGemmBlockK = 256;

// c (m, n) = or += a (m, k) @ b (k, n) for one block, k <= kGemmBlockK.
template <class T>
struct GemmBlock {
  std::int64_t m, n, k;
  const T* a;
  std::int64_t a_stride;  // between rows, each dense; unused if a_packed
  const T* b;
  std::int64_t b_panel;   // between panels of `columns` columns
  std::int64_t b_stride;  // between rows; `columns` if packed by pack_b. The last panel must be
                          // readable in full width
  T* c;
  std::int64_t c_stride;  // between rows, each dense
  bool accumulate;
  bool a_packed = false;      // a comes from pack_a
  std::int64_t b_vector = 0;  // few_rows only: between the vectors of a panel
};

// The most rows that few_rows takes.
inline constexpr std::int64_t kFewRows = 3;

template <class T>
struct GemmKernels {
  std::int64_t rows, columns;  // of the largest tile
  void (*block)(const GemmBlock<T>&);
  // Two panels of two vectors that lie `b_panel` and `b_vector` apart in an unpacked b: a product
  // that is done once doesn't pay for packing. m <= kFewRows, n = 2 * columns, a not packed.
  void (*few_rows)(const GemmBlock<T>&);
  // m * k elements: the rows in balanced groups of at most `rows`, each group as [k][rows].
  void (*pack_a)(std::int64_t m, std::int64_t k, const T* a, std::int64_t row_stride,
                 std::int64_t column_stride, T* packed);
  // k * round_up(n, columns) elements: panels [k][columns], zeros beyond n.
  void (*pack_b)(std::int64_t k, std::int64_t n, const T* b, std::int64_t row_stride,
                 std::int64_t column_stride, T* packed);
};

CAROUSEL_SIMD_DECLARE(GemmKernels<float>, gemm_f32)
CAROUSEL_SIMD_DECLARE(GemmKernels<double>, gemm_f64)

}  // namespace carousel::cpu
