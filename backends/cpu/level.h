// Which instruction set the CPU kernels use. Chosen once, at run time.
#pragma once

#include <string_view>

namespace carousel::cpu {

// The levels of cmake/CarouselSimd.cmake; each names the namespace of its kernels.
enum class SimdLevel : unsigned char { sse2, avx2, avx512, neon };

const char* to_string(SimdLevel level);
// ValueError for an unknown name.
SimdLevel simd_level_from(std::string_view name);

// True if this build holds the level's kernels and both processor and system have all it needs
// (avx2: AVX2 and FMA; avx512: AVX-512 F and FMA).
bool is_available(SimdLevel level);

// The level in use: CAROUSEL_CPU if set (ValueError if unknown or unavailable), else the best.
SimdLevel simd_level();

// Overrides simd_level() for the whole process while it lives; ValueError if unavailable.
// For tests and benchmarks: no kernel may be running when it begins or ends.
class ScopedSimdLevel {
 public:
  explicit ScopedSimdLevel(SimdLevel level);
  ~ScopedSimdLevel();
  ScopedSimdLevel(const ScopedSimdLevel&) = delete;
  ScopedSimdLevel& operator=(const ScopedSimdLevel&) = delete;

 private:
  int previous_;
};

}  // namespace carousel::cpu

// A unit in backends/cpu/simd/ publishes its kernels as `const Table& NAME()`, defined in
// `namespace carousel::cpu::CAROUSEL_SIMD`. Its header says, inside carousel::cpu,
//     CAROUSEL_SIMD_DECLARE(Table, NAME)
// and CAROUSEL_SIMD_SELECT(NAME) is then the `const Table&` of the level in use.
// A level that the build leaves out (CAROUSEL_SIMD_LEVELS) is never chosen; where there is only
// one, the choice is made all the same, so that a bad CAROUSEL_CPU is told.
#if CAROUSEL_HAS_neon
#define CAROUSEL_SIMD_DECLARE(Table, name) \
  namespace neon {                         \
  const Table& name();                     \
  }
#define CAROUSEL_SIMD_SELECT(name) \
  ((void)::carousel::cpu::simd_level(), ::carousel::cpu::neon::name())
#else
#define CAROUSEL_SIMD_DECLARE(Table, name) \
  namespace sse2 {                         \
  const Table& name();                     \
  }                                        \
  namespace avx2 {                         \
  const Table& name();                     \
  }                                        \
  namespace avx512 {                       \
  const Table& name();                     \
  }
#if CAROUSEL_HAS_avx512
#define CAROUSEL_SIMD_IF_AVX512(name, other)                           \
  (::carousel::cpu::simd_level() == ::carousel::cpu::SimdLevel::avx512 \
       ? ::carousel::cpu::avx512::name()                               \
       : other)
#else
#define CAROUSEL_SIMD_IF_AVX512(name, other) (other)
#endif
#if CAROUSEL_HAS_avx2
#define CAROUSEL_SIMD_IF_AVX2(name, other)                           \
  (::carousel::cpu::simd_level() == ::carousel::cpu::SimdLevel::avx2 \
       ? ::carousel::cpu::avx2::name()                               \
       : other)
#else
#define CAROUSEL_SIMD_IF_AVX2(name, other) ((void)::carousel::cpu::simd_level(), other)
#endif
#define CAROUSEL_SIMD_SELECT(name) \
  CAROUSEL_SIMD_IF_AVX512(name, CAROUSEL_SIMD_IF_AVX2(name, ::carousel::cpu::sse2::name()))
#endif
