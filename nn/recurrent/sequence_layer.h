// What layers over a sequence have in common, whatever they compute a step with.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <carousel/nn/module.h>

namespace carousel::nn {

struct SequenceRunOptions {
  Tensor mask = {};     // (batch, time), bool: true where the step counts
  Tensor lengths = {};  // (batch,), integers in [0, time]: later steps don't count
  std::vector<Tensor> initial_states = {};  // all of them or none; zeros where undefined
};

struct SequenceResult {
  Tensor output;
  std::vector<Tensor> states;  // after the last step
};

// (batch, time, features) and states to an output and the states after it. LSTM, GRU, SimpleRNN and
// RNN are such layers; Bidirectional takes any.
class SequenceLayer : public Module {
 public:
  // ShapeError, ValueError (a length outside [0, time], another number of states).
  virtual SequenceResult run_states(const Value& x, const SequenceRunOptions& options) = 0;
  // An unbuilt layer with the same options that goes through time the other way.
  virtual std::unique_ptr<SequenceLayer> reversed() const = 0;
  // Of a stateful layer: the next batch begins at zero.
  virtual void reset_states() = 0;
  virtual std::size_t state_count() const = 0;
  virtual bool return_sequences() const = 0;
  virtual bool return_state() const = 0;
  virtual bool go_backwards() const = 0;
};

}  // namespace carousel::nn
