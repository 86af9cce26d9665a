// How recurrent kernels lay out weights and gates.
//
// A row of gates holds the sections of the cell one after the other, each with, for each block of W
// units (one vector), a vector of each of its gates; W divides 16, and the units are padded to a
// multiple of 16. "Interleaved column" counts in that order, "Keras column" is gate * units + unit
// of a matrix of weights.
#pragma once

#include <algorithm>
#include <cstdint>

#include <carousel/backends/cpu/gemm.h>
#include <carousel/backends/cpu/simd/recurrent.h>
#include <carousel/tensor/recurrent_cell.h>

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

struct GateLayout {
  GateLayout(const RecurrentCell& cell, std::int64_t units, std::int64_t lanes);

  // Real units of a block.
  std::int64_t real(std::int64_t block) const {
    return std::clamp<std::int64_t>(units - block * lanes, 0, lanes);
  }
  int gates(int section) const { return cell->sections[section]; }
  // Where the vectors of a block of units begin in a row.
  std::int64_t at(int section, std::int64_t block) const {
    return begin[section] + block * gates(section) * lanes;
  }
  // The vectors of a block's gates in a row, in the cell's order.
  template <class T, class P>
  void point_at(T* row, std::int64_t block, P* vectors) const {
    for (int gate = 0; gate < cell->gates; ++gate)
      vectors[gate] = row + gate_begin[gate] + block * gate_step[gate];
  }
  // Zeros in the lanes of a vector that are no units, in each row: an infinite operand times the
  // zeros of a pack is NaN, and would come back through the products.
  template <class T>
  void clear_padding(std::int64_t block, std::int64_t rows, T* vector, std::int64_t stride) const {
    for (std::int64_t r = 0; r < rows; ++r)
      std::fill(vector + r * stride + real(block), vector + r * stride + lanes, T(0));
  }
  bool is_full(std::int64_t block) const { return (block + 1) * lanes <= units; }
  // Interleaved columns of a product's sections.
  std::int64_t product_columns(const CellProduct& product) const;

  const RecurrentCell* cell;
  std::int64_t units, lanes, padded;
  std::int64_t blocks;    // of `lanes` units
  std::int64_t panels;    // of two blocks: what the team splits
  std::int64_t columns;   // interleaved
  std::int64_t begin[4];  // of the sections
  // Of each gate: its first vector in a row, and how far it is to the next block's.
  std::int64_t gate_begin[kMaxCellGates], gate_step[kMaxCellGates];
  std::int64_t group;  // blocks whose gates fill whole panels of two vectors
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

// Panels [k][2 lanes] of one section, and where K block kb of `block`'s begin in the pack.
inline std::int64_t section_panels(const GateLayout& layout, int section) {
  return (layout.blocks * layout.gates(section) + 1) / 2;
}
inline std::int64_t section_offset(const GateLayout& layout, int section, std::int64_t k,
                                   std::int64_t kb, std::int64_t block) {
  return panel_offset(k, section_panels(layout, section), 2 * layout.lanes, kb,
                      block * layout.gates(section) / 2);
}
// Elements of the pack of k rows of these columns; each section's panels follow the one before.
std::int64_t pack_size(const GateLayout& layout, const CellProduct& product, std::int64_t k);

// Columns of weights (k, gates of the matrix * units) into panels: blocks [begin, end), begin a
// multiple of layout.group.
template <class T>
void pack_gate_columns(const GateLayout& layout, const CellProduct& product, std::int64_t k,
                       const T* weights, std::int64_t begin, std::int64_t end, T* packed);

// The transpose of weights (n, gates of the matrix * units): the product's interleaved columns by
// n, in panels of 2 lanes columns, [begin, end) of them.
template <class T>
void pack_transposed(const GateLayout& layout, const CellProduct& product, std::int64_t n,
                     const T* weights, std::int64_t begin, std::int64_t end, T* packed);

// Adds a dense row in Keras' order to an interleaved one, and back, overwriting: blocks
// [begin, end).
template <class T>
void add_interleaved(const GateLayout& layout, const CellProduct& product, const T* keras,
                     std::int64_t begin, std::int64_t end, T* row);
template <class T>
void deinterleave(const GateLayout& layout, const CellProduct& product, const T* row,
                  std::int64_t begin, std::int64_t end, T* keras);

// Columns [first, first + n) of a section, gate after gate, of k interleaved rows, as pack_b would
// pack them.
template <class T>
void pack_section_columns(const GateLayout& layout, int section, std::int64_t k, const T* rows,
                          std::int64_t first, std::int64_t n, T* packed);

}  // namespace carousel::cpu
