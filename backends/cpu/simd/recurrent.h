// The pointwise phases of recurrent cells, over one block of units while its gates are hot in L1.
#pragma once

#include <cstdint>

#include <carousel/backends/cpu/level.h>
#include <carousel/tensor/recurrent.h>

namespace carousel::cpu {

// One vector of units, `rows` rows. Gates i, f, g, o are consecutive vectors of a row; rows of
// states are `state_stride` apart. `units` of the lanes are real, the others are kept 0.
template <class T>
struct LstmBlock {
  const RecurrentSpec* spec;
  std::int64_t rows, units;
  T* gates;  // sums on entry, activated on return
  std::int64_t gate_stride;
  const T *h_before, *c_before;
  T *h, *c;  // c may be c_before
  std::int64_t state_stride;
  const bool* mask;  // null: every row counts
  std::int64_t mask_stride;
};

template <class T>
struct LstmGradientBlock {
  const RecurrentSpec* spec;
  std::int64_t rows, units;
  const T* gates;
  T* dgates;  // of the sums; may be gates
  std::int64_t gate_stride;
  const T *c_before, *c;
  std::int64_t state_stride;
  const T* dh;  // of h after this step
  T* dh_kept;   // what a masked row passes on to the step before; null without a mask
  T* dc;        // of c after this step on entry, before it on return
  std::int64_t dh_stride, dc_stride;
  T* dbias;  // 4 vectors, added to
  const bool* mask;
  std::int64_t mask_stride;
};

template <class T>
struct RecurrentKernels {
  std::int64_t lanes;
  void (*lstm_forward)(const LstmBlock<T>&);
  void (*lstm_backward)(const LstmGradientBlock<T>&);
};

CAROUSEL_SIMD_DECLARE(RecurrentKernels<float>, recurrent_f32)
CAROUSEL_SIMD_DECLARE(RecurrentKernels<double>, recurrent_f64)

}  // namespace carousel::cpu
