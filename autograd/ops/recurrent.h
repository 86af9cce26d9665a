// Recurrent layers over whole sequences, as one operation each.
#pragma once

#include <carousel/tensor/recurrent.h>
#include <carousel/tensor/tensor.h>

namespace carousel {

// H is the number of units, P that of h: H, or with a projection its columns.
struct RecurrentOptions {
  RecurrentSpec spec = {};
  // The outputs of all steps, (B, T, P); else the last one's, (B, P).
  bool return_sequences = true;
  // (B, T) bool, true where a step counts; masked steps keep the state and repeat the output.
  Tensor mask = {};
  // (B, P), or (3, B, P) for the gates of a GRU: multiplies what the recurrent kernel is multiplied
  // with, at all steps (dropout). No gradient goes into it.
  Tensor recurrent_mask = {};
  // (B, P) and (B, H); zeros if undefined. c is the LSTM's only.
  Tensor initial_h = {}, initial_c = {};
  // (H, P), LSTM only: h is o activation(c) times this (Sak et al., 2014); recurrent_kernel is
  // (P, 4H).
  Tensor projection = {};
};

struct RecurrentResult {
  Tensor output;
  Tensor h, c;  // after the last step, (B, P) and (B, H); c is the LSTM's only
};
using LSTMResult = RecurrentResult;

// The cell of options.spec over a sequence: x (B, T, I), kernel (I, nH), recurrent_kernel (H, nH),
// bias or undefined, as tensor/recurrent.h says; f32 or f64. One node, whatever T; on a device
// without recurrent kernels the composed twin. ShapeError, DTypeError, DeviceError; ValueError for
// a state that the cell lacks.
RecurrentResult recurrent(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                          const Tensor& bias, const RecurrentOptions& options);

// The same function from primitive operations, step by step: what recurrent() is tested against,
// and how its gradient is differentiated again. Its activations are the accurate ones.
RecurrentResult recurrent_composed(const Tensor& x, const Tensor& kernel,
                                   const Tensor& recurrent_kernel, const Tensor& bias,
                                   const RecurrentOptions& options);

// The cells by name, whatever options.spec.cell says.
LSTMResult lstm(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                const Tensor& bias, const RecurrentOptions& options = {});
LSTMResult lstm_composed(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                         const Tensor& bias, const RecurrentOptions& options = {});
RecurrentResult gru(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                    const Tensor& bias, const RecurrentOptions& options = {});
RecurrentResult gru_composed(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                             const Tensor& bias, const RecurrentOptions& options = {});
RecurrentResult simple_rnn(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                           const Tensor& bias, const RecurrentOptions& options = {});
RecurrentResult simple_rnn_composed(const Tensor& x, const Tensor& kernel,
                                    const Tensor& recurrent_kernel, const Tensor& bias,
                                    const RecurrentOptions& options = {});

}  // namespace carousel
