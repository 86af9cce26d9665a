// The pointwise phases of recurrent cells, over one block of units while its gates are hot in L1.
#pragma once

#include <cstdint>

#include <carousel/backends/cpu/level.h>
#include <carousel/tensor/recurrent_cell.h>

namespace carousel::cpu {

// One vector of units of the rows that count at this step. Rows of gates and scratch are these
// alone; row i of them is row `row(i)` of states. A gate's vectors are `gate_stride` apart, a
// state's and scratch's `state_stride`; gates in the cell's order. `units` of the lanes are real;
// of states and scratch the others are kept 0. A cell that projects has no h here.
template <class T>
struct CellBlock {
  const RecurrentSpec* spec;
  std::int64_t rows, units;
  const std::int32_t* list;  // null: all rows of the batch
  T* gates[kMaxCellGates];   // sums on entry; on return what backward wants
  std::int64_t gate_stride;
  const T *h_before, *c_before;
  T *h, *c;  // c may be c_before
  T* scratch;
  std::int64_t state_stride;

  std::int64_t row(std::int64_t i) const { return list ? list[i] : i; }
};

template <class T>
struct CellGradientBlock {
  const RecurrentSpec* spec;
  std::int64_t rows, units;
  const std::int32_t* list;
  const T* gates[kMaxCellGates];
  T* dgates[kMaxCellGates];  // of the sums; may be gates
  std::int64_t gate_stride;
  const T *h_before, *h, *c_before, *c;
  std::int64_t state_stride;
  // By row of the batch, as dh_before and dc: of what the phase has written, h or scratch.
  const T* d;
  // What h before the step gets, products aside: 0 on entry to the last phase, added to by each.
  T* dh_before;
  T* dc;  // of c after this step on entry, before it on return
  std::int64_t d_stride;
  T* dbias[kMaxCellGates];  // added to

  std::int64_t row(std::int64_t i) const { return list ? list[i] : i; }
};

template <class T>
struct RecurrentKernels {
  std::int64_t lanes;
  // By Pointwise.
  void (*forward[kPointwiseCount])(const CellBlock<T>&);
  void (*backward[kPointwiseCount])(const CellGradientBlock<T>&);
};

CAROUSEL_SIMD_DECLARE(RecurrentKernels<float>, recurrent_f32)
CAROUSEL_SIMD_DECLARE(RecurrentKernels<double>, recurrent_f64)

}  // namespace carousel::cpu
