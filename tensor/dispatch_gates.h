// Front end of an LSTM's step without its products. The operation has checked the arguments, and
// that the device has the kernels: the recurrent ones, called without weights. Then x holds sums
// (rows, 1, 4 units) instead of what is multiplied to such, and all is dense. Of the rest there are
// initial_c, h_n and c_n, their gradients, and for backward the gates' values, like the sums, and
// c_n as cells; gradients, and gates in forward, may be absent.
#pragma once

#include <carousel/tensor/recurrent.h>
#include <carousel/tensor/tensor.h>

namespace carousel::detail {

struct GatesState {
  Tensor h, c, gates;
};
// Sums (..., 4 units) and c (..., units) before the step to h and c after it; and, if `save`, to
// the values of the gates (..., 4 units).
GatesState run_lstm_gates(const RecurrentSpec& spec, const Tensor& sums, const Tensor& c,
                          bool save);

struct GatesGradients {
  Tensor sums, c;
};
// Of h and c after the step the gradients, either undefined for 0, to those of sums and of c before
// it, where needed.
GatesGradients run_lstm_gates_grad(const RecurrentSpec& spec, const GatesState& after,
                                   const Tensor& c_before, const Tensor& dh, const Tensor& dc,
                                   bool needs_sums, bool needs_c);

}  // namespace carousel::detail
