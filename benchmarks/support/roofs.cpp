#include "roofs.h"

#include <algorithm>

#include <carousel/backends/cpu/level.h>

#include "timing.h"

namespace carousel::bench {

namespace {

// One probe: `loops` times 12 independent multiply-adds. The loop is one piece of assembly with
// named registers, so that no accumulator can be spilled. Returns the flops done.
#if defined(__x86_64__)
// clang-format off
#define CAROUSEL_TWELVE(OP) OP(0) OP(1) OP(2) OP(3) OP(4) OP(5) OP(6) OP(7) OP(8) OP(9) OP(10) OP(11)
#define CAROUSEL_CLEAR(i) "xorps %%xmm" #i ", %%xmm" #i "\n"
#define CAROUSEL_SSE2(i) "mulps %%xmm15, %%xmm" #i "\n addps %%xmm15, %%xmm" #i "\n"
#define CAROUSEL_AVX2(i) "vfmadd231ps %%ymm15, %%ymm15, %%ymm" #i "\n"
#define CAROUSEL_AVX512(i) "vfmadd231ps %%zmm15, %%zmm15, %%zmm" #i "\n"
#define CAROUSEL_PROBE(OP)                                                                    \
  asm volatile(CAROUSEL_TWELVE(CAROUSEL_CLEAR) "xorps %%xmm15, %%xmm15\n"                      \
               "1:\n" CAROUSEL_TWELVE(OP) "dec %0\n jnz 1b\n"                                  \
               : "+r"(loops)                                                                   \
               :                                                                               \
               : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", \
                 "xmm9", "xmm10", "xmm11", "xmm15")
// clang-format on
double multiply_add_probe(cpu::SimdLevel level, long loops) {
  const double flops = 12.0 * 2 * static_cast<double>(loops);
  switch (level) {
    case cpu::SimdLevel::avx512:
      CAROUSEL_PROBE(CAROUSEL_AVX512);
      return 16 * flops;
    case cpu::SimdLevel::avx2:
      CAROUSEL_PROBE(CAROUSEL_AVX2);
      return 8 * flops;
    default:
      CAROUSEL_PROBE(CAROUSEL_SSE2);
      return 4 * flops;
  }
}
#elif defined(__aarch64__)
// clang-format off
#define CAROUSEL_TWELVE(OP) OP(0) OP(1) OP(2) OP(3) OP(4) OP(5) OP(6) OP(7) OP(16) OP(17) OP(18) OP(19)
#define CAROUSEL_CLEAR(i) "movi v" #i ".4s, #0\n"
#define CAROUSEL_NEON(i) "fmla v" #i ".4s, v20.4s, v20.4s\n"
// clang-format on
double multiply_add_probe(cpu::SimdLevel, long loops) {
  const double flops = 12.0 * 2 * 4 * static_cast<double>(loops);
  asm volatile(CAROUSEL_TWELVE(CAROUSEL_CLEAR) "movi v20.4s, #0\n"
               "1:\n" CAROUSEL_TWELVE(CAROUSEL_NEON) "subs %0, %0, #1\n b.ne 1b\n"
               : "+r"(loops)
               :
               : "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17", "v18", "v19",
                 "v20");
  return flops;
}
#endif

}  // namespace

double fma_peak() {
  double best = 0;
  for (int i = 0; i < 15; ++i) {
    const double begin = now();
    const double flops = multiply_add_probe(cpu::simd_level(), 500000);
    best = std::max(best, flops / (now() - begin) * 1e-9);
  }
  return best;
}

}  // namespace carousel::bench
