// The simple recurrent layer.
#pragma once

#include <carousel/nn/recurrent/recurrent.h>

namespace carousel::nn {

struct SimpleRNNOptions {
  std::int64_t units = 0;
  // One of carousel::Activation; ValueError for others.
  ActivationFunction activation = "tanh";
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
  bool return_sequences = false;
  bool return_state = false;  // called with Values, it gives the last states behind the output
  bool go_backwards = false;
  bool stateful = false;  // the state after a batch is the next batch's initial one
  bool unroll = false;    // no effect: a sequence is one operation in any case
  std::optional<std::uint64_t> seed = {};  // default: from the model's seed and the path
  bool zero_output_for_mask = false;
  // f32: accurate tanh, instead of a fast one within 3e-7.
  bool exact = false;
  // In several layers, each on the outputs of the one before; each in both directions, outputs side
  // by side (as in PyTorch; nn::Bidirectional wraps a layer as in Keras). With go_backwards all
  // work on the reversed sequence.
  std::int64_t num_layers = 1;
  bool bidirectional = false;
  // In training, of what a layer hands to the next, each element by itself. In [0, 1).
  double inter_layer_dropout = 0.0;
  bool two_biases = false;  // one with x's product and one with the state's: (2, units)
  bool trainable = true;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (time, features)
};

void fields(Fields& f, SimpleRNNOptions& o);

// Elman, 1990: the state is activation(x W + h U + b).
class SimpleRNN : public Layer<SimpleRNNOptions, RecurrentLayer> {
 public:
  // ValueError if units < 1, or for an activation that recurrent kernels lack.
  explicit SimpleRNN(SimpleRNNOptions options);

  std::string type_name() const override { return "SimpleRNN"; }
  std::unique_ptr<SequenceLayer> reversed() const override;
};

}  // namespace carousel::nn
