// Softmax and its kin, one dense row of n > 0 elements at a time.
#pragma once

#include <carousel/backends/cpu/level.h>

namespace carousel::cpu {

struct RowFunctions {
  using Map = void (*)(const void* x, std::int64_t n, void* y);
  using Map2 = void (*)(const void* y, const void* dy, std::int64_t n, void* dx);
  Map softmax, log_softmax, logsumexp;
  Map2 softmax_grad, log_softmax_grad;
  // dx = (e^(x - logsumexp) - [label]) dloss
  void (*cross_entropy_grad)(const void* x, const void* logsumexp, const void* dloss,
                             std::int64_t label, std::int64_t n, void* dx);
};

struct RowTable {
  RowFunctions f32, f64;
};

CAROUSEL_SIMD_DECLARE(RowTable, row_table)

}  // namespace carousel::cpu
