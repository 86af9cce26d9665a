// What the units of every instruction set share: plain structs, no functions.
#pragma once

#include <cstdint>

namespace carousel::cpu {

// One run of an element-wise kernel over dense operands. A step of 0 repeats the input's first
// element, 1 walks it.
struct Run {
  void* out;
  const void* in[3];
  std::int64_t n;
  int step[3];
  double alpha, beta;
};

using Inner = void (*)(const Run& run);

}  // namespace carousel::cpu
