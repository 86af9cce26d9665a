// The pointwise functions of the LSTM and of the simple RNN.
#pragma once

#include <carousel/backends/cpu/simd/recurrent.h>
#include <carousel/backends/cpu/simd/recurrent_activations.h>

namespace carousel::cpu::CAROUSEL_SIMD {

// All ones in the first `units` lanes.
template <class T>
typename Vec<T>::batch_bool_type real_lanes(std::int64_t units) {
  alignas(64) T index[kLanes<T>];
  for (int i = 0; i < kLanes<T>; ++i) index[i] = static_cast<T>(i);
  return load(index) < Vec<T>(static_cast<T>(units));
}

template <class T>
void add_to(T* sum, const Vec<T>& x) {
  store(sum, load(sum) + x);
}

struct LstmCell {
  // o activation(c) is the new h, or scratch that is projected.
  template <class T, class Act, class Gate, bool projected = false>
  static void forward(const CellBlock<T>& b) {
    const Act act(b.spec->activation);
    const Gate gate(b.spec->recurrent_activation);
    const auto real = real_lanes<T>(b.units);
    const Vec<T> zero(T(0));
    for (std::int64_t r = 0; r < b.rows; ++r) {
      const std::int64_t at = r * b.gate_stride, state = b.row(r) * b.state_stride;
      const Vec<T> i = gate.value(load(b.gates[0] + at)), f = gate.value(load(b.gates[1] + at));
      const Vec<T> g = act.value(load(b.gates[2] + at)), o = gate.value(load(b.gates[3] + at));
      const Vec<T> c = fma(f, load(b.c_before + state), i * g);
      const Vec<T> h = o * act.value(c);
      store(b.gates[0] + at, i);
      store(b.gates[1] + at, f);
      store(b.gates[2] + at, g);
      store(b.gates[3] + at, o);
      store(b.c + state, xsimd::select(real, c, zero));
      store(projected ? b.scratch + r * b.state_stride : b.h + state, xsimd::select(real, h, zero));
    }
  }

  template <class T, class Act, class Gate>
  static void backward(const CellGradientBlock<T>& b) {
    const Act act(b.spec->activation);
    const Gate gate(b.spec->recurrent_activation);
    const Vec<T> zero(T(0));
    Vec<T> sum_i = zero, sum_f = zero, sum_g = zero, sum_o = zero;
    for (std::int64_t r = 0; r < b.rows; ++r) {
      const std::int64_t at = r * b.gate_stride, row = b.row(r);
      const std::int64_t state = row * b.state_stride;
      const Vec<T> dh = load(b.d + row * b.d_stride);
      const Vec<T> i = load(b.gates[0] + at), f = load(b.gates[1] + at);
      const Vec<T> g = load(b.gates[2] + at), o = load(b.gates[3] + at);
      const Vec<T> a = act.value(load(b.c + state));
      T* dc_at = b.dc + row * b.d_stride;
      const Vec<T> dc = fma(dh * o, act.slope(a), load(dc_at));
      const Vec<T> di = dc * g * gate.slope(i);
      const Vec<T> df = dc * load(b.c_before + state) * gate.slope(f);
      const Vec<T> dg = dc * i * act.slope(g);
      const Vec<T> d_o = dh * a * gate.slope(o);
      store(b.dgates[0] + at, di);
      store(b.dgates[1] + at, df);
      store(b.dgates[2] + at, dg);
      store(b.dgates[3] + at, d_o);
      store(dc_at, dc * f);
      sum_i = sum_i + di;
      sum_f = sum_f + df;
      sum_g = sum_g + dg;
      sum_o = sum_o + d_o;
    }
    add_to(b.dbias[0], sum_i);
    add_to(b.dbias[1], sum_f);
    add_to(b.dbias[2], sum_g);
    add_to(b.dbias[3], sum_o);
  }
};

struct LstmProjected : LstmCell {
  template <class T, class Act, class Gate>
  static void forward(const CellBlock<T>& b) {
    LstmCell::forward<T, Act, Gate, true>(b);
  }
};

// Its value is the state: the gate is not written.
struct SimpleRnnCell {
  template <class T, class Act, class Gate>
  static void forward(const CellBlock<T>& b) {
    const Act act(b.spec->activation);
    const auto real = real_lanes<T>(b.units);
    for (std::int64_t r = 0; r < b.rows; ++r) {
      const Vec<T> h = act.value(load(b.gates[0] + r * b.gate_stride));
      store(b.h + b.row(r) * b.state_stride, xsimd::select(real, h, Vec<T>(T(0))));
    }
  }

  template <class T, class Act, class Gate>
  static void backward(const CellGradientBlock<T>& b) {
    const Act act(b.spec->activation);
    Vec<T> sum(T(0));
    for (std::int64_t r = 0; r < b.rows; ++r) {
      const std::int64_t row = b.row(r);
      const Vec<T> d = load(b.d + row * b.d_stride) * act.slope(load(b.h + row * b.state_stride));
      store(b.dgates[0] + r * b.gate_stride, d);
      sum = sum + d;
    }
    add_to(b.dbias[0], sum);
  }
};

}  // namespace carousel::cpu::CAROUSEL_SIMD
