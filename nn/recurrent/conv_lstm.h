// Convolutional LSTM layers: ConvLSTM1D, ConvLSTM2D, ConvLSTM3D.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <carousel/nn/recurrent/lstm.h>
#include <carousel/nn/sizes.h>

namespace carousel::nn {

template <class Size>
struct ConvLSTMOptions {
  std::int64_t filters = 0;
  Size kernel_size = 0;
  Size strides = 1;               // of the convolution of the input
  std::string padding = "valid";  // or "same", of the same; the state's is "same"
  std::string data_format = "channels_last";
  Size dilation_rate = 1;
  ActivationFunction activation = "tanh";
  ActivationFunction recurrent_activation = "sigmoid";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  bool unit_forget_bias = true;  // the forget gate's bias begins at 1
  Regularizer kernel_regularizer = {};
  Regularizer recurrent_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint recurrent_constraint = {};
  Constraint bias_constraint = {};
  // In training, of the input and of the state; one draw a call, the same at all steps. In [0, 1).
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  std::optional<std::uint64_t> seed = {};  // default: from the model's seed and the path
  bool return_sequences = false;
  bool return_state = false;  // called with Values, it gives h and c behind the output
  bool go_backwards = false;
  bool stateful = false;  // the state after a batch is the next batch's initial one
  bool unroll = false;    // no effect: steps are always operations one after the other
  bool zero_output_for_mask = false;
  bool trainable = true;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (time, <sizes>, channels)
};
using ConvLSTM1DOptions = ConvLSTMOptions<std::int64_t>;
using ConvLSTM2DOptions = ConvLSTMOptions<Size2D>;
using ConvLSTM3DOptions = ConvLSTMOptions<Size3D>;

template <class Size>
void fields(Fields& f, ConvLSTMOptions<Size>& o);

// Shi et al., 2015, without peepholes, as Keras has it: an LSTM whose products are convolutions.
// (batch, time, <sizes>, channels) to (batch, <sizes>, filters), or (batch, time, <sizes>, filters)
// with return_sequences; states (batch, <sizes>, filters). An input's mask (batch, time) is used,
// and handed on with sequences. All steps' inputs are convolved at once.
template <class Size>
class ConvLSTMLayer : public Layer<ConvLSTMOptions<Size>> {
 public:
  // ValueError for sizes below 1, an unknown padding, or dropout outside [0, 1).
  explicit ConvLSTMLayer(ConvLSTMOptions<Size> options);

  Value forward(const Value& x) override;
  // {x} or {x, h, c} to {output}, with return_state {output, h, c}.
  Values forward_many(const Values& inputs) override;
  // Of a stateful layer: the next batch begins at zero.
  void reset_states() { state_ = {}; }
  void visit(Visitor& visitor) override;
  const Tensor& kernel() const { return kernel_; }  // (<kernel_size>, channels, 4 filters): i f g o
  const Tensor& recurrent_kernel() const { return recurrent_kernel_; }
  const Tensor& bias() const { return bias_; }  // (4 filters,) or undefined

 protected:
  void make_parameters(const Values& inputs) override;

 private:
  RecurrentResult compute(const Value& x, const RecurrentState& initial);
  // All steps as one batch of images, channels last. ShapeError, also for other than `channels`
  // channels (-1: any).
  Tensor images_of(const Tensor& x, std::int64_t channels) const;
  Tensor input_sums(const Tensor& x, bool drop);  // (batch, time, <sizes>, 4 filters)
  RecurrentState initial_state(const RecurrentState& given, const Tensor& sums) const;
  // `dropped` multiplies the state that is convolved, if defined.
  RecurrentState step(const Tensor& sums, const RecurrentState& before,
                      const Tensor& dropped) const;
  bool drops() const { return this->options_.dropout > 0 || this->options_.recurrent_dropout > 0; }

  Tensor kernel_, recurrent_kernel_, bias_;
  RecurrentState state_;
  Tensor random_state_;  // where something is dropped
};

class ConvLSTM1D : public ConvLSTMLayer<std::int64_t> {
 public:
  using ConvLSTMLayer::ConvLSTMLayer;
};
class ConvLSTM2D : public ConvLSTMLayer<Size2D> {
 public:
  using ConvLSTMLayer::ConvLSTMLayer;
};
class ConvLSTM3D : public ConvLSTMLayer<Size3D> {
 public:
  using ConvLSTMLayer::ConvLSTMLayer;
};

}  // namespace carousel::nn
