// Runs a test on every instruction set that this machine has.
#pragma once

#include <carousel/backends/cpu/level.h>

namespace carousel::cpu {

template <class Body>
void for_each_level(Body&& body) {
  for (auto level : {SimdLevel::sse2, SimdLevel::avx2, SimdLevel::avx512, SimdLevel::neon}) {
    if (!is_available(level)) continue;
    ScopedSimdLevel scoped(level);
    BOOST_TEST_CONTEXT("level " << to_string(level)) { body(); }
  }
}

}  // namespace carousel::cpu
