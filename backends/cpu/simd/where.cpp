// Selection by a condition: only the size of an element counts.
#include <carousel/backends/cpu/simd/tables.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

template <class T, bool repeat_a, bool repeat_b>
void choose(const Run& run) {
  auto* out = static_cast<T*>(run.out);
  const auto* condition = static_cast<const bool*>(run.in[0]);
  const auto* a = static_cast<const T*>(run.in[1]);
  const auto* b = static_cast<const T*>(run.in[2]);
  const std::int64_t n = run.n, step = run.step[0];
  if (step == 1) {
    for (std::int64_t i = 0; i < n; ++i) {
      const T x = a[repeat_a ? 0 : i], y = b[repeat_b ? 0 : i];
      out[i] = condition[i] ? x : y;
    }
    return;
  }
  for (std::int64_t i = 0; i < n; ++i)
    out[i] = *condition ? a[repeat_a ? 0 : i] : b[repeat_b ? 0 : i];
}

template <class T>
void where(const Run& run) {
  if (run.step[1] != 0)
    return run.step[2] != 0 ? choose<T, false, false>(run) : choose<T, false, true>(run);
  return run.step[2] != 0 ? choose<T, true, false>(run) : choose<T, true, true>(run);
}

}  // namespace

const WhereTable& where_table() {
  static constexpr WhereTable table{{where<std::uint32_t>, where<std::uint64_t>,
                                     where<std::uint32_t>, where<std::uint64_t>,
                                     where<std::uint8_t>}};
  return table;
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
