#include <carousel/backends/cpu/simd/elementwise_floating.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

constexpr InnerTable make_table() {
  InnerTable t;
  set_unary<float>(t);
  set_binary<float>(t);
  set_compares<float>(t);
  return t;
}

}  // namespace

const InnerTable& elementwise_f32() {
  static constexpr InnerTable table = make_table();
  return table;
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
