// Sequences as one step after the other, for layers that no recurrent kernel computes.
#pragma once

#include <functional>
#include <vector>

#include <carousel/nn/recurrent/cell.h>
#include <carousel/nn/recurrent/sequence_layer.h>

namespace carousel::nn::detail {

struct StepLoopOptions {
  Tensor mask;  // (batch, time) or undefined
  bool go_backwards, zero_output_for_mask, return_sequences;
};
// A step from what it takes of the input and the states before it.
using StepFunction = std::function<CellStep(const Tensor& x, const std::vector<Tensor>& states)>;

// Calls step(steps[t], states) for every t, in the order of processing. Where a row doesn't count,
// it keeps its states and repeats its output, 0 before the first. Outputs and states (batch, ...);
// the output is (batch, time, ...) with return_sequences.
SequenceResult run_steps(const std::vector<Tensor>& steps, std::vector<Tensor> states,
                         const StepLoopOptions& options, const StepFunction& step);

}  // namespace carousel::nn::detail
