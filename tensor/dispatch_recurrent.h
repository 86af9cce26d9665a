// Front end of the recurrent kernels. No gradients here; autograd/ops/recurrent.h has the
// operation.
#pragma once

#include <carousel/tensor/recurrent.h>
#include <carousel/tensor/tensor.h>

namespace carousel::detail {

// Undefined where absent; shapes as in RecurrentForwardArgs. The recurrent mask of a cell of three
// gates may be (3, B, H), one for each: kernels get it with the distance of gates in strides[0].
struct RecurrentInputs {
  Tensor x, kernel, recurrent_kernel, bias, mask, recurrent_mask, initial_h, initial_c;
  // (units, projected): h is (B, projected), and the recurrent kernel has as many rows.
  Tensor projection = {};
};

struct RecurrentOutputs {
  // (B, T, P), or (B, P) without `sequences`; a view of `states` where it can be.
  Tensor output;
  Tensor h, c;                           // (B, P), (B, H); c of cells that have it
  Tensor gates, cells, states, scratch;  // for backward, if `save`, what the cell has
};

struct RecurrentGradients {
  Tensor x, kernel, recurrent_kernel, bias, initial_h, initial_c, projection;
};

// One bit each, in the order of RecurrentGradients.
enum RecurrentNeeds : unsigned {
  kNeedsX = 1,
  kNeedsKernel = 2,
  kNeedsRecurrentKernel = 4,
  kNeedsBias = 8,
  kNeedsInitialH = 16,
  kNeedsInitialC = 32,
  kNeedsProjection = 64
};

// ShapeError, DTypeError or DeviceError naming the cell, before anything is allocated.
void check_recurrent(const RecurrentSpec& spec, const RecurrentInputs& in);

RecurrentOutputs run_recurrent_forward(const RecurrentSpec& spec, const RecurrentInputs& in,
                                       bool sequences, bool save);

// dy is (B, T, P); dy, dh and dc may be undefined. consume_gates: the gates may be overwritten.
RecurrentGradients run_recurrent_backward(const RecurrentSpec& spec, const RecurrentInputs& in,
                                          const RecurrentOutputs& saved, bool consume_gates,
                                          const Tensor& dy, const Tensor& dh, const Tensor& dc,
                                          unsigned needs);

}  // namespace carousel::detail
