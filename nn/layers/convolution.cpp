#include <carousel/nn/layers/convolution.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <carousel/autograd/ops/conv.h>
#include <carousel/autograd/ops/linear.h>
#include <carousel/nn/layers/data_format.h>
#include <carousel/nn/layers/windows.h>

namespace carousel::nn {
namespace {

using detail::list_of;
using detail::Sizes;

template <class Size>
const char* pick(const char* one, const char* two, const char* three) {
  return std::is_same_v<Size, std::int64_t> ? one : std::is_same_v<Size, Size2D> ? two : three;
}
template <class Size>
constexpr int kAxes = std::is_same_v<Size, std::int64_t> ? 1
                      : std::is_same_v<Size, Size2D>     ? 2
                                                         : 3;

// What all of these check before they see an input.
template <class O>
void check_common(const char* op, const O& o, bool causal) {
  detail::check_extents(op, "kernel_size", list_of(o.kernel_size));
  detail::check_extents(op, "strides", list_of(o.strides));
  detail::check_extents(op, "dilation_rate", list_of(o.dilation_rate));
  detail::check_padding(op, o.padding, causal);
  detail::check_dilation(op, list_of(o.strides), list_of(o.dilation_rate));
  detail::is_channels_first(op, o.data_format);
}

void check_filters(const char* op, std::int64_t filters) {
  if (filters < 1) throw ValueError(op, fmt::format("filters must be at least 1, got {}", filters));
}

// (<sizes>, a, b)
Shape kernel_shape(Sizes sizes, std::int64_t a, std::int64_t b) {
  sizes.push_back(a), sizes.push_back(b);
  return Shape(std::span<const std::int64_t>(sizes));
}

// The input with its channels last; ShapeError unless it has `channels` of them (-1: any).
template <class Size>
Tensor image_of(const char* op, const Tensor& x, const std::string& data_format,
                std::int64_t channels) {
  detail::check_image(op, x, kAxes<Size>);
  Tensor image = detail::channels_last(x, data_format);
  if (channels >= 0 && image.dim(-1) != channels)
    throw ShapeError(
        op, fmt::format("was built for {} channels, got shape {}", channels, to_string(x.shape())));
  return image;
}

template <class O>
ConvOptions options_of(const O& o, const Tensor& image) {
  const Sizes strides = list_of(o.strides), dilation = list_of(o.dilation_rate);
  return {.strides = strides,
          .dilation = dilation,
          .padding = detail::padding_of(o.padding, image.shape(), list_of(o.kernel_size), strides,
                                        dilation)};
}

template <class O>
Tensor finished(const O& o, const Tensor& y, const Tensor& bias) {
  return detail::channels_back(o.activation(bias.defined() ? y + bias : y), o.data_format);
}

}  // namespace

template <class Size>
void fields(Fields& f, ConvLayerOptions<Size>& o) {
  f("filters", o.filters), f("kernel_size", o.kernel_size), f("strides", o.strides);
  f("padding", o.padding), f("data_format", o.data_format), f("dilation_rate", o.dilation_rate);
  f("groups", o.groups), f("activation", o.activation), f("use_bias", o.use_bias);
  f("kernel_initializer", o.kernel_initializer), f("bias_initializer", o.bias_initializer);
  f("kernel_regularizer", o.kernel_regularizer), f("bias_regularizer", o.bias_regularizer);
  f("activity_regularizer", o.activity_regularizer), f("kernel_constraint", o.kernel_constraint);
  f("bias_constraint", o.bias_constraint);
}

template <class Size>
ConvLayer<Size>::ConvLayer(ConvLayerOptions<Size> options)
    : Layer<ConvLayerOptions<Size>>(std::move(options)) {
  const auto& o = this->options_;
  const char* op = pick<Size>("conv1d", "conv2d", "conv3d");
  check_filters(op, o.filters);
  check_common(op, o, kAxes<Size> == 1);
  if (o.groups < 1 || o.filters % o.groups != 0)
    throw ValueError(op,
                     fmt::format("groups must divide filters, got {} and {}", o.groups, o.filters));
  this->set_activity_regularizer(o.activity_regularizer);
}

template <class Size>
void ConvLayer<Size>::make_parameters(const Values& inputs) {
  const auto& o = this->options_;
  const char* op = pick<Size>("conv1d", "conv2d", "conv3d");
  const std::int64_t channels = image_of<Size>(op, inputs[0], o.data_format, -1).dim(-1);
  if (channels % o.groups != 0)
    throw ShapeError(op, fmt::format("{} groups do not divide the {} channels of an input {}",
                                     o.groups, channels, to_string(inputs[0].shape())));
  kernel_ = this->parameter(kernel_shape(list_of(o.kernel_size), channels / o.groups, o.filters),
                            o.kernel_initializer, o.kernel_regularizer, o.kernel_constraint);
  if (o.use_bias)
    bias_ = this->parameter({o.filters}, o.bias_initializer, o.bias_regularizer, o.bias_constraint);
}

template <class Size>
Value ConvLayer<Size>::forward(const Value& x) {
  const auto& o = this->options_;
  const Tensor image = image_of<Size>(pick<Size>("conv1d", "conv2d", "conv3d"), x, o.data_format,
                                      kernel_.dim(-2) * o.groups);
  ConvOptions options = options_of(o, image);
  options.groups = o.groups;
  return finished(o, conv(image, kernel_, options), bias_);
}

template <class Size>
void ConvLayer<Size>::visit(Visitor& visitor) {
  visitor("kernel", kernel_);
  if (this->options_.use_bias) visitor("bias", bias_);
}

template <class Size>
void fields(Fields& f, DepthwiseConvOptions<Size>& o) {
  f("kernel_size", o.kernel_size), f("strides", o.strides), f("padding", o.padding);
  f("depth_multiplier", o.depth_multiplier), f("data_format", o.data_format);
  f("dilation_rate", o.dilation_rate), f("activation", o.activation), f("use_bias", o.use_bias);
  f("depthwise_initializer", o.depthwise_initializer), f("bias_initializer", o.bias_initializer);
  f("depthwise_regularizer", o.depthwise_regularizer), f("bias_regularizer", o.bias_regularizer);
  f("activity_regularizer", o.activity_regularizer);
  f("depthwise_constraint", o.depthwise_constraint), f("bias_constraint", o.bias_constraint);
}

template <class Size>
DepthwiseConvLayer<Size>::DepthwiseConvLayer(DepthwiseConvOptions<Size> options)
    : Layer<DepthwiseConvOptions<Size>>(std::move(options)) {
  const char* op = pick<Size>("depthwise_conv1d", "depthwise_conv2d", "");
  check_common(op, this->options_, false);
  detail::check_extents(op, "depth_multiplier", {this->options_.depth_multiplier});
  this->set_activity_regularizer(this->options_.activity_regularizer);
}

template <class Size>
void DepthwiseConvLayer<Size>::make_parameters(const Values& inputs) {
  const auto& o = this->options_;
  const char* op = pick<Size>("depthwise_conv1d", "depthwise_conv2d", "");
  const std::int64_t channels = image_of<Size>(op, inputs[0], o.data_format, -1).dim(-1);
  kernel_ =
      this->parameter(kernel_shape(list_of(o.kernel_size), channels, o.depth_multiplier),
                      o.depthwise_initializer, o.depthwise_regularizer, o.depthwise_constraint);
  if (o.use_bias)
    bias_ = this->parameter({channels * o.depth_multiplier}, o.bias_initializer, o.bias_regularizer,
                            o.bias_constraint);
}

template <class Size>
Value DepthwiseConvLayer<Size>::forward(const Value& x) {
  const auto& o = this->options_;
  const Tensor image = image_of<Size>(pick<Size>("depthwise_conv1d", "depthwise_conv2d", ""), x,
                                      o.data_format, kernel_.dim(-2));
  return finished(o, depthwise_conv(image, kernel_, options_of(o, image)), bias_);
}

template <class Size>
void DepthwiseConvLayer<Size>::visit(Visitor& visitor) {
  visitor("kernel", kernel_);
  if (this->options_.use_bias) visitor("bias", bias_);
}

template <class Size>
void fields(Fields& f, SeparableConvOptions<Size>& o) {
  f("filters", o.filters), f("kernel_size", o.kernel_size), f("strides", o.strides);
  f("padding", o.padding), f("data_format", o.data_format), f("dilation_rate", o.dilation_rate);
  f("depth_multiplier", o.depth_multiplier), f("activation", o.activation);
  f("use_bias", o.use_bias), f("depthwise_initializer", o.depthwise_initializer);
  f("pointwise_initializer", o.pointwise_initializer), f("bias_initializer", o.bias_initializer);
  f("depthwise_regularizer", o.depthwise_regularizer);
  f("pointwise_regularizer", o.pointwise_regularizer), f("bias_regularizer", o.bias_regularizer);
  f("activity_regularizer", o.activity_regularizer);
  f("depthwise_constraint", o.depthwise_constraint);
  f("pointwise_constraint", o.pointwise_constraint), f("bias_constraint", o.bias_constraint);
}

template <class Size>
SeparableConvLayer<Size>::SeparableConvLayer(SeparableConvOptions<Size> options)
    : Layer<SeparableConvOptions<Size>>(std::move(options)) {
  const char* op = pick<Size>("separable_conv1d", "separable_conv2d", "");
  check_filters(op, this->options_.filters);
  check_common(op, this->options_, kAxes<Size> == 1);
  detail::check_extents(op, "depth_multiplier", {this->options_.depth_multiplier});
  this->set_activity_regularizer(this->options_.activity_regularizer);
}

template <class Size>
void SeparableConvLayer<Size>::make_parameters(const Values& inputs) {
  const auto& o = this->options_;
  const char* op = pick<Size>("separable_conv1d", "separable_conv2d", "");
  const std::int64_t channels = image_of<Size>(op, inputs[0], o.data_format, -1).dim(-1);
  depthwise_kernel_ =
      this->parameter(kernel_shape(list_of(o.kernel_size), channels, o.depth_multiplier),
                      o.depthwise_initializer, o.depthwise_regularizer, o.depthwise_constraint);
  pointwise_kernel_ =
      this->parameter(kernel_shape(Sizes(kAxes<Size>, 1), channels * o.depth_multiplier, o.filters),
                      o.pointwise_initializer, o.pointwise_regularizer, o.pointwise_constraint);
  if (o.use_bias)
    bias_ = this->parameter({o.filters}, o.bias_initializer, o.bias_regularizer, o.bias_constraint);
}

template <class Size>
Value SeparableConvLayer<Size>::forward(const Value& x) {
  const auto& o = this->options_;
  const Tensor image = image_of<Size>(pick<Size>("separable_conv1d", "separable_conv2d", ""), x,
                                      o.data_format, depthwise_kernel_.dim(-2));
  const Tensor channels = depthwise_conv(image, depthwise_kernel_, options_of(o, image));
  return finished(o, conv(channels, pointwise_kernel_), bias_);
}

template <class Size>
void SeparableConvLayer<Size>::visit(Visitor& visitor) {
  visitor("depthwise_kernel", depthwise_kernel_);
  visitor("pointwise_kernel", pointwise_kernel_);
  if (this->options_.use_bias) visitor("bias", bias_);
}

template void fields(Fields&, Conv1DOptions&);
template void fields(Fields&, Conv2DOptions&);
template void fields(Fields&, Conv3DOptions&);
template void fields(Fields&, DepthwiseConv1DOptions&);
template void fields(Fields&, DepthwiseConv2DOptions&);
template void fields(Fields&, SeparableConv1DOptions&);
template void fields(Fields&, SeparableConv2DOptions&);
template class ConvLayer<std::int64_t>;
template class ConvLayer<Size2D>;
template class ConvLayer<Size3D>;
template class DepthwiseConvLayer<std::int64_t>;
template class DepthwiseConvLayer<Size2D>;
template class SeparableConvLayer<std::int64_t>;
template class SeparableConvLayer<Size2D>;

}  // namespace carousel::nn
