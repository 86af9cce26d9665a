// A recurrent layer from any cell.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <carousel/nn/layer.h>
#include <carousel/nn/recurrent/cell.h>
#include <carousel/nn/recurrent/sequence_layer.h>

namespace carousel::nn {

struct RNNOptions {
  bool return_sequences = false;
  bool return_state = false;  // called with Values, it gives the last states behind the output
  bool go_backwards = false;
  bool stateful = false;  // the states after a batch are the next batch's initial ones
  bool unroll = false;    // no effect: the cell decides
  bool zero_output_for_mask = false;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (time, features)
};

void fields(Fields& f, RNNOptions& o);

using RNNRunOptions = SequenceRunOptions;
using RNNResult = SequenceResult;

// Steps of a cell over (batch, time, features). A step that doesn't count keeps states and output.
// LSTMCell, GRUCell and SimpleRNNCell, stacked or not, are one operation each for the sequence.
class RNN : public Layer<RNNOptions, SequenceLayer> {
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
  RNNResult run_states(const Value& x, const RNNRunOptions& options) override {
    return run(x, options);
  }
  void reset_states() override { states_.assign(states_.size(), {}); }
  // With another cell of the same configuration: GraphError for a class that is not registered.
  std::unique_ptr<SequenceLayer> reversed() const override;
  std::size_t state_count() const override { return cell_->state_sizes().size(); }
  bool return_sequences() const override { return options_.return_sequences; }
  bool return_state() const override { return options_.return_state; }
  bool go_backwards() const override { return options_.go_backwards; }

  void visit(Visitor& visitor) override;
  std::string type_name() const override { return "RNN"; }
  // GraphError for a cell of a class that is not registered (nn/make_layer.h).
  std::string config() const override;
  static std::unique_ptr<Module> from_config(std::string_view config);
  Cell& cell() { return *cell_; }

 private:
  RNNResult compute(const Value& x, const RNNRunOptions& options);
  // Undefined where they are 0.
  std::vector<Tensor> initial_states(const Tensor& x, const RNNRunOptions& options) const;

  std::unique_ptr<Cell> cell_;
  std::vector<Tensor> states_;  // of a stateful layer
};

}  // namespace carousel::nn
