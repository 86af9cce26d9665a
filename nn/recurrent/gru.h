// The GRU layer.
#pragma once

#include <carousel/nn/recurrent/recurrent.h>

namespace carousel::nn {

struct GRUOptions {
  std::int64_t units = 0;
  // Those of carousel::Activation; ValueError for others.
  ActivationFunction activation = "tanh";
  ActivationFunction recurrent_activation = "sigmoid";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer recurrent_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint recurrent_constraint = {};
  Constraint bias_constraint = {};
  // In training, of the input's features and of the state that the recurrent kernel multiplies; one
  // draw a call, the same at all steps. In [0, 1).
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  std::optional<std::uint64_t> seed = {};  // default: from the model's seed and the path
  bool return_sequences = false;
  bool return_state = false;  // called with Values, it gives the last states behind the output
  bool go_backwards = false;
  bool stateful = false;  // the state after a batch is the next batch's initial one
  bool unroll = false;    // no effect: a sequence is one operation in any case
  // The reset gate applies to the product with the state, not to the state before it.
  bool reset_after = true;
  bool zero_output_for_mask = false;
  // f32: accurate tanh and sigmoid, instead of fast ones within 3e-7.
  bool exact = false;
  // In several layers, each on the outputs of the one before; each in both directions, outputs side
  // by side (as in PyTorch; nn::Bidirectional wraps a layer as in Keras). With go_backwards all
  // work on the reversed sequence.
  std::int64_t num_layers = 1;
  bool bidirectional = false;
  // In training, of what a layer hands to the next, each element by itself. In [0, 1).
  double inter_layer_dropout = 0.0;
  bool two_biases = false;  // one with x's product and one with the state's, if not reset_after
  bool trainable = true;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (time, features)
};

void fields(Fields& f, GRUOptions& o);

// Cho et al., 2014, as Keras has it. Gates in the order z r n; the bias is (2, 3 units), the
// input's and the state's, with reset_after, else (3 units,).
class GRU : public Layer<GRUOptions, RecurrentLayer> {
 public:
  // ValueError if units < 1, or for an activation that recurrent kernels lack.
  explicit GRU(GRUOptions options);

  std::string type_name() const override { return "GRU"; }
  std::unique_ptr<SequenceLayer> reversed() const override;
};

}  // namespace carousel::nn
