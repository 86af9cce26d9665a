#include <carousel/backends/cpu/simd/elementwise_floating.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

constexpr InnerTable make_table() {
  InnerTable t;
  set_unary<double>(t);
  set_binary<double>(t);
  set_compares<double>(t);
  return t;
}

}  // namespace

const InnerTable& elementwise_f64() {
  static constexpr InnerTable table = make_table();
  return table;
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
