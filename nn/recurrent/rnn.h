// A recurrent layer from any cell.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <carousel/nn/recurrent/cell.h>

namespace carousel::nn {

struct RNNOptions {
  bool return_sequences = false;
  bool return_state = false;  // called with Values, it gives the last states behind the output
  bool go_backwards = false;
  bool stateful = false;  // the states after a batch are the next batch's initial ones
  bool unroll = false;    // no effect: steps are always operations one after the other
  bool zero_output_for_mask = false;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (time, features)
};

struct RNNRunOptions {
  Tensor mask = {};     // (batch, time), bool: true where the step counts
  Tensor lengths = {};  // (batch,), integers in [0, time]: later steps don't count
  std::vector<Tensor> initial_states = {};  // as the cell's; zeros if empty
};

struct RNNResult {
  Tensor output;
  std::vector<Tensor> states;  // after the last step
};

// Steps of a cell over (batch, time, features). A step that doesn't count keeps states and output.
// LSTM, GRU and SimpleRNN are one operation each and much faster than their cells in here.
class RNN : public Module {
 public:
  explicit RNN(std::unique_ptr<Cell> cell, RNNOptions options = {});
  template <std::derived_from<Cell> C>
  explicit RNN(C cell, RNNOptions options = {})
      : RNN(std::make_unique<C>(std::move(cell)), std::move(options)) {}

  Value forward(const Value& x) override;
  // {x, initial states...} to {output}, with return_state {output, states...}.
  Values forward_many(const Values& inputs) override;
  // ShapeError, ValueError (a length outside [0, time], another number of states).
  RNNResult run(const Value& x, const RNNRunOptions& options = {});
  // Of a stateful layer: the next batch begins at zero.
  void reset_states() { states_.assign(states_.size(), {}); }

  void visit(Visitor& visitor) override;
  const RNNOptions& options() const { return options_; }
  Cell& cell() { return *cell_; }

 protected:
  std::vector<std::int64_t> promised_input_shape() const override { return options_.input_shape; }

 private:
  RNNResult compute(const Value& x, const RNNRunOptions& options);
  Values initial_states(const Tensor& x, const RNNRunOptions& options) const;

  RNNOptions options_;
  std::unique_ptr<Cell> cell_;
  std::vector<Tensor> states_;  // of a stateful layer
};

}  // namespace carousel::nn
