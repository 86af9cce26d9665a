// The loops of element-wise kernels, once for all of them: broadcasting, strides, threads.
//
// An element-wise kernel is an inner function over dense operands. The loops here call it on runs:
// an operand that is dense or repeats one element is passed as it lies; any other one is gathered
// into a buffer first (and a strided output scattered from one).
#pragma once

#include <cstdint>

#include <carousel/backends/cpu/simd/run.h>
#include <carousel/backends/cpu/strided.h>
#include <carousel/tensor/kernels.h>
#include <carousel/tensor/storage.h>

namespace carousel::cpu {

inline constexpr int kMaxInputs = 3;
// Elements that a thread takes at a time, 5 to 10 us of work at least: where each costs a function
// (exp, a random draw), and where it is loaded, added and stored.
inline constexpr std::int64_t kGrain = 16384, kLightGrain = 65536;

// An operand of an element-wise kernel, resolved to memory.
struct LoopOperand {
  char* data;
  const Strides* strides;  // in elements; null: one element for all
  int size;                // of an element, in bytes
};

// Filled in field by field: zeroing it would cost more than a small kernel.
struct Loop {
  Inner inner;
  int inputs;
  LoopOperand out, in[kMaxInputs];
  double alpha, beta;
  std::int64_t grain;
};

// Runs the loop over `shape` (of `count` elements), whatever the strides.
void run_general(const Loop& loop, const Shape& shape, std::int64_t count);
// Dense operands of `count` elements, or immediates.
void run_dense(const Loop& loop, std::int64_t count);
// Out and the first input are dense, the second is one dense row of `cols` elements.
void run_rows(const Loop& loop, std::int64_t count, std::int64_t cols);

// Where the loop's layout leads.
void run_loop(const Loop& loop, Layout layout, const Shape& shape, std::int64_t count);

// Where an operand that has a storage begins.
inline char* memory_of(const Operand& operand, DType dtype) {
  return operand.storage->host() + operand.offset * static_cast<int>(size_of(dtype));
}
// The memory of an operand. An immediate is written to `immediate` as `dtype`.
inline LoopOperand resolve(const Operand& operand, DType dtype, std::int64_t& immediate) {
  const int size = static_cast<int>(size_of(dtype));
  if (operand.storage != nullptr) return {memory_of(operand, dtype), &operand.strides, size};
  write_scalar(operand.scalar, dtype, &immediate);
  return {reinterpret_cast<char*>(&immediate), nullptr, size};
}

}  // namespace carousel::cpu
