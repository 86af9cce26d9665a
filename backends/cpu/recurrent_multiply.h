// One product of the forward pass: rows times packed weights, onto gates.
#pragma once

#include <carousel/backends/cpu/recurrent_pack.h>

namespace carousel::cpu {

template <class T>
struct GateWeights {
  const T* packed;  // by pack_gate_columns
  std::int64_t k;   // rows
  // As they are given, where few rows should read them so instead, if the blocks are full.
  const T* plain = nullptr;
};

template <class T>
struct GateRows {
  std::int64_t count;
  const T* a;
  std::int64_t a_stride;
  T* gates;
  std::int64_t gate_stride;
  std::int64_t a_part = 0;  // from one part of the product to the next; 0: they share `a`
};

// Unpacked: what a panel holds lies side by side in a row, or a gate's width apart.
template <class T>
void multiply_plain(const GemmKernels<T>& kernels, const GateLayout& layout,
                    const CellColumns& part, const T* weights, std::int64_t kb, std::int64_t begin,
                    GemmBlock<T>& g) {
  const std::int64_t gates = layout.gates(part.section);
  g.b_stride = layout.cell->kernel_gates * layout.units;
  g.b = weights + kb * kGemmBlockK * g.b_stride + part.first * layout.units + begin * layout.lanes;
  g.b_vector = layout.units;
  if (gates == 1) return kernels.block(g);  // one panel of two blocks
  // Two panels of two gates: of one block, or of two.
  g.b_panel = gates == 4 ? 2 * layout.units : layout.lanes;
  kernels.few_rows(g);
}

// gates += a weights in one K block, for blocks of units [begin, end), which fill panels.
template <class T>
void multiply_gates(const GemmKernels<T>& kernels, const GateLayout& layout,
                    const CellProduct& product, const GateWeights<T>& weights,
                    const GateRows<T>& rows, std::int64_t kb, std::int64_t begin,
                    std::int64_t end) {
  if (rows.count == 0) return;
  const std::int64_t width = 2 * layout.lanes, size = block_size_k(weights.k, kb);
  const T* packed = weights.packed;
  const T* a = rows.a + kb * kGemmBlockK;
  for (const CellColumns& part : product) {
    GemmBlock<T> g{};
    g.m = rows.count;
    g.n = (end - begin) * layout.gates(part.section) * layout.lanes;
    g.k = size;
    g.a = a;
    g.a_stride = rows.a_stride;
    g.c = rows.gates + layout.at(part.section, begin);
    g.c_stride = rows.gate_stride;
    g.accumulate = true;
    if (weights.plain && layout.real(end - 1) == layout.lanes && end - begin == layout.group) {
      multiply_plain(kernels, layout, part, weights.plain, kb, begin, g);
    } else {
      g.b = packed + section_offset(layout, part.section, weights.k, kb, begin);
      g.b_panel = width * size;
      g.b_stride = width;
      kernels.block(g);
    }
    packed += section_panels(layout, part.section) * width * weights.k;
    a += rows.a_part;
  }
}

}  // namespace carousel::cpu
