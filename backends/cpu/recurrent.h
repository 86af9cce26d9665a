// A whole sequence of a recurrent layer, forward and backward, on typed host memory.
//
// The team splits the hidden units: a member owns whole panels of units, their gates, and their
// states, from the first step to the last. A step walks the cell's phases
// (tensor/recurrent_cell.h): the product with U on top of the gates, the pointwise function over
// each block while it is hot, then a barrier. Where h is projected, a member owns columns of it,
// too, which are not those of its units. Everything that isn't sequential is one large product
// over all steps: x W before, dx, dW, dU after. Sums: bias, blocks of x W, then blocks of h U, each
// block of kGemmBlockK one chain.
#pragma once

#include <cstdint>

#include <carousel/tensor/recurrent.h>

namespace carousel::cpu {

// (batch, units) factors of what the recurrent kernel multiplies: one for all gates, or one each.
template <class T>
struct RecurrentMask {
  const T* data = nullptr;
  std::int64_t gate = 0;  // from one gate's mask to the next one's; 0: one for all

  explicit operator bool() const { return data != nullptr; }
  bool by_gate() const { return gate > 0; }
  const T* of(int kernel_gate) const { return data ? data + kernel_gate * gate : nullptr; }
};

// Rows of (batch, time, ...) data; the last axis is dense.
template <class T>
struct Sequence {
  T* data = nullptr;
  std::int64_t batch = 0, time = 0;  // strides
};

// As RecurrentForwardArgs: null where absent.
template <class T>
struct RecurrentForward {
  RecurrentSpec spec;
  RecurrentSizes sizes;
  Sequence<const T> x;
  const T *kernel, *recurrent_kernel, *bias;
  Sequence<const bool> mask;
  RecurrentMask<T> recurrent_mask;
  const T *initial_h, *initial_c;
  const T* projection;
  Sequence<T> y;
  T *h_n, *c_n;
  T *gates, *cells, *states, *scratch;
  // Where packed weights may be published, and found.
  carousel::detail::Storage *kernel_storage = nullptr, *recurrent_kernel_storage = nullptr,
                            *projection_storage = nullptr;
};

// As RecurrentBackwardArgs. With `dgates` == `gates` they are consumed; with null the gradient of
// the gates goes to memory of its own.
template <class T>
struct RecurrentBackward {
  RecurrentSpec spec;
  RecurrentSizes sizes;
  Sequence<const T> x;
  const T *kernel, *recurrent_kernel;
  Sequence<const bool> mask;
  RecurrentMask<T> recurrent_mask;
  const T *initial_h, *initial_c;
  const T* projection;
  const T *gates, *cells, *states, *scratch;
  T* dgates;
  Sequence<const T> dy;
  const T *dh_n, *dc_n;
  Sequence<T> dx;
  T *dkernel, *drecurrent_kernel, *dbias, *dinitial_h, *dinitial_c, *dprojection;
};

template <class T>
void recurrent_forward(const RecurrentForward<T>& args);
template <class T>
void recurrent_backward(const RecurrentBackward<T>& args);

extern template void recurrent_forward(const RecurrentForward<float>&);
extern template void recurrent_forward(const RecurrentForward<double>&);
extern template void recurrent_backward(const RecurrentBackward<float>&);
extern template void recurrent_backward(const RecurrentBackward<double>&);

}  // namespace carousel::cpu
