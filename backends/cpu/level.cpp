#include <carousel/backends/cpu/level.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include <carousel/tensor/error.h>

#ifndef CAROUSEL_HAS_avx2
#define CAROUSEL_HAS_avx2 0
#endif
#ifndef CAROUSEL_HAS_avx512
#define CAROUSEL_HAS_avx512 0
#endif

namespace carousel::cpu {
namespace {

constexpr const char* kNames[] = {"sse2", "avx2", "avx512", "neon"};
constexpr int kUnchosen = -1;

std::atomic<int> g_level{kUnchosen};

#if CAROUSEL_HAS_neon
constexpr SimdLevel kBestFirst[] = {SimdLevel::neon};
#else
constexpr SimdLevel kBestFirst[] = {SimdLevel::avx512, SimdLevel::avx2, SimdLevel::sse2};
#endif

void require_available(SimdLevel level, const char* op) {
  if (!is_available(level))
    throw ValueError(op, std::string(to_string(level)) + " is not available on this machine");
}

SimdLevel choose() {
  if (const char* name = std::getenv("CAROUSEL_CPU"); name && *name) {
    const SimdLevel level = simd_level_from(name);
    require_available(level, "CAROUSEL_CPU");
    return level;
  }
  for (SimdLevel level : kBestFirst)
    if (is_available(level)) return level;
  return kBestFirst[0];
}

}  // namespace

const char* to_string(SimdLevel level) { return kNames[static_cast<int>(level)]; }

SimdLevel simd_level_from(std::string_view name) {
  for (int i = 0; i < 4; ++i)
    if (name == kNames[i]) return static_cast<SimdLevel>(i);
  throw ValueError("CAROUSEL_CPU", "unknown instruction set '" + std::string(name) +
                                       "': expected sse2, avx2, avx512 or neon");
}

// libgcc's check asks the system too (XGETBV): registers that it doesn't save don't count.
bool is_available(SimdLevel level) {
#if CAROUSEL_HAS_neon
  return level == SimdLevel::neon;
#else
  switch (level) {
    case SimdLevel::sse2:
      return true;
    case SimdLevel::avx2:
      return CAROUSEL_HAS_avx2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case SimdLevel::avx512:
      return CAROUSEL_HAS_avx512 && __builtin_cpu_supports("avx512f") &&
             __builtin_cpu_supports("fma");
    case SimdLevel::neon:
      return false;
  }
  return false;
#endif
}

SimdLevel simd_level() {
  int level = g_level.load(std::memory_order_relaxed);
  if (level == kUnchosen) {
    level = static_cast<int>(choose());
    g_level.store(level, std::memory_order_relaxed);
  }
  return static_cast<SimdLevel>(level);
}

ScopedSimdLevel::ScopedSimdLevel(SimdLevel level) {
  require_available(level, "ScopedSimdLevel");
  previous_ = g_level.exchange(static_cast<int>(level));
}

ScopedSimdLevel::~ScopedSimdLevel() { g_level.store(previous_); }

}  // namespace carousel::cpu
