// Convolutional layers: Conv1D, Conv2D, Conv3D, DepthwiseConv1D and 2D, SeparableConv1D and 2D,
// Conv1DTranspose, Conv2DTranspose. Sequences are (batch, time, features), images
// (batch, height, width, channels); `data_format` "channels_first" has the channels in axis 1.
// `padding` is "valid" (none), "same" (as many outputs as inputs over the stride; an odd number
// pads more at the end) or, of Conv1D, "causal" (before the first step).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <carousel/nn/layer.h>

namespace carousel::nn {

template <class Size>
struct ConvLayerOptions {
  std::int64_t filters = 0;
  Size kernel_size = 0;
  Size strides = 1;
  std::string padding = "valid";
  std::string data_format = "channels_last";
  Size dilation_rate = 1;
  std::int64_t groups = 1;  // of channels, each with its own filters
  ActivationFunction activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  bool trainable = true;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};
using Conv1DOptions = ConvLayerOptions<std::int64_t>;
using Conv2DOptions = ConvLayerOptions<Size2D>;
using Conv3DOptions = ConvLayerOptions<Size3D>;

template <class Size>
void fields(Fields& f, ConvLayerOptions<Size>& o);

// activation(conv(x, kernel) + bias).
template <class Size>
class ConvLayer : public Layer<ConvLayerOptions<Size>> {
 public:
  // ValueError for sizes below 1, an unknown padding, filters that groups don't divide, or strides
  // and dilation both above 1.
  explicit ConvLayer(ConvLayerOptions<Size> options);

  Value forward(const Value& x) override;
  void visit(Visitor& visitor) override;
  const Tensor& kernel() const { return kernel_; }  // (<sizes>, channels / groups, filters)
  const Tensor& bias() const { return bias_; }      // (filters,) or undefined

 protected:
  void make_parameters(const Values& inputs) override;

 private:
  Tensor kernel_, bias_;
};

class Conv1D : public ConvLayer<std::int64_t> {
 public:
  using ConvLayer::ConvLayer;
};
class Conv2D : public ConvLayer<Size2D> {
 public:
  using ConvLayer::ConvLayer;
};
class Conv3D : public ConvLayer<Size3D> {
 public:
  using ConvLayer::ConvLayer;
};

template <class Size>
struct DepthwiseConvOptions {
  Size kernel_size = 0;
  Size strides = 1;
  std::string padding = "valid";
  std::int64_t depth_multiplier = 1;  // filters a channel
  std::string data_format = "channels_last";
  Size dilation_rate = 1;
  ActivationFunction activation = "linear";
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint depthwise_constraint = {};
  Constraint bias_constraint = {};
  bool trainable = true;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};
using DepthwiseConv1DOptions = DepthwiseConvOptions<std::int64_t>;
using DepthwiseConv2DOptions = DepthwiseConvOptions<Size2D>;

template <class Size>
void fields(Fields& f, DepthwiseConvOptions<Size>& o);

// Each channel by itself: `depth_multiplier` outputs a channel.
template <class Size>
class DepthwiseConvLayer : public Layer<DepthwiseConvOptions<Size>> {
 public:
  // ValueError as for ConvLayer.
  explicit DepthwiseConvLayer(DepthwiseConvOptions<Size> options);

  Value forward(const Value& x) override;
  void visit(Visitor& visitor) override;

 protected:
  void make_parameters(const Values& inputs) override;

 private:
  Tensor kernel_, bias_;  // (<sizes>, channels, depth_multiplier), (channels depth_multiplier,)
};

class DepthwiseConv1D : public DepthwiseConvLayer<std::int64_t> {
 public:
  using DepthwiseConvLayer::DepthwiseConvLayer;
};
class DepthwiseConv2D : public DepthwiseConvLayer<Size2D> {
 public:
  using DepthwiseConvLayer::DepthwiseConvLayer;
};

template <class Size>
struct SeparableConvOptions {
  std::int64_t filters = 0;
  Size kernel_size = 0;
  Size strides = 1;
  std::string padding = "valid";
  std::string data_format = "channels_last";
  Size dilation_rate = 1;
  std::int64_t depth_multiplier = 1;
  ActivationFunction activation = "linear";
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer pointwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {};
  Regularizer pointwise_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint depthwise_constraint = {};
  Constraint pointwise_constraint = {};
  Constraint bias_constraint = {};
  bool trainable = true;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};
using SeparableConv1DOptions = SeparableConvOptions<std::int64_t>;
using SeparableConv2DOptions = SeparableConvOptions<Size2D>;

template <class Size>
void fields(Fields& f, SeparableConvOptions<Size>& o);

// A depthwise convolution, then a product over the channels at each position.
template <class Size>
class SeparableConvLayer : public Layer<SeparableConvOptions<Size>> {
 public:
  // ValueError as for ConvLayer.
  explicit SeparableConvLayer(SeparableConvOptions<Size> options);

  Value forward(const Value& x) override;
  void visit(Visitor& visitor) override;

 protected:
  void make_parameters(const Values& inputs) override;

 private:
  Tensor depthwise_kernel_, pointwise_kernel_, bias_;
};

class SeparableConv1D : public SeparableConvLayer<std::int64_t> {
 public:
  using SeparableConvLayer::SeparableConvLayer;
};
class SeparableConv2D : public SeparableConvLayer<Size2D> {
 public:
  using SeparableConvLayer::SeparableConvLayer;
};

template <class Size>
struct ConvTransposeOptions {
  std::int64_t filters = 0;
  Size kernel_size = 0;
  Size strides = 1;
  std::string padding = "valid";
  std::optional<Size> output_padding = {};  // steps more at the end; below the strides
  std::string data_format = "channels_last";
  Size dilation_rate = 1;
  ActivationFunction activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  bool trainable = true;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};
using Conv1DTransposeOptions = ConvTransposeOptions<std::int64_t>;
using Conv2DTransposeOptions = ConvTransposeOptions<Size2D>;

template <class Size>
void fields(Fields& f, ConvTransposeOptions<Size>& o);

// The transpose of a convolution: `strides` outputs an input ("same"), or as many more as the
// kernel overlaps ("valid").
template <class Size>
class ConvTransposeLayer : public Layer<ConvTransposeOptions<Size>> {
 public:
  // ValueError as for ConvLayer, or for an output_padding that is not below the strides.
  explicit ConvTransposeLayer(ConvTransposeOptions<Size> options);

  Value forward(const Value& x) override;
  void visit(Visitor& visitor) override;

 protected:
  void make_parameters(const Values& inputs) override;

 private:
  Tensor kernel_, bias_;  // (<sizes>, filters, channels), (filters,)
};

class Conv1DTranspose : public ConvTransposeLayer<std::int64_t> {
 public:
  using ConvTransposeLayer::ConvTransposeLayer;
};
class Conv2DTranspose : public ConvTransposeLayer<Size2D> {
 public:
  using ConvTransposeLayer::ConvTransposeLayer;
};

}  // namespace carousel::nn
