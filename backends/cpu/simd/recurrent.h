// The pointwise phases of recurrent cells, over one block of units while its gates are hot in L1.
#pragma once

#include <cstdint>

#include <carousel/backends/cpu/level.h>
#include <carousel/tensor/recurrent_cell.h>

namespace carousel::cpu {

// One vector of units, `rows` rows. A gate's vectors are `gate_stride` apart, a state's
// `state_stride`; both in the order of the cell's gates. `units` of the lanes are real; of states
// and scratch the others are kept 0.
template <class T>
struct CellBlock {
  const RecurrentSpec* spec;
  std::int64_t rows, units;
  T* gates[kMaxCellGates];  // sums on entry; on return what backward wants
  std::int64_t gate_stride;
  const T *h_before, *c_before;
  T *h, *c;    // c may be c_before
  T* scratch;  // 0 in masked rows
  std::int64_t state_stride;
  const bool* mask;  // null: every row counts
  std::int64_t mask_stride;
};

template <class T>
struct CellGradientBlock {
  const RecurrentSpec* spec;
  std::int64_t rows, units;
  const T* gates[kMaxCellGates];
  T* dgates[kMaxCellGates];  // of the sums; may be gates
  std::int64_t gate_stride;
  const T *h_before, *h, *c_before, *c;
  std::int64_t state_stride;
  const T* d;  // of what the phase has written: h, or scratch
  // What h before the step gets, products aside: set by the last phase, added to by others. The
  // LSTM and the simple RNN leave it 0 without a mask.
  T* dh_before;
  T* dc;  // of c after this step on entry, before it on return
  std::int64_t d_stride;
  T* dbias[kMaxCellGates];  // added to
  const bool* mask;
  std::int64_t mask_stride;
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
