// How recurrent kernels lay out weights and gates.
//
// Gates of a row: for each block of W units (one vector) the vectors i, f, g, o; W divides 16, and
// the units are padded to a multiple of 16. "Interleaved column" counts in that order, "Keras
// column" is gate * units + unit.
#pragma once

#include <algorithm>
#include <cstdint>

#include <carousel/backends/cpu/gemm.h>
#include <carousel/backends/cpu/simd/recurrent.h>
#include <carousel/tensor/recurrent.h>

namespace carousel::cpu {

template <class T>
const RecurrentKernels<T>& recurrent_kernels();
template <>
inline const RecurrentKernels<float>& recurrent_kernels<float>() {
  return CAROUSEL_SIMD_SELECT(recurrent_f32);
}
template <>
inline const RecurrentKernels<double>& recurrent_kernels<double>() {
  return CAROUSEL_SIMD_SELECT(recurrent_f64);
}

inline constexpr std::int64_t kGates = 4;

struct GateLayout {
  GateLayout(std::int64_t units_, std::int64_t lanes_)
      : units(units_),
        lanes(lanes_),
        padded(recurrent_padded_units(units_)),
        blocks(padded / lanes_),
        panels((padded + 2 * lanes_ - 1) / (2 * lanes_)),
        columns(kGates * padded),
        gate_stride(recurrent_gate_stride(units_)),
        state_stride(recurrent_state_stride(units_)) {}

  // Real units of a block.
  std::int64_t real(std::int64_t block) const {
    return std::clamp<std::int64_t>(units - block * lanes, 0, lanes);
  }

  std::int64_t units, lanes, padded;
  std::int64_t blocks;   // of `lanes` units
  std::int64_t panels;   // of two blocks: what the team splits
  std::int64_t columns;  // interleaved
  std::int64_t gate_stride, state_stride;
};

inline std::int64_t block_count_k(std::int64_t k) { return (k + kGemmBlockK - 1) / kGemmBlockK; }
inline std::int64_t block_size_k(std::int64_t k, std::int64_t block) {
  return std::min(kGemmBlockK, k - block * kGemmBlockK);
}

// Where K block `kb` of panel `panel` begins in a pack of `panels` panels `width` columns wide.
inline std::int64_t panel_offset(std::int64_t k, std::int64_t panels, std::int64_t width,
                                 std::int64_t kb, std::int64_t panel) {
  return width * (kb * kGemmBlockK * panels + panel * block_size_k(k, kb));
}

// Weights (k, 4 units) into two panels [k][2 lanes] a block of units, (i f) and (g o): blocks
// [begin, end) of a pack of k * layout.columns elements.
template <class T>
void pack_gate_columns(const GateLayout& layout, std::int64_t k, const T* weights,
                       std::int64_t begin, std::int64_t end, T* packed);

// The transpose of weights (n, 4 units): interleaved columns by n, in panels of 2 lanes columns,
// [begin, end) of them.
template <class T>
void pack_transposed(const GateLayout& layout, std::int64_t n, const T* weights, std::int64_t begin,
                     std::int64_t end, T* packed);

// One interleaved row from a dense one in Keras' order, and back: blocks [begin, end).
template <class T>
void interleave_row(const GateLayout& layout, const T* keras, std::int64_t begin, std::int64_t end,
                    T* row);
template <class T>
void deinterleave_row(const GateLayout& layout, const T* row, std::int64_t begin, std::int64_t end,
                      T* keras);

// Keras columns [first, first + n) of k interleaved rows, as pack_b would pack them.
template <class T>
void pack_keras_columns(const GateLayout& layout, std::int64_t k, const T* rows,
                        std::int64_t row_stride, std::int64_t first, std::int64_t n, T* packed);

}  // namespace carousel::cpu
