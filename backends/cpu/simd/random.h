// Random numbers: value = f(seed, stream, element), the same on every device and thread count.
//
// Words come from Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3",
// 2011): word(w) is output w % 4 for the counter (w / 4, stream), low half first, and the key seed;
// pair(p) = word(2p) + 2^32 word(2p + 1). With element e = offset + i:
//   unit(e)      f32: (word(e) >> 8) / 2^24; f64: (pair(e) >> 11) / 2^53
//   uniform      alpha + (beta - alpha) unit(e), in the dtype; never beta
//   bernoulli    word(e) >> 8 < alpha 2^24
//   randint      alpha + the high 64 bits of pair(e) (beta - alpha)
//   normal       Box and Muller: with u = 1/2^24 (f64: 1/2^53) + unit(e & ~1), v = unit(e | 1):
//                sqrt(-2 ln u) times cos(2 pi v) for even e, sin(2 pi v) for odd e
//   permutation  Fisher and Yates: for i = count - 1 down to 1, swap i and the high 64 bits of
//                pair(offset + i) (i + 1)
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
  // Blocks first, first + 1, ... of four words each.
  void (*words)(std::uint64_t seed, std::uint64_t stream, std::uint64_t first, std::int64_t blocks,
                std::uint32_t* out) = nullptr;
  RandomInner uniform[kDTypeCount] = {}, normal[kDTypeCount] = {}, bernoulli[kDTypeCount] = {},
              randint[kDTypeCount] = {};
};

CAROUSEL_SIMD_DECLARE(RandomTable, random_table)

}  // namespace carousel::cpu
