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
#include <carousel/nn/recurrent/sequence_layer.h>

namespace carousel::nn {

// (batch, units), zeros if undefined; c is the LSTM's only. With a projection h is (batch,
// proj_size). Of several layers or directions (layers * directions, batch, ...), in PyTorch's
// order: the first layer forward, backward, the second one.
struct RecurrentState {
  Tensor h, c;
};

struct RecurrentRunOptions {
  Tensor mask = {};     // (batch, time), bool: true where the step counts
  Tensor lengths = {};  // (batch,), integers in [0, time]: later steps don't count
  RecurrentState initial_state = {};
};

// (batch, time, features) to (batch, units), or (batch, time, units) with return_sequences; an
// output of both directions is 2 units wide, a projected one proj_size. An input's mask is used,
// and handed on with sequences.
class RecurrentLayer : public SequenceLayer {
 public:
  Value forward(const Value& x) override;
  // {x, initial states...} to {output}, with return_state {output, h, c of cells that have it}.
  Values forward_many(const Values& inputs) override;
  // With states in and out. ShapeError, ValueError (a length outside [0, time]).
  RecurrentResult run(const Value& x, const RecurrentRunOptions& options = {});
  // One step of a stream: x (batch, features). The output is the new state's h. The steps' states
  // are those of one call on the whole sequence, to the bit. ValueError if bidirectional.
  RecurrentState step(const Tensor& x, const RecurrentState& state = {});
  // All steps of x (batch, time, features) in one operation. What the layer's options say of
  // sequences counts no more than in step(): the given options do, `spec` of them for direction and
  // masked outputs only. In training with dropout if it `may_drop`.
  RecurrentResult steps(const Tensor& x, RecurrentOptions options, bool may_drop);
  // Whether there is any dropout.
  bool drops() const {
    return settings_.dropout > 0 || settings_.recurrent_dropout > 0 ||
           settings_.inter_layer_dropout > 0;
  }
  SequenceResult run_states(const Value& x, const SequenceRunOptions& options) override;
  void reset_states() override { state_ = {}; }
  const RecurrentState& states() const { return state_; }
  bool return_sequences() const override { return settings_.return_sequences; }
  bool return_state() const override { return settings_.return_state; }
  bool go_backwards() const override { return settings_.spec.go_backwards; }
  std::size_t state_count() const override { return has_cell_state() ? 2 : 1; }
  bool has_cell_state() const;
  std::int64_t units() const { return settings_.units; }
  // Of a step's output.
  std::int64_t output_size() const;

  void visit(Visitor& visitor) override;

  // Of the first layer forward, with n gates a unit: (features, n units), (units, n units), and the
  // bias or undefined.
  const Tensor& kernel() const { return weights_[0].kernel; }
  const Tensor& recurrent_kernel() const { return weights_[0].recurrent_kernel; }
  const Tensor& bias() const { return weights_[0].bias; }

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
    std::int64_t num_layers = 1, proj_size = 0;
    bool bidirectional = false, two_biases = false;
    double inter_layer_dropout = 0;
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
  // Of one layer in one direction.
  struct Weights {
    Tensor kernel, recurrent_kernel, bias, projection;
  };

  const char* op() const { return to_string(settings_.spec.cell); }
  void check_settings();
  std::size_t directions() const { return settings_.bidirectional ? 2 : 1; }
  std::int64_t state_size() const {
    return settings_.proj_size > 0 ? settings_.proj_size : settings_.units;
  }
  Weights make_weights(std::int64_t features);
  RecurrentResult run_sequence(const Value& x, const RecurrentRunOptions& options);
  // All layers, with dropout if it is time for it and `may_drop`.
  RecurrentResult compute(const Tensor& x, const RecurrentOptions& options, bool may_drop);
  RecurrentResult compute_stack(const Tensor& x, RecurrentOptions options, bool drop);
  RecurrentResult compute_part(const Tensor& x, std::size_t part, RecurrentOptions options,
                               bool drop);
  RecurrentOptions options_for(const Value& x, const RecurrentRunOptions& options) const;
  void check_input(const Tensor& x, std::int64_t features) const;
  void check_stack_state(const char* name, const Tensor& state, std::int64_t batch,
                         std::int64_t size) const;

  Settings settings_;
  std::vector<Weights> weights_;  // layer by layer, forward before backward
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
               o.bias_constraint,
               o.num_layers,
               0,
               o.bidirectional,
               o.two_biases,
               o.inter_layer_dropout};
  if constexpr (requires { o.proj_size; }) settings_.proj_size = o.proj_size;
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
  f("num_layers", o.num_layers), f("bidirectional", o.bidirectional);
  f("inter_layer_dropout", o.inter_layer_dropout), f("two_biases", o.two_biases);
  if constexpr (requires { o.proj_size; }) f("proj_size", o.proj_size);
}

}  // namespace detail
}  // namespace carousel::nn
