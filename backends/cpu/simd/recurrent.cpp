#include <carousel/backends/cpu/simd/recurrent.h>

#include <carousel/backends/cpu/simd/recurrent_activations.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

using std::int64_t;

// All ones in the first `units` lanes.
template <class T>
typename Vec<T>::batch_bool_type real_lanes(int64_t units) {
  alignas(64) T index[kLanes<T>];
  for (int i = 0; i < kLanes<T>; ++i) index[i] = static_cast<T>(i);
  return load(index) < Vec<T>(static_cast<T>(units));
}

template <class T, class Act, class RecurrentAct>
void lstm_forward_with(const LstmBlock<T>& b) {
  constexpr int W = kLanes<T>;
  const Act act(b.spec->activation);
  const RecurrentAct gate(b.spec->recurrent_activation);
  const auto real = real_lanes<T>(b.units);
  const Vec<T> zero(T(0));
  for (int64_t r = 0; r < b.rows; ++r) {
    T* gates = b.gates + r * b.gate_stride;
    const int64_t state = r * b.state_stride;
    if (b.mask && !b.mask[r * b.mask_stride]) {
      store(b.c + state, load(b.c_before + state));
      store(b.h + state, load(b.h_before + state));
      continue;
    }
    const Vec<T> i = gate.value(load(gates)), f = gate.value(load(gates + W));
    const Vec<T> g = act.value(load(gates + 2 * W)), o = gate.value(load(gates + 3 * W));
    const Vec<T> c = fma(f, load(b.c_before + state), i * g);
    const Vec<T> h = o * act.value(c);
    store(gates, i);
    store(gates + W, f);
    store(gates + 2 * W, g);
    store(gates + 3 * W, o);
    store(b.c + state, xsimd::select(real, c, zero));
    store(b.h + state, xsimd::select(real, h, zero));
  }
}

template <class T, class Act, class RecurrentAct>
void lstm_backward_with(const LstmGradientBlock<T>& b) {
  constexpr int W = kLanes<T>;
  const Act act(b.spec->activation);
  const RecurrentAct gate(b.spec->recurrent_activation);
  const Vec<T> zero(T(0));
  Vec<T> sum_i = zero, sum_f = zero, sum_g = zero, sum_o = zero;
  for (int64_t r = 0; r < b.rows; ++r) {
    const T* gates = b.gates + r * b.gate_stride;
    T* to = b.dgates + r * b.gate_stride;
    const Vec<T> dh = load(b.dh + r * b.dh_stride);
    if (b.mask) {
      const bool counts = b.mask[r * b.mask_stride];
      store(b.dh_kept + r * b.dh_stride, counts ? zero : dh);
      if (!counts) {
        for (int q = 0; q < 4; ++q) store(to + q * W, zero);
        continue;
      }
    }
    const Vec<T> i = load(gates), f = load(gates + W), g = load(gates + 2 * W),
                 o = load(gates + 3 * W);
    const Vec<T> a = act.value(load(b.c + r * b.state_stride));
    T* dc_at = b.dc + r * b.dc_stride;
    const Vec<T> dc = fma(dh * o, act.slope(a), load(dc_at));
    const Vec<T> di = dc * g * gate.slope(i);
    const Vec<T> df = dc * load(b.c_before + r * b.state_stride) * gate.slope(f);
    const Vec<T> dg = dc * i * act.slope(g);
    const Vec<T> d_o = dh * a * gate.slope(o);
    store(to, di);
    store(to + W, df);
    store(to + 2 * W, dg);
    store(to + 3 * W, d_o);
    store(dc_at, dc * f);
    sum_i = sum_i + di;
    sum_f = sum_f + df;
    sum_g = sum_g + dg;
    sum_o = sum_o + d_o;
  }
  store(b.dbias, load(b.dbias) + sum_i);
  store(b.dbias + W, load(b.dbias + W) + sum_f);
  store(b.dbias + 2 * W, load(b.dbias + 2 * W) + sum_g);
  store(b.dbias + 3 * W, load(b.dbias + 3 * W) + sum_o);
}

bool is_usual(const RecurrentSpec& spec) {
  return !spec.exact && spec.activation == Activation::tanh &&
         spec.recurrent_activation == Activation::sigmoid;
}

void lstm_forward_f32(const LstmBlock<float>& b) {
  if (is_usual(*b.spec))
    lstm_forward_with<float, FastTanh, FastSigmoid>(b);
  else
    lstm_forward_with<float, AnyActivation<float>, AnyActivation<float>>(b);
}

void lstm_backward_f32(const LstmGradientBlock<float>& b) {
  if (is_usual(*b.spec))
    lstm_backward_with<float, FastTanh, FastSigmoid>(b);
  else
    lstm_backward_with<float, AnyActivation<float>, AnyActivation<float>>(b);
}

constexpr RecurrentKernels<float> kF32{kLanes<float>, lstm_forward_f32, lstm_backward_f32};
constexpr RecurrentKernels<double> kF64{
    kLanes<double>, lstm_forward_with<double, AnyActivation<double>, AnyActivation<double>>,
    lstm_backward_with<double, AnyActivation<double>, AnyActivation<double>>};

}  // namespace

const RecurrentKernels<float>& recurrent_f32() { return kF32; }
const RecurrentKernels<double>& recurrent_f64() { return kF64; }

}  // namespace carousel::cpu::CAROUSEL_SIMD
