#include <carousel/nn/recurrent/conv_lstm.h>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/conv.h>
#include <carousel/autograd/ops/lstm_gates.h>
#include <carousel/nn/check.h>
#include <carousel/nn/layers/data_format.h>
#include <carousel/nn/layers/windows.h>
#include <carousel/nn/random_state.h>
#include <carousel/nn/recurrent/step_loop.h>

namespace carousel::nn {
namespace {

using detail::list_of;
using detail::Sizes;

template <class Size>
constexpr int kAxes = std::is_same_v<Size, std::int64_t> ? 1
                      : std::is_same_v<Size, Size2D>     ? 2
                                                         : 3;
template <class Size>
const char* name_of() {
  constexpr const char* kNames[] = {"conv_lstm1d", "conv_lstm2d", "conv_lstm3d"};
  return kNames[kAxes<Size> - 1];
}

// Of the state's convolution, which keeps its size.
template <class Size>
ConvOptions same_options(const Size& kernel_size, const Shape& image) {
  const Sizes sizes = list_of(kernel_size), ones(sizes.size(), 1);
  return {.strides = ones,
          .dilation = ones,
          .padding = detail::padding_of("same", image, sizes, ones, ones)};
}

// The axes of `first`, then those of x from `skip` on.
Shape with_axes(std::initializer_list<std::int64_t> first, const Tensor& x, int skip) {
  std::vector<std::int64_t> all(first);
  for (int axis = skip; axis < x.rank(); ++axis) all.push_back(x.dim(axis));
  return Shape(std::span<const std::int64_t>(all));
}

// What recurrent kernels call an activation, if they have it.
std::optional<Activation> kernel_activation(const ActivationFunction& function) {
  for (int i = 0; i <= static_cast<int>(Activation::exponential); ++i)
    if (function.name() == to_string(static_cast<Activation>(i))) return static_cast<Activation>(i);
  return {};
}
// The gates as one operation, if it has both activations.
template <class Size>
std::optional<RecurrentSpec> gates_of(const ConvLSTMOptions<Size>& o) {
  const auto state = kernel_activation(o.activation),
             gate = kernel_activation(o.recurrent_activation);
  if (!state || !gate) return {};
  return RecurrentSpec{.activation = *state, .recurrent_activation = *gate};
}

void check_rate(const char* op, const char* name, double rate) {
  if (!(rate >= 0 && rate < 1))
    throw ValueError(op, fmt::format("{} must be in [0, 1), got {}", name, rate));
}

}  // namespace

template <class Size>
void fields(Fields& f, ConvLSTMOptions<Size>& o) {
  f("filters", o.filters), f("kernel_size", o.kernel_size), f("strides", o.strides);
  f("padding", o.padding), f("data_format", o.data_format), f("dilation_rate", o.dilation_rate);
  f("activation", o.activation), f("recurrent_activation", o.recurrent_activation);
  f("use_bias", o.use_bias), f("kernel_initializer", o.kernel_initializer);
  f("recurrent_initializer", o.recurrent_initializer), f("bias_initializer", o.bias_initializer);
  f("unit_forget_bias", o.unit_forget_bias), f("kernel_regularizer", o.kernel_regularizer);
  f("recurrent_regularizer", o.recurrent_regularizer), f("bias_regularizer", o.bias_regularizer);
  f("activity_regularizer", o.activity_regularizer), f("kernel_constraint", o.kernel_constraint);
  f("recurrent_constraint", o.recurrent_constraint), f("bias_constraint", o.bias_constraint);
  f("dropout", o.dropout), f("recurrent_dropout", o.recurrent_dropout), f("seed", o.seed);
  f("return_sequences", o.return_sequences), f("return_state", o.return_state);
  f("go_backwards", o.go_backwards), f("stateful", o.stateful), f("unroll", o.unroll);
  f("zero_output_for_mask", o.zero_output_for_mask);
}

template <class Size>
ConvLSTMLayer<Size>::ConvLSTMLayer(ConvLSTMOptions<Size> options)
    : Layer<ConvLSTMOptions<Size>>(std::move(options)) {
  const auto& o = this->options_;
  const char* op = name_of<Size>();
  if (o.filters < 1)
    throw ValueError(op, fmt::format("filters must be at least 1, got {}", o.filters));
  detail::check_extents(op, "kernel_size", list_of(o.kernel_size));
  detail::check_extents(op, "strides", list_of(o.strides));
  detail::check_extents(op, "dilation_rate", list_of(o.dilation_rate));
  detail::check_padding(op, o.padding, false);
  detail::check_dilation(op, list_of(o.strides), list_of(o.dilation_rate));
  detail::is_channels_first(op, o.data_format);
  check_rate(op, "dropout", o.dropout);
  check_rate(op, "recurrent_dropout", o.recurrent_dropout);
}

template <class Size>
Tensor ConvLSTMLayer<Size>::images_of(const Tensor& x, std::int64_t channels) const {
  constexpr const char* kWanted[] = {"length", "height, width", "depth, height, width"};
  const char* op = name_of<Size>();
  const std::string shape = to_string(x.shape());
  const bool first = detail::is_channels_first(op, this->options_.data_format);
  if (x.rank() != kAxes<Size> + 3)
    throw ShapeError(
        op, fmt::format("needs (batch, time, {}{}{}), got shape {}", first ? "channels, " : "",
                        kWanted[kAxes<Size> - 1], first ? "" : ", channels", shape));
  detail::check_sequence(op, x, first ? 2 : x.rank() - 1, "channels");
  const Tensor images = detail::channels_last(x.reshape(with_axes({x.dim(0) * x.dim(1)}, x, 2)),
                                              this->options_.data_format);
  if (channels >= 0 && images.dim(-1) != channels)
    throw ShapeError(op, fmt::format("was built for {} channels, got shape {}", channels, shape));
  return images;
}

template <class Size>
void ConvLSTMLayer<Size>::make_parameters(const Values& inputs) {
  const auto& o = this->options_;
  const std::int64_t columns = 4 * o.filters;
  const auto shape = [&](std::int64_t channels) {
    Sizes sizes = list_of(o.kernel_size);
    sizes.push_back(channels), sizes.push_back(columns);
    return Shape(std::span<const std::int64_t>(sizes));
  };
  kernel_ = this->parameter(shape(images_of(inputs[0], -1).dim(-1)), o.kernel_initializer,
                            o.kernel_regularizer, o.kernel_constraint);
  recurrent_kernel_ = this->parameter(shape(o.filters), o.recurrent_initializer,
                                      o.recurrent_regularizer, o.recurrent_constraint);
  if (o.use_bias)
    bias_ = this->parameter({columns},
                            o.unit_forget_bias ? detail::forget_bias(o.bias_initializer, o.filters)
                                               : DrawFunction(o.bias_initializer),
                            o.bias_regularizer, o.bias_constraint);
  if (drops()) random_state_ = this->random_state(o.seed);
}

template <class Size>
Tensor ConvLSTMLayer<Size>::input_sums(const Tensor& x, bool drop) {
  const auto& o = this->options_;
  const Tensor kept =
      drop && o.dropout > 0
          ? x * detail::dropout_mask(random_state_, with_axes({x.dim(0), 1}, x, 2), o.dropout, x)
          : x;
  const Tensor images = images_of(kept, kernel_.dim(-2));
  const Sizes strides = list_of(o.strides), dilation = list_of(o.dilation_rate);
  Tensor y = conv(images, kernel_,
                  {.strides = strides,
                   .dilation = dilation,
                   .padding = detail::padding_of(o.padding, images.shape(), list_of(o.kernel_size),
                                                 strides, dilation)});
  if (bias_.defined()) y = y + bias_;
  return y.reshape(with_axes({x.dim(0), x.dim(1)}, y, 1));
}

template <class Size>
RecurrentState ConvLSTMLayer<Size>::initial_state(const RecurrentState& given,
                                                  const Tensor& sums) const {
  std::vector<std::int64_t> axes{sums.dim(0)};
  for (int axis = 2; axis + 1 < sums.rank(); ++axis) axes.push_back(sums.dim(axis));
  axes.push_back(this->options_.filters);
  const Shape shape{std::span<const std::int64_t>(axes)};
  const auto begin = [&](const char* name, const Tensor& state) {
    if (!state.defined()) return zeros(shape, {.dtype = sums.dtype(), .device = sums.device()});
    const Tensor last = detail::channels_last(state, this->options_.data_format);
    if (last.shape() != shape)
      throw ShapeError(name_of<Size>(),
                       fmt::format("initial {} must be {} with the channels last, got {}", name,
                                   to_string(shape), to_string(state.shape())));
    return last;
  };
  return {begin("h", given.h), begin("c", given.c)};
}

template <class Size>
RecurrentState ConvLSTMLayer<Size>::step(const Tensor& sums, const RecurrentState& before,
                                         const Tensor& dropped) const {
  const auto& o = this->options_;
  const Tensor h = dropped.defined() ? before.h * dropped : before.h;
  const Tensor all = sums + conv(h, recurrent_kernel_, same_options(o.kernel_size, h.shape()));
  if (const auto spec = gates_of(o)) {
    const LSTMGates after = lstm_gates(all, before.c, *spec);
    return {after.h, after.c};
  }
  const auto gates = split(all, 4, -1);
  const Tensor c = o.recurrent_activation(gates[1]) * before.c +
                   o.recurrent_activation(gates[0]) * o.activation(gates[2]);
  return {o.recurrent_activation(gates[3]) * o.activation(c), c};
}

template <class Size>
RecurrentResult ConvLSTMLayer<Size>::compute(const Value& x, const RecurrentState& initial) {
  const auto& o = this->options_;
  if (x.mask.defined() && x.rank() > 1 && x.mask.shape() != Shape{x.dim(0), x.dim(1)})
    throw ShapeError(name_of<Size>(),
                     fmt::format("mask must be {}, got {}", to_string(Shape{x.dim(0), x.dim(1)}),
                                 to_string(x.mask.shape())));
  const bool drop = drops() && this->training() && !this->building();
  const Tensor sums = input_sums(x, drop);
  const bool carried = o.stateful && !initial.h.defined() && !initial.c.defined();
  const RecurrentState begin = initial_state(carried ? state_ : initial, sums);
  const Tensor dropped =
      drop && o.recurrent_dropout > 0
          ? detail::dropout_mask(random_state_, begin.h.shape(), o.recurrent_dropout, begin.h)
          : Tensor();
  const auto back = [&](const Tensor& y) { return detail::channels_back(y, o.data_format); };
  const SequenceResult result = detail::run_steps(
      split(sums, sums.dim(1), 1), {begin.h, begin.c},
      {x.mask, o.go_backwards, o.zero_output_for_mask, o.return_sequences},
      [&](const Tensor& now, const std::vector<Tensor>& before) -> CellStep {
        const RecurrentState next = step(now.squeeze({1}), {before[0], before[1]}, dropped);
        return {back(next.h), {next.h, next.c}};
      });
  const Tensor h = back(result.states[0]), c = back(result.states[1]);
  if (o.stateful && !this->building()) state_ = {h.detach(), c.detach()};
  return {result.output, h, c};
}

template <class Size>
Value ConvLSTMLayer<Size>::forward(const Value& x) {
  const RecurrentResult result = compute(x, {});
  return this->options_.return_sequences ? Value::masked(result.output, x.mask)
                                         : Value(result.output);
}

template <class Size>
Values ConvLSTMLayer<Size>::forward_many(const Values& inputs) {
  if (inputs.size() != 1 && inputs.size() != 3)
    throw ValueError(name_of<Size>(),
                     fmt::format("takes {{x}} or {{x, h, c}}, got {} inputs", inputs.size()));
  const RecurrentResult result = compute(
      inputs[0], inputs.size() == 3 ? RecurrentState{inputs[1], inputs[2]} : RecurrentState{});
  Values outputs{this->options_.return_sequences ? Value::masked(result.output, inputs[0].mask)
                                                 : Value(result.output)};
  if (this->options_.return_state) outputs.emplace_back(result.h), outputs.emplace_back(result.c);
  return outputs;
}

template <class Size>
void ConvLSTMLayer<Size>::visit(Visitor& visitor) {
  visitor("kernel", kernel_);
  visitor("recurrent_kernel", recurrent_kernel_);
  if (this->options_.use_bias) visitor("bias", bias_);
  if (drops()) visitor.host_buffer("random_state", random_state_);
  if (this->options_.stateful) visitor.carried("h", state_.h), visitor.carried("c", state_.c);
}

template void fields(Fields&, ConvLSTM1DOptions&);
template void fields(Fields&, ConvLSTM2DOptions&);
template void fields(Fields&, ConvLSTM3DOptions&);
template class ConvLSTMLayer<std::int64_t>;
template class ConvLSTMLayer<Size2D>;
template class ConvLSTMLayer<Size3D>;

}  // namespace carousel::nn
