// An LSTM's step without its products: what recurrent kernels do where weights are absent
// (tensor/dispatch_gates.h).
#pragma once

#include <cstdint>

#include <carousel/tensor/recurrent.h>

namespace carousel::cpu {

// Dense sums (rows, 4 units), c_before to h and c, all (rows, units); and to the gates' values for
// backward, like the sums, or null.
template <class T>
struct Gates {
  RecurrentSpec spec;
  std::int64_t rows, units;
  const T *sums, *c_before;
  T *h, *c, *gates;
};
// The gradients of h and c, either of them null for 0, to those of sums and c_before, either of
// them null if it is not wanted.
template <class T>
struct GatesGradient {
  RecurrentSpec spec;
  std::int64_t rows, units;
  const T *gates, *c_before, *c, *dh, *dc;
  T *dsums, *dc_before;
};

template <class T>
void gates_forward(const Gates<T>& args);
template <class T>
void gates_backward(const GatesGradient<T>& args);

extern template void gates_forward(const Gates<float>&);
extern template void gates_forward(const Gates<double>&);
extern template void gates_backward(const GatesGradient<float>&);
extern template void gates_backward(const GatesGradient<double>&);

}  // namespace carousel::cpu
