// An LSTM's step without its products.
#pragma once

#include <carousel/tensor/recurrent.h>
#include <carousel/tensor/tensor.h>

namespace carousel {

struct LSTMGates {
  Tensor h, c;
};

// For layers whose products are others than the LSTM's: sums (..., 4 units), gates i f g o side by
// side, and c (..., units) before the step, to h and c after it. One node; of `spec` the
// activations and `exact` count. On a device without recurrent kernels the composed twin.
// ShapeError, DTypeError, DeviceError.
LSTMGates lstm_gates(const Tensor& sums, const Tensor& c, const RecurrentSpec& spec = {});
// The same from primitive operations.
LSTMGates lstm_gates_composed(const Tensor& sums, const Tensor& c, const RecurrentSpec& spec = {});

}  // namespace carousel
