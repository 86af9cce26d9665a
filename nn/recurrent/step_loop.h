// Sequences as one step after the other, for layers that no recurrent kernel computes.
#pragma once

#include <functional>
#include <vector>

#include <carousel/nn/recurrent/cell.h>

namespace carousel::nn::detail {

// A step from what it takes of the input and the states before it.
using StepFunction = std::function<CellStep(const Tensor& x, const std::vector<Tensor>& states)>;

// Calls step(steps[t], states) for every t, in the order of processing. Outputs and states (batch,
// ...); the output is (batch, time, ...) with return_sequences.
SequenceResult run_steps(const std::vector<Tensor>& steps, std::vector<Tensor> states,
                         const CellSequenceOptions& options, const StepFunction& step);

// A cell over (batch, time, features): all at once if it has that, else step by step. States are
// (batch, size), or undefined for 0.
SequenceResult run_cell(Cell& cell, const Tensor& x, std::vector<Tensor> states,
                        const CellSequenceOptions& options);

}  // namespace carousel::nn::detail
