// What recurrent layers share: sequences, masks, lengths, states.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <carousel/autograd/ops/recurrent.h>
#include <carousel/nn/activations.h>
#include <carousel/nn/init.h>
#include <carousel/nn/layer.h>

namespace carousel::nn {

struct RecurrentState {
  Tensor h, c;  // (batch, units); zeros if undefined. c is the LSTM's only
};

struct RecurrentRunOptions {
  Tensor mask = {};     // (batch, time), bool: true where the step counts
  Tensor lengths = {};  // (batch,), integers in [0, time]: later steps don't count
  RecurrentState initial_state = {};
};

// (batch, time, features) to (batch, units), or (batch, time, units) with return_sequences. An
// input's mask is used, and handed on with sequences.
class RecurrentLayer : public Module {
 public:
  Value forward(const Value& x) override;
  // {x, initial states...} to {output}, with return_state {output, h, c of cells that have it}.
  Values forward_many(const Values& inputs) override;
  // With states in and out. ShapeError, ValueError (a length outside [0, time]).
  RecurrentResult run(const Value& x, const RecurrentRunOptions& options = {});
  // One step of a stream: x (batch, features). The output is the new state's h. The steps' states
  // are those of one call on the whole sequence, to the bit.
  RecurrentState step(const Tensor& x, const RecurrentState& state = {});
  // Of a stateful layer: the next batch begins at zero.
  void reset_states() { state_ = {}; }
  // An unbuilt layer with the same options that goes through time the other way.
  virtual std::unique_ptr<RecurrentLayer> reversed() const = 0;
  const RecurrentState& states() const { return state_; }
  bool return_sequences() const { return settings_.return_sequences; }
  bool return_state() const { return settings_.return_state; }
  bool go_backwards() const { return settings_.spec.go_backwards; }
  bool has_cell_state() const;
  std::int64_t units() const { return settings_.units; }

  void visit(Visitor& visitor) override;

  // With n gates a unit: (features, n units), (units, n units), and the bias or undefined.
  const Tensor& kernel() const { return kernel_; }
  const Tensor& recurrent_kernel() const { return recurrent_kernel_; }
  const Tensor& bias() const { return bias_; }

 protected:
  // What the options of all say.
  struct Settings {
    RecurrentSpec spec;
    std::int64_t units = 0;
    bool use_bias = true, return_sequences = false, return_state = false, stateful = false;
    double dropout = 0, recurrent_dropout = 0;
    std::optional<std::uint64_t> seed;
    Initializer kernel_initializer = "zeros", recurrent_initializer = "zeros";
    DrawFunction bias_initializer;
    Regularizer kernel_regularizer, recurrent_regularizer, bias_regularizer;
    Constraint kernel_constraint, recurrent_constraint, bias_constraint;
  };

  // From options, by the names that those of all layers share; the layer may change some before
  // it builds. ValueError if units < 1, or for an activation that recurrent kernels lack.
  template <class Options>
  Settings& configure(CellKind cell, const Options& options);
  template <class L>
  static std::unique_ptr<RecurrentLayer> reversed_copy(typename L::Options options) {
    options.go_backwards = !options.go_backwards;
    return std::make_unique<L>(std::move(options));
  }

  void make_parameters(const Values& inputs) override;

 private:
  const char* op() const { return to_string(settings_.spec.cell); }
  void check_settings() const;
  RecurrentResult run_sequence(const Value& x, const RecurrentRunOptions& options);
  RecurrentResult compute(const Tensor& x, const RecurrentOptions& options) const;
  bool drops() const { return settings_.dropout > 0 || settings_.recurrent_dropout > 0; }
  Tensor dropout_mask(const Shape& shape, double rate, const Tensor& like);
  RecurrentOptions options_for(const Value& x, const RecurrentRunOptions& options) const;
  void check_input(const Tensor& x, std::int64_t features) const;

  Settings settings_;
  Tensor kernel_, recurrent_kernel_, bias_;
  RecurrentState state_;
  Tensor random_state_;  // where something is dropped
};

template <class Options>
RecurrentLayer::Settings& RecurrentLayer::configure(CellKind cell, const Options& o) {
  settings_ = {{.cell = cell},
               o.units,
               o.use_bias,
               o.return_sequences,
               o.return_state,
               o.stateful,
               o.dropout,
               o.recurrent_dropout,
               o.seed,
               o.kernel_initializer,
               o.recurrent_initializer,
               DrawFunction(o.bias_initializer),
               o.kernel_regularizer,
               o.recurrent_regularizer,
               o.bias_regularizer,
               o.kernel_constraint,
               o.recurrent_constraint,
               o.bias_constraint};
  RecurrentSpec& spec = settings_.spec;
  spec.activation = o.activation.recurrent(op());
  if constexpr (requires { o.recurrent_activation; })
    spec.recurrent_activation = o.recurrent_activation.recurrent(op());
  spec.go_backwards = o.go_backwards;
  spec.zero_output_for_mask = o.zero_output_for_mask;
  spec.exact = o.exact;
  check_settings();
  return settings_;
}

namespace detail {

// The fields that the options of all recurrent layers have.
template <class Options>
void recurrent_fields(Fields& f, Options& o) {
  f("units", o.units), f("activation", o.activation);
  if constexpr (requires { o.recurrent_activation; })
    f("recurrent_activation", o.recurrent_activation);
  f("use_bias", o.use_bias), f("kernel_initializer", o.kernel_initializer);
  f("recurrent_initializer", o.recurrent_initializer);
  f("bias_initializer", o.bias_initializer), f("kernel_regularizer", o.kernel_regularizer);
  f("recurrent_regularizer", o.recurrent_regularizer);
  f("bias_regularizer", o.bias_regularizer);
  f("activity_regularizer", o.activity_regularizer), f("kernel_constraint", o.kernel_constraint);
  f("recurrent_constraint", o.recurrent_constraint), f("bias_constraint", o.bias_constraint);
  f("dropout", o.dropout), f("recurrent_dropout", o.recurrent_dropout), f("seed", o.seed);
  f("return_sequences", o.return_sequences), f("return_state", o.return_state);
  f("go_backwards", o.go_backwards);
  f("stateful", o.stateful), f("unroll", o.unroll);
  f("zero_output_for_mask", o.zero_output_for_mask), f("exact", o.exact);
}

}  // namespace detail
}  // namespace carousel::nn
