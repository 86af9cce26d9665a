// Many random numbers at once; tensor/philox.h says what they are. Normals lie within 20 epsilon
// times beta of the formula's exact value; all else is equal to the bit.
#pragma once

#include <carousel/backends/cpu/level.h>
#include <carousel/tensor/kernels.h>

namespace carousel::cpu {

struct RandomRun {
  void* out;
  std::int64_t n;
  std::uint64_t seed, stream, first;  // first: the element that out begins with
  double alpha, beta;
};
using RandomInner = void (*)(const RandomRun& run);

struct RandomTable {
  // The two draws of 64 bits of each of the blocks first, first + 1, ...
  void (*draws)(std::uint64_t seed, std::uint64_t stream, std::uint64_t first, std::int64_t blocks,
                std::uint64_t* out) = nullptr;
  RandomInner uniform[kDTypeCount] = {}, normal[kDTypeCount] = {}, bernoulli[kDTypeCount] = {},
              randint[kDTypeCount] = {};
};

CAROUSEL_SIMD_DECLARE(RandomTable, random_table)

}  // namespace carousel::cpu
