#include <carousel/backends/cpu/simd/arithmetic.h>
#include <carousel/backends/cpu/simd/tables.h>

namespace carousel::cpu::CAROUSEL_SIMD {

const InnerTable& binary_f32() {
  static constexpr InnerTable table = binary_table<float>();
  return table;
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
