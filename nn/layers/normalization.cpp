#include <carousel/nn/layers/normalization.h>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/nn/check.h>

namespace carousel::nn {
namespace {

// The axes in ascending order, none of them the batch.
std::vector<int> sorted_axes(const char* op, const Axes& axis, const Shape& shape) {
  const std::uint32_t mask = axis.mask(shape, op);
  if (axis.all() || axis.list().empty() || (mask & 1u) != 0)
    throw ValueError(op, "axis must name axes behind the batch, of an input " + to_string(shape));
  std::vector<int> axes;
  for (int i = 1; i < shape.rank(); ++i)
    if ((mask >> i & 1u) != 0) axes.push_back(i);
  return axes;
}

Shape sizes_of(const Shape& shape, const std::vector<int>& axes) {
  Shape sizes;
  for (const int axis : axes) sizes.append(shape[axis]);
  return sizes;
}

// f of x with `axes` moved behind the others, moved back.
template <class F>
Tensor with_axes_last(const Tensor& x, const std::vector<int>& axes, const F& f) {
  const int kept = x.rank() - static_cast<int>(axes.size());
  if (axes.front() == kept) return f(x);  // there they are
  std::vector<int> order, back(static_cast<std::size_t>(x.rank()));
  for (int i = 0; i < x.rank(); ++i)
    if (std::ranges::find(axes, i) == axes.end()) order.push_back(i);
  order.insert(order.end(), axes.begin(), axes.end());
  for (std::size_t i = 0; i < order.size(); ++i)
    back[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
  return f(x.permute(order)).permute(back);
}

// `own` are the parameter's sizes.
void check_sizes(const char* op, const Tensor& x, const std::vector<int>& axes, const Tensor& own) {
  if (!own.defined() || sizes_of(x.shape(), axes) == own.shape()) return;
  const std::string shape = to_string(x.shape());
  if (axes.size() == 1)
    throw ShapeError(op, fmt::format("was built for {} features in axis {}, got shape {}",
                                     own.dim(0), axes[0], shape));
  throw ShapeError(op, fmt::format("was built for sizes {} in axes ({}), got shape {}",
                                   to_string(own.shape()), fmt::join(axes, ", "), shape));
}

template <class O>
void affine_fields(Fields& f, O& o) {
  f("center", o.center), f("scale", o.scale), f("beta_initializer", o.beta_initializer);
  f("gamma_initializer", o.gamma_initializer), f("beta_regularizer", o.beta_regularizer);
  f("gamma_regularizer", o.gamma_regularizer), f("beta_constraint", o.beta_constraint);
  f("gamma_constraint", o.gamma_constraint);
}

int channels_axis(const char* op, std::int64_t axis, const Shape& shape) {
  if (axis != static_cast<int>(axis))
    throw IndexError(op, fmt::format("axis {} of an input {}", axis, to_string(shape)));
  const int at = normalize_axis(static_cast<int>(axis), shape, op);
  if (at == 0) throw ValueError(op, "axis must not be the batch, of an input " + to_string(shape));
  return at;
}

void check_channels(const char* op, const Tensor& x, int axis, std::int64_t channels) {
  if (x.dim(axis) != channels)
    throw ShapeError(op, fmt::format("was built for {} channels in axis {}, got shape {}", channels,
                                     axis, to_string(x.shape())));
}

}  // namespace

void fields(Fields& f, LayerNormalizationOptions& o) {
  f("axis", o.axis), f("epsilon", o.epsilon);
  affine_fields(f, o);
}

LayerNormalization::LayerNormalization(LayerNormalizationOptions options)
    : Layer(std::move(options)) {
  detail::check_from_zero("layer_normalization", "epsilon", options_.epsilon);
}

void LayerNormalization::make_parameters(const Values& inputs) {
  const Shape& x = inputs[0].shape();
  const Shape shape = sizes_of(x, sorted_axes("layer_normalization", options_.axis, x));
  const LayerNormalizationOptions& o = options_;
  if (o.scale)
    gamma_ = parameter(shape, o.gamma_initializer, o.gamma_regularizer, o.gamma_constraint);
  if (o.center) beta_ = parameter(shape, o.beta_initializer, o.beta_regularizer, o.beta_constraint);
}

Value LayerNormalization::forward(const Value& x) {
  const auto axes = sorted_axes("layer_normalization", options_.axis, x.shape());
  check_sizes("layer_normalization", x, axes, gamma_.defined() ? gamma_ : beta_);
  return Value::masked(with_axes_last(x, axes,
                                      [&](const Tensor& rows) {
                                        return layer_norm(rows, gamma_, beta_,
                                                          static_cast<int>(axes.size()),
                                                          options_.epsilon);
                                      }),
                       x.mask);
}

void LayerNormalization::visit(Visitor& visitor) {
  if (options_.scale) visitor("gamma", gamma_);
  if (options_.center) visitor("beta", beta_);
}

void fields(Fields& f, RMSNormalizationOptions& o) { f("axis", o.axis), f("epsilon", o.epsilon); }

RMSNormalization::RMSNormalization(RMSNormalizationOptions options) : Layer(std::move(options)) {
  detail::check_from_zero("rms_normalization", "epsilon", options_.epsilon);
}

void RMSNormalization::make_parameters(const Values& inputs) {
  const Shape& x = inputs[0].shape();
  scale_ = parameter(sizes_of(x, sorted_axes("rms_normalization", options_.axis, x)), "ones");
}

Value RMSNormalization::forward(const Value& x) {
  const auto axes = sorted_axes("rms_normalization", options_.axis, x.shape());
  check_sizes("rms_normalization", x, axes, scale_);
  return Value::masked(with_axes_last(x, axes,
                                      [&](const Tensor& rows) {
                                        return rms_norm(rows, scale_, static_cast<int>(axes.size()),
                                                        options_.epsilon);
                                      }),
                       x.mask);
}

void fields(Fields& f, BatchNormalizationOptions& o) {
  f("axis", o.axis), f("momentum", o.momentum), f("epsilon", o.epsilon);
  affine_fields(f, o);
  f("moving_mean_initializer", o.moving_mean_initializer);
  f("moving_variance_initializer", o.moving_variance_initializer);
}

BatchNormalization::BatchNormalization(BatchNormalizationOptions options)
    : Layer(std::move(options)) {
  detail::check_from_zero("batch_normalization", "epsilon", options_.epsilon);
  if (!(options_.momentum >= 0 && options_.momentum <= 1))
    throw ValueError("batch_normalization",
                     fmt::format("momentum must be in [0, 1], got {}", options_.momentum));
}

void BatchNormalization::make_parameters(const Values& inputs) {
  const Shape& x = inputs[0].shape();
  const BatchNormalizationOptions& o = options_;
  const Shape shape{x[channels_axis("batch_normalization", o.axis, x)]};
  if (o.scale)
    gamma_ = parameter(shape, o.gamma_initializer, o.gamma_regularizer, o.gamma_constraint);
  if (o.center) beta_ = parameter(shape, o.beta_initializer, o.beta_regularizer, o.beta_constraint);
  moving_mean_ = buffer(shape, o.moving_mean_initializer);
  moving_variance_ = buffer(shape, o.moving_variance_initializer);
}

void BatchNormalization::visit(Visitor& visitor) {
  if (options_.scale) visitor("gamma", gamma_);
  if (options_.center) visitor("beta", beta_);
  visitor.buffer("moving_mean", moving_mean_);
  visitor.buffer("moving_variance", moving_variance_);
}

void BatchNormalization::move(const Tensor& mean, const Tensor& variance) {
  const NoGrad no_grad;
  const double old = options_.momentum;
  moving_mean_.copy_(moving_mean_ * old + mean * (1 - old));
  moving_variance_.copy_(moving_variance_ * old + variance * (1 - old));
}

// With what depends on the channel alone computed first.
Tensor BatchNormalization::by_moving(const Tensor& x) const {
  Tensor slope = rsqrt(moving_variance_ + options_.epsilon);
  if (gamma_.defined()) slope = slope * gamma_;
  Tensor offset = -moving_mean_ * slope;
  if (beta_.defined()) offset = offset + beta_;
  return x * slope + offset;
}

namespace {

// Mean and variance of unmasked steps; a mask (batch, time) counts each step's features alike.
struct Moments {
  Tensor mean, variance;
};
Moments masked_moments(const Tensor& x, const Tensor& mask) {
  Tensor weight = mask.to(x.dtype());
  while (weight.rank() < x.rank()) weight = weight.unsqueeze(-1);
  std::vector<int> others;
  std::int64_t repeats = 1;
  for (int i = 0; i + 1 < x.rank(); ++i) {
    others.push_back(i);
    if (weight.dim(i) == 1) repeats *= x.dim(i);
  }
  const Axes over{std::span<const int>(others)};
  const Tensor count = sum(weight) * static_cast<double>(repeats);
  const Tensor mean = sum(x * weight, over) / count;
  return {mean, sum(square(x - mean) * weight, over) / count};
}

}  // namespace

// x has the channels last.
Tensor BatchNormalization::normalized(const Tensor& x, const Tensor& mask) {
  if (!training() || !trainable()) return by_moving(x);
  if (!mask.defined()) {
    const BatchNormResult result = batch_norm(x, gamma_, beta_, options_.epsilon);
    if (!building()) move(result.mean, result.variance);
    return result.output;
  }
  const Moments moments = masked_moments(x, mask);
  if (!building()) move(moments.mean, moments.variance);
  Tensor y = (x - moments.mean) * rsqrt(moments.variance + options_.epsilon);
  if (gamma_.defined()) y = y * gamma_;
  return beta_.defined() ? y + beta_ : y;
}

Value BatchNormalization::forward(const Value& x) {
  const int axis = channels_axis("batch_normalization", options_.axis, x.shape());
  check_channels("batch_normalization", x, axis, moving_mean_.dim(0));
  if (x.mask.defined() && axis + 1 < x.rank() && axis < x.mask.rank())
    throw ValueError("batch_normalization",
                     fmt::format("a mask {} does not go with channels in axis {} of {}",
                                 to_string(x.mask.shape()), axis, to_string(x.shape())));
  return Value::masked(
      with_axes_last(x, {axis}, [&](const Tensor& rows) { return normalized(rows, x.mask); }),
      x.mask);
}

void fields(Fields& f, GroupNormalizationOptions& o) {
  f("groups", o.groups), f("axis", o.axis), f("epsilon", o.epsilon);
  affine_fields(f, o);
}

GroupNormalization::GroupNormalization(GroupNormalizationOptions options)
    : Layer(std::move(options)) {
  detail::check_from_zero("group_normalization", "epsilon", options_.epsilon);
  if (options_.groups < 1 && options_.groups != -1)
    throw ValueError(
        "group_normalization",
        fmt::format("groups must be from 1, or -1 for one a channel; got {}", options_.groups));
}

void GroupNormalization::make_parameters(const Values& inputs) {
  const Shape& x = inputs[0].shape();
  const GroupNormalizationOptions& o = options_;
  const std::int64_t channels = x[channels_axis("group_normalization", o.axis, x)];
  if (o.groups != -1 && channels % o.groups != 0)
    throw ShapeError("group_normalization",
                     fmt::format("{} groups do not divide {} channels of an input {}", o.groups,
                                 channels, to_string(x)));
  if (o.scale)
    gamma_ = parameter({channels}, o.gamma_initializer, o.gamma_regularizer, o.gamma_constraint);
  if (o.center)
    beta_ = parameter({channels}, o.beta_initializer, o.beta_regularizer, o.beta_constraint);
}

Value GroupNormalization::forward(const Value& x) {
  const int axis = channels_axis("group_normalization", options_.axis, x.shape());
  if (const Tensor& own = gamma_.defined() ? gamma_ : beta_; own.defined())
    check_channels("group_normalization", x, axis, own.dim(0));
  const std::int64_t groups = options_.groups == -1 ? x.shape()[axis] : options_.groups;
  return Value::masked(with_axes_last(x, {axis},
                                      [&](const Tensor& last) {
                                        return group_norm(last, groups, gamma_, beta_,
                                                          options_.epsilon);
                                      }),
                       x.mask);
}

void GroupNormalization::visit(Visitor& visitor) {
  if (options_.scale) visitor("gamma", gamma_);
  if (options_.center) visitor("beta", beta_);
}

void fields(Fields& f, UnitNormalizationOptions& o) { f("axis", o.axis); }

UnitNormalization::UnitNormalization(UnitNormalizationOptions options)
    : Layer(std::move(options)) {}

Value UnitNormalization::forward(const Value& x) {
  constexpr double kSmallest = 1e-12;  // of the squared norm, as in Keras
  return Value::masked(x * rsqrt(maximum(sum(square(x), options_.axis, true), kSmallest)), x.mask);
}

}  // namespace carousel::nn
