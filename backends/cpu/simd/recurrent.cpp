#include <carousel/backends/cpu/simd/recurrent.h>

#include <carousel/backends/cpu/simd/recurrent_gru.h>
#include <carousel/backends/cpu/simd/recurrent_lstm.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

bool is_usual(const RecurrentSpec& spec) {
  return spec.activation == Activation::tanh && spec.recurrent_activation == Activation::sigmoid;
}

template <class T, class Cell>
void forward(const CellBlock<T>& b) {
  if (!is_usual(*b.spec)) return Cell::template forward<T, AnyActivation<T>, AnyActivation<T>>(b);
  if constexpr (sizeof(T) == sizeof(float))
    if (!b.spec->exact) return Cell::template forward<T, FastTanh, FastSigmoid>(b);
  Cell::template forward<T, AccurateTanh<T>, AccurateSigmoid<T>>(b);
}

template <class T, class Cell>
void backward(const CellGradientBlock<T>& b) {
  if (!is_usual(*b.spec)) return Cell::template backward<T, AnyActivation<T>, AnyActivation<T>>(b);
  if constexpr (sizeof(T) == sizeof(float))
    if (!b.spec->exact) return Cell::template backward<T, FastTanh, FastSigmoid>(b);
  Cell::template backward<T, AccurateTanh<T>, AccurateSigmoid<T>>(b);
}

// In the order of Pointwise.
template <class T, class... Cells>
constexpr RecurrentKernels<T> table() {
  static_assert(sizeof...(Cells) == kPointwiseCount);
  return {kLanes<T>, {forward<T, Cells>...}, {backward<T, Cells>...}};
}

constexpr auto kF32 =
    table<float, LstmCell, LstmProjected, SimpleRnnCell, GruResetAfter, GruReset, GruUpdate>();
constexpr auto kF64 =
    table<double, LstmCell, LstmProjected, SimpleRnnCell, GruResetAfter, GruReset, GruUpdate>();

}  // namespace

const RecurrentKernels<float>& recurrent_f32() { return kF32; }
const RecurrentKernels<double>& recurrent_f64() { return kF64; }

}  // namespace carousel::cpu::CAROUSEL_SIMD
