// Recurrent layers over whole sequences, as one operation each.
#pragma once

#include <carousel/tensor/recurrent.h>
#include <carousel/tensor/tensor.h>

namespace carousel {

struct RecurrentOptions {
  RecurrentSpec spec = {};
  // The outputs of all steps, (B, T, H); else the last one's, (B, H).
  bool return_sequences = true;
  // (B, T) bool, true where a step counts; masked steps keep the state and repeat the output.
  Tensor mask = {};
  // (B, H); zeros if undefined.
  Tensor initial_h = {}, initial_c = {};
};

struct LSTMResult {
  Tensor output;
  Tensor h, c;  // after the last step, (B, H)
};

// x (B, T, I), kernel (I, 4H), recurrent_kernel (H, 4H), bias (4H) or undefined, with Keras' order
// of gates i f g o; f32 or f64. One node, whatever T; on a device without recurrent kernels the
// composed twin. ShapeError, DTypeError, DeviceError.
LSTMResult lstm(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                const Tensor& bias, const RecurrentOptions& options = {});

// The same function from primitive operations, step by step: what lstm() is tested against, and how
// its gradient is differentiated again. Its activations are the accurate ones.
LSTMResult lstm_composed(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                         const Tensor& bias, const RecurrentOptions& options = {});

}  // namespace carousel
