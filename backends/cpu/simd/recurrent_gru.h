// The pointwise functions of the GRU, with the reset gate after or before the product of its n.
#pragma once

#include <carousel/backends/cpu/simd/recurrent_lstm.h>

namespace carousel::cpu::CAROUSEL_SIMD {

// Gates n_x, z, r, n_h.
struct GruResetAfter {
  template <class T, class Act, class Gate>
  static void forward(const CellBlock<T>& b) {
    const Act act(b.spec->activation);
    const Gate gate(b.spec->recurrent_activation);
    const auto real = real_lanes<T>(b.units);
    const Vec<T> zero(T(0)), one(T(1));
    for (std::int64_t i = 0; i < b.rows; ++i) {
      const std::int64_t at = i * b.gate_stride, state = b.row(i) * b.state_stride;
      const Vec<T> before = load(b.h_before + state);
      const Vec<T> z = gate.value(load(b.gates[1] + at)), r = gate.value(load(b.gates[2] + at));
      const Vec<T> n = act.value(fma(r, load(b.gates[3] + at), load(b.gates[0] + at)));
      store(b.gates[0] + at, n);
      store(b.gates[1] + at, z);
      store(b.gates[2] + at, r);
      store(b.h + state, xsimd::select(real, fma(z, before, (one - z) * n), zero));
    }
  }

  template <class T, class Act, class Gate>
  static void backward(const CellGradientBlock<T>& b) {
    const Act act(b.spec->activation);
    const Gate gate(b.spec->recurrent_activation);
    const Vec<T> zero(T(0)), one(T(1));
    Vec<T> sum_x = zero, sum_z = zero, sum_r = zero, sum_h = zero;
    for (std::int64_t i = 0; i < b.rows; ++i) {
      const std::int64_t at = i * b.gate_stride, row = b.row(i);
      const Vec<T> n = load(b.gates[0] + at), z = load(b.gates[1] + at);
      const Vec<T> r = load(b.gates[2] + at), n_h = load(b.gates[3] + at);
      const Vec<T> dh = load(b.d + row * b.d_stride);
      const Vec<T> dz = dh * (load(b.h_before + row * b.state_stride) - n) * gate.slope(z);
      const Vec<T> dn = dh * (one - z) * act.slope(n);
      const Vec<T> dr = dn * n_h * gate.slope(r), dn_h = dn * r;
      store(b.dgates[0] + at, dn);
      store(b.dgates[1] + at, dz);
      store(b.dgates[2] + at, dr);
      store(b.dgates[3] + at, dn_h);
      add_to(b.dh_before + row * b.d_stride, dh * z);
      sum_x = sum_x + dn;
      sum_z = sum_z + dz;
      sum_r = sum_r + dr;
      sum_h = sum_h + dn_h;
    }
    add_to(b.dbias[0], sum_x);
    add_to(b.dbias[1], sum_z);
    add_to(b.dbias[2], sum_r);
    add_to(b.dbias[3], sum_h);
  }
};

// Gates z, r, n: first z, r and scratch = r h.
struct GruReset {
  template <class T, class Act, class Gate>
  static void forward(const CellBlock<T>& b) {
    const Gate gate(b.spec->recurrent_activation);
    for (std::int64_t i = 0; i < b.rows; ++i) {
      const std::int64_t at = i * b.gate_stride;
      const Vec<T> r = gate.value(load(b.gates[1] + at));
      store(b.gates[0] + at, gate.value(load(b.gates[0] + at)));
      store(b.gates[1] + at, r);
      store(b.scratch + i * b.state_stride, r * load(b.h_before + b.row(i) * b.state_stride));
    }
  }

  template <class T, class Act, class Gate>
  static void backward(const CellGradientBlock<T>& b) {
    const Gate gate(b.spec->recurrent_activation);
    Vec<T> sum(T(0));
    for (std::int64_t i = 0; i < b.rows; ++i) {
      const std::int64_t row = b.row(i);
      const Vec<T> r = load(b.gates[1] + i * b.gate_stride);
      const Vec<T> ds = load(b.d + row * b.d_stride);
      const Vec<T> dr = ds * load(b.h_before + row * b.state_stride) * gate.slope(r);
      store(b.dgates[1] + i * b.gate_stride, dr);
      add_to(b.dh_before + row * b.d_stride, ds * r);
      sum = sum + dr;
    }
    add_to(b.dbias[1], sum);
  }
};

// Then n, and the new state.
struct GruUpdate {
  template <class T, class Act, class Gate>
  static void forward(const CellBlock<T>& b) {
    const Act act(b.spec->activation);
    const auto real = real_lanes<T>(b.units);
    const Vec<T> zero(T(0)), one(T(1));
    for (std::int64_t i = 0; i < b.rows; ++i) {
      const std::int64_t at = i * b.gate_stride, state = b.row(i) * b.state_stride;
      const Vec<T> before = load(b.h_before + state);
      const Vec<T> z = load(b.gates[0] + at), n = act.value(load(b.gates[2] + at));
      store(b.gates[2] + at, n);
      store(b.h + state, xsimd::select(real, fma(z, before, (one - z) * n), zero));
    }
  }

  template <class T, class Act, class Gate>
  static void backward(const CellGradientBlock<T>& b) {
    const Act act(b.spec->activation);
    const Gate gate(b.spec->recurrent_activation);
    const Vec<T> zero(T(0)), one(T(1));
    Vec<T> sum_z = zero, sum_n = zero;
    for (std::int64_t i = 0; i < b.rows; ++i) {
      const std::int64_t at = i * b.gate_stride, row = b.row(i);
      const Vec<T> z = load(b.gates[0] + at), n = load(b.gates[2] + at);
      const Vec<T> dh = load(b.d + row * b.d_stride);
      const Vec<T> dz = dh * (load(b.h_before + row * b.state_stride) - n) * gate.slope(z);
      const Vec<T> dn = dh * (one - z) * act.slope(n);
      store(b.dgates[0] + at, dz);
      store(b.dgates[2] + at, dn);
      add_to(b.dh_before + row * b.d_stride, dh * z);
      sum_z = sum_z + dz;
      sum_n = sum_n + dn;
    }
    add_to(b.dbias[0], sum_z);
    add_to(b.dbias[2], sum_n);
  }
};

}  // namespace carousel::cpu::CAROUSEL_SIMD
