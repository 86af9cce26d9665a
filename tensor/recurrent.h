// What a recurrent layer computes, and what its kernels take: a whole sequence in one call.
#pragma once

#include <cstdint>
#include <string_view>

#include <carousel/tensor/dtype.h>
#include <carousel/tensor/kernels.h>

namespace carousel {

enum class CellKind : std::uint8_t { lstm, gru, simple_rnn };
const char* to_string(CellKind cell);

// Those whose derivative follows from their value, so that only values need saving. hard_sigmoid
// is Keras 3's: clip(x / 6 + 1/2, 0, 1).
enum class Activation : std::uint8_t {
  linear,
  tanh,
  sigmoid,
  relu,
  hard_sigmoid,
  softsign,
  softplus,
  elu,
  selu,
  exponential
};

const char* to_string(Activation activation);
// ValueError naming `op` for a name that is none of them.
Activation activation_from(std::string_view name, const char* op);

// Cells as Keras has them, weights in its order of gates.
// LSTM (Hochreiter and Schmidhuber, 1997; with forget gates: Gers et al., 2000), gates i f g o:
//   i, f, o = recurrent_activation(x W + h U + b),  g = activation(x W + h U + b)
//   c' = f c + i g,  h' = o activation(c')            W (I, 4H), U (H, 4H), b (4H)
//   projected (Sak et al., 2014): h' = (o activation(c')) V       V (H, P), U (P, 4H)
// GRU (Cho et al., 2014), gates z r n:
//   z, r = recurrent_activation(x W + h U + b),  h' = z h + (1 - z) n
//   n = activation(x W + b + r (h U + b'))            reset_after: b (2, 3H), x's and h's
//   n = activation(x W + (r h) U + b)                 else: b (3H)
// Simple RNN (Elman, 1990): h' = activation(x W + h U + b)
struct RecurrentSpec {
  CellKind cell = CellKind::lstm;
  Activation activation = Activation::tanh;
  Activation recurrent_activation = Activation::sigmoid;
  // The last time step first; outputs are in the order of processing.
  bool go_backwards = false;
  // Outputs of masked steps are 0, instead of the output before (0 if there was none).
  bool zero_output_for_mask = false;
  // f32: tanh and sigmoid within 2 ulp, instead of absolute errors of 3e-7. CAROUSEL_EXACT=1 sets
  // it for all. f64 always is exact.
  bool exact = false;
  // GRU: the reset gate applies to the product h U, not to h.
  bool reset_after = true;
};

// Numbers of each kind.
struct RecurrentSizes {
  std::int64_t batch, time, input, units;
  std::int64_t state;  // of h: units, or what they are projected to
};

// Rows of the saved states and scratch, in elements: units rounded up to 16, and padded where rows
// would fall into the same cache sets.
constexpr std::int64_t recurrent_padded_units(std::int64_t units) { return (units + 15) / 16 * 16; }
constexpr std::int64_t recurrent_state_stride(std::int64_t units) {
  const std::int64_t padded = recurrent_padded_units(units);
  return padded % 256 == 0 ? padded + 16 : padded;
}

// Whether y can be a view of the saved states: not if a masked step's output may differ from its
// state.
constexpr bool recurrent_output_is_state(const RecurrentSpec& spec, bool masked, bool initial_h) {
  return !masked || (!spec.zero_output_for_mask && !initial_h);
}

// Operands without storage are absent, as c is for cells without it. x (B, T, I) has dense rows;
// weights, bias and initial states are dense; mask (B, T) is bool, true where the step counts;
// masked steps keep h and c. recurrent_mask (B, P), dense, multiplies what U is multiplied with. P
// is the size of h: that of `projection` (H, P), dense, or H where there is none.
struct RecurrentForwardArgs {
  RecurrentSpec spec;
  DType dtype;
  RecurrentSizes sizes;
  Operand x, kernel, recurrent_kernel, bias, mask, recurrent_mask, initial_h, initial_c, projection;
  Operand y;         // (B, T, P) with dense rows, or absent
  Operand h_n, c_n;  // (B, P) and (B, H) dense, or absent
  // For backward, time-major and dense, all that the cell has or none: gates (T, B, gate stride),
  // cells and scratch (T, B, state stride), states likewise with the stride of P.
  Operand gates, cells, states, scratch;
};

// dy (B, T, P) has dense rows, dh_n (B, P) and dc_n (B, H) are dense; each may be absent, and so
// may each gradient that isn't wanted. Gradients are overwritten.
struct RecurrentBackwardArgs {
  RecurrentSpec spec;
  DType dtype;
  RecurrentSizes sizes;
  Operand x, kernel, recurrent_kernel, mask, recurrent_mask, initial_h, initial_c, projection;
  Operand gates, cells, states, scratch;
  bool consume_gates;  // the gates may be overwritten
  Operand dy, dh_n, dc_n;
  Operand dx, dkernel, drecurrent_kernel, dbias, dinitial_h, dinitial_c, dprojection;
};

}  // namespace carousel
