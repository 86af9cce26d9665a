#include <fmt/format.h>
#include <fmt/ranges.h>

#include <carousel/autograd/ops/conv.h>
#include <carousel/nn/layers/convolution.h>
#include <carousel/nn/layers/data_format.h>
#include <carousel/nn/layers/windows.h>

namespace carousel::nn {
namespace {

using detail::list_of;
using detail::Sizes;

template <class Size>
constexpr int kAxes = std::is_same_v<Size, std::int64_t> ? 1 : 2;
template <class Size>
constexpr const char* kOp =
    std::is_same_v<Size, std::int64_t> ? "conv1d_transpose" : "conv2d_transpose";

// Outputs along one axis of `in` inputs.
template <class O>
Sizes output_sizes(const O& o, const Tensor& image) {
  const Sizes size = list_of(o.kernel_size), strides = list_of(o.strides),
              dilation = list_of(o.dilation_rate);
  const bool same = o.padding == "same";
  Sizes out;
  for (std::size_t i = 0; i < size.size(); ++i) {
    const std::int64_t in = image.dim(static_cast<int>(i) + 1);
    const std::int64_t covered = (size[i] - 1) * dilation[i] + 1;
    if (o.output_padding) {
      const std::int64_t more = list_of(*o.output_padding)[i];
      out.push_back((in - 1) * strides[i] + covered - (same ? covered / 2 * 2 : 0) + more);
    } else {
      out.push_back(in * strides[i] + (same ? 0 : std::max<std::int64_t>(covered - strides[i], 0)));
    }
  }
  return out;
}

}  // namespace

template <class Size>
void fields(Fields& f, ConvTransposeOptions<Size>& o) {
  f("filters", o.filters), f("kernel_size", o.kernel_size), f("strides", o.strides);
  f("padding", o.padding), f("output_padding", o.output_padding);
  f("data_format", o.data_format), f("dilation_rate", o.dilation_rate);
  f("activation", o.activation), f("use_bias", o.use_bias);
  f("kernel_initializer", o.kernel_initializer), f("bias_initializer", o.bias_initializer);
  f("kernel_regularizer", o.kernel_regularizer), f("bias_regularizer", o.bias_regularizer);
  f("activity_regularizer", o.activity_regularizer), f("kernel_constraint", o.kernel_constraint);
  f("bias_constraint", o.bias_constraint);
}

template <class Size>
ConvTransposeLayer<Size>::ConvTransposeLayer(ConvTransposeOptions<Size> options)
    : Layer<ConvTransposeOptions<Size>>(std::move(options)) {
  const auto& o = this->options_;
  constexpr const char* op = kOp<Size>;
  detail::check_sizes(op, "filters", {o.filters});
  detail::check_extents(op, "kernel_size", list_of(o.kernel_size));
  detail::check_extents(op, "strides", list_of(o.strides));
  detail::check_extents(op, "dilation_rate", list_of(o.dilation_rate));
  detail::check_padding(op, o.padding, false);
  detail::check_dilation(op, list_of(o.strides), list_of(o.dilation_rate));
  detail::is_channels_first(op, o.data_format);
  if (o.output_padding) {
    const Sizes more = list_of(*o.output_padding), strides = list_of(o.strides);
    for (std::size_t i = 0; i < more.size(); ++i)
      if (more[i] < 0 || more[i] >= strides[i])
        throw ValueError(op, fmt::format("output_padding ({}) must be from 0 and below strides "
                                         "({})",
                                         fmt::join(more, ", "), fmt::join(strides, ", ")));
  }
  this->set_activity_regularizer(o.activity_regularizer);
}

template <class Size>
void ConvTransposeLayer<Size>::make_parameters(const Values& inputs) {
  const auto& o = this->options_;
  detail::check_image(kOp<Size>, inputs[0], kAxes<Size>);
  Sizes shape = list_of(o.kernel_size);
  shape.push_back(o.filters);
  shape.push_back(detail::channels_last(inputs[0], o.data_format).dim(-1));
  kernel_ = this->parameter(Shape(std::span<const std::int64_t>(shape)), o.kernel_initializer,
                            o.kernel_regularizer, o.kernel_constraint);
  if (o.use_bias)
    bias_ = this->parameter({o.filters}, o.bias_initializer, o.bias_regularizer, o.bias_constraint);
}

template <class Size>
Value ConvTransposeLayer<Size>::forward(const Value& x) {
  const auto& o = this->options_;
  detail::check_image(kOp<Size>, x, kAxes<Size>);
  const Tensor image = detail::channels_last(x, o.data_format);
  if (image.dim(-1) != kernel_.dim(-1))
    throw ShapeError(kOp<Size>, fmt::format("was built for {} channels, got shape {}",
                                            kernel_.dim(-1), to_string(x.shape())));
  Shape output{image.dim(0)};
  for (const std::int64_t size : output_sizes(o, image)) output.append(size);
  output.append(o.filters);
  const Sizes strides = list_of(o.strides), dilation = list_of(o.dilation_rate);
  const Tensor y =
      conv_transpose(image, kernel_, output,
                     {.strides = strides,
                      .dilation = dilation,
                      .padding = detail::padding_of(o.padding, output, list_of(o.kernel_size),
                                                    strides, dilation)});
  return detail::channels_back(o.activation(bias_.defined() ? y + bias_ : y), o.data_format);
}

template <class Size>
void ConvTransposeLayer<Size>::visit(Visitor& visitor) {
  visitor("kernel", kernel_);
  if (this->options_.use_bias) visitor("bias", bias_);
}

template void fields(Fields&, Conv1DTransposeOptions&);
template void fields(Fields&, Conv2DTransposeOptions&);
template class ConvTransposeLayer<std::int64_t>;
template class ConvTransposeLayer<Size2D>;

}  // namespace carousel::nn
