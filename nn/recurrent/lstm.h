// The LSTM layer.
#pragma once

#include <string>
#include <vector>

#include <carousel/autograd/ops/recurrent.h>
#include <carousel/nn/activations.h>
#include <carousel/nn/fields.h>
#include <carousel/nn/init.h>
#include <carousel/nn/module.h>

namespace carousel::nn {

struct LSTMOptions {
  std::int64_t units = 0;
  // Those of carousel::Activation; ValueError for others.
  ActivationFunction activation = "tanh";
  ActivationFunction recurrent_activation = "sigmoid";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  bool unit_forget_bias = true;  // the forget gate's bias begins at 1
  bool return_sequences = false;
  bool go_backwards = false;
  bool stateful = false;  // the state after a batch is the next batch's initial one
  bool unroll = false;    // no effect: a sequence is one operation in any case
  bool zero_output_for_mask = false;
  // f32: accurate tanh and sigmoid, instead of fast ones within 3e-7.
  bool exact = false;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (time, features)
};

struct LSTMState {
  Tensor h, c;  // (batch, units); zeros if undefined
};

struct LSTMRunOptions {
  Tensor mask = {};     // (batch, time), bool: true where the step counts
  Tensor lengths = {};  // (batch,), integers in [0, time]: later steps don't count
  LSTMState initial_state = {};
};

void fields(Fields& f, LSTMOptions& o);

// Hochreiter and Schmidhuber, 1997, as Keras has it: (batch, time, features) to (batch, units), or
// (batch, time, units) with return_sequences. An input's mask is used, and handed on with
// sequences. Gates in the order i f g o.
class LSTM : public Module {
 public:
  using Options = LSTMOptions;
  // ValueError if units < 1, or for an activation that recurrent kernels lack.
  explicit LSTM(LSTMOptions options);

  Value forward(const Value& x) override;
  // With states in and out. ShapeError, ValueError (a length outside [0, time]).
  LSTMResult run(const Value& x, const LSTMRunOptions& options = {});
  // One step of a stream: x (batch, features). The output is the new state's h. The steps' states
  // are those of one call on the whole sequence, to the bit.
  LSTMState step(const Tensor& x, const LSTMState& state = {});
  // Of a stateful layer: the next batch begins at zero.
  void reset_states() { state_ = {}; }
  const LSTMState& states() const { return state_; }

  void visit(Visitor& visitor) override;
  std::string type_name() const override { return "LSTM"; }
  std::string config() const override;
  const LSTMOptions& options() const { return options_; }

  const Tensor& kernel() const { return kernel_; }                      // (features, 4 units)
  const Tensor& recurrent_kernel() const { return recurrent_kernel_; }  // (units, 4 units)
  const Tensor& bias() const { return bias_; }                          // (4 units,) or undefined

 protected:
  void make_parameters(const Values& inputs) override;
  std::vector<std::int64_t> promised_input_shape() const override { return options_.input_shape; }

 private:
  LSTMResult run_sequence(const Value& x, const LSTMRunOptions& options);
  LSTMResult compute(const Tensor& x, const RecurrentOptions& options) const;
  RecurrentOptions options_for(const Value& x, const LSTMRunOptions& options) const;
  void check_input(const Tensor& x, std::int64_t features) const;

  LSTMOptions options_;
  RecurrentSpec spec_;
  Tensor kernel_, recurrent_kernel_, bias_;
  LSTMState state_;
};

}  // namespace carousel::nn
