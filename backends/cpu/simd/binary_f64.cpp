#include <carousel/backends/cpu/simd/arithmetic.h>
#include <carousel/backends/cpu/simd/tables.h>

namespace carousel::cpu::CAROUSEL_SIMD {

const InnerTable& binary_f64() {
  static constexpr InnerTable table = binary_table<double>();
  return table;
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
