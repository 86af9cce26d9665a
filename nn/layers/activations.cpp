#include <carousel/nn/layers/activations.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>
#include <carousel/nn/check.h>

namespace carousel::nn {

void fields(Fields& f, ReLUOptions& o) {
  f("max_value", o.max_value), f("negative_slope", o.negative_slope);
  f("threshold", o.threshold);
}

ReLU::ReLU(ReLUOptions options) : Layer(std::move(options)) {
  if (const auto most = options_.max_value; most && *most != HUGE_VAL)
    detail::check_from_zero("relu", "max_value", *most);
  detail::check_from_zero("relu", "negative_slope", options_.negative_slope);
  detail::check_from_zero("relu", "threshold", options_.threshold);
}

Value ReLU::forward(const Value& x) {
  const double slope = options_.negative_slope, threshold = options_.threshold;
  Tensor y;
  if (threshold == 0)
    y = slope == 0 ? relu(x) : leaky_relu(x, slope);
  else
    y = where(x < threshold, (x - threshold) * slope, x);
  if (options_.max_value) y = where(x >= *options_.max_value, *options_.max_value, y);
  return Value::masked(y, x.mask);
}

void fields(Fields& f, LeakyReLUOptions& o) { f("negative_slope", o.negative_slope); }

LeakyReLU::LeakyReLU(LeakyReLUOptions options) : Layer(std::move(options)) {
  detail::check_from_zero("leaky_relu", "negative_slope", options_.negative_slope);
}

Value LeakyReLU::forward(const Value& x) {
  return Value::masked(leaky_relu(x, options_.negative_slope), x.mask);
}

void fields(Fields& f, ELUOptions& o) { f("alpha", o.alpha); }

ELU::ELU(ELUOptions options) : Layer(std::move(options)) {
  detail::check_finite("elu", "alpha", options_.alpha);
}

Value ELU::forward(const Value& x) { return Value::masked(elu(x, options_.alpha), x.mask); }

void fields(Fields& f, PReLUOptions& o) {
  f("alpha_initializer", o.alpha_initializer), f("alpha_regularizer", o.alpha_regularizer);
  f("alpha_constraint", o.alpha_constraint), f("shared_axes", o.shared_axes);
}

PReLU::PReLU(PReLUOptions options) : Layer(std::move(options)) {
  for (const std::int64_t axis : options_.shared_axes)
    if (axis < 1)
      throw ValueError("prelu",
                       fmt::format("shared_axes are axes behind the batch, from 1, got {}", axis));
}

void PReLU::make_parameters(const Values& inputs) {
  const Tensor& x = inputs[0];
  Shape shape;
  for (int i = 1; i < x.rank(); ++i) shape.append(x.dim(i));
  for (const std::int64_t axis : options_.shared_axes) {
    if (axis < 1 || axis >= x.rank())
      throw ValueError("prelu", fmt::format("shared_axes are axes behind the batch, from 1 to {}, "
                                            "of an input {}; got {}",
                                            x.rank() - 1, to_string(x.shape()), axis));
    shape[static_cast<int>(axis) - 1] = 1;
  }
  alpha_ = parameter(shape, options_.alpha_initializer, options_.alpha_regularizer,
                     options_.alpha_constraint);
}

Value PReLU::forward(const Value& x) {
  bool fits = x.rank() == alpha_.rank() + 1;
  for (int i = 0; fits && i < alpha_.rank(); ++i) {
    const bool shared = std::ranges::count(options_.shared_axes, i + 1) > 0;
    fits = shared || alpha_.dim(i) == x.dim(i + 1);
  }
  if (!fits)
    throw ShapeError("prelu", fmt::format("was built for rows {}, got shape {}: sizes that vary "
                                          "belong into shared_axes",
                                          to_string(alpha_.shape()), to_string(x.shape())));
  return Value::masked(relu(x) - alpha_ * relu(-x), x.mask);
}

void fields(Fields& f, SoftmaxOptions& o) { f("axis", o.axis); }

Softmax::Softmax(SoftmaxOptions options) : Layer(std::move(options)) {
  if (options_.axis.list().empty()) throw ValueError("softmax", "needs at least one axis");
}

// Left-out elements become very small before and 0 after: a row without any other is 0, not NaN.
Tensor Softmax::compute(const Tensor& x, const Tensor& mask) const {
  constexpr double kLeftOut = -1e9;
  const Tensor logits = mask.defined() ? where(mask, x, kLeftOut) : x;
  const auto axes = options_.axis.list();
  const Tensor y = axes.size() == 1 ? softmax(logits, axes[0])
                                    : exp(logits - logsumexp(logits, options_.axis, true));
  return mask.defined() ? where(mask, y, 0) : y;
}

Value Softmax::forward(const Value& x) { return Value::masked(compute(x, x.mask), x.mask); }

Values Softmax::forward_many(const Values& inputs) {
  if (inputs.size() == 1) return {forward(inputs[0])};
  if (inputs.size() != 2)
    throw ValueError("softmax",
                     fmt::format("takes x, or x and its mask; got {} inputs", inputs.size()));
  if (inputs[1].dtype() != boolean)
    throw DTypeError("softmax",
                     std::string("the mask must be bool, got ") + to_string(inputs[1].dtype()));
  return {compute(inputs[0], inputs[1])};
}

void fields(Fields&, IdentityOptions&) {}

Identity::Identity(IdentityOptions options) : Layer(std::move(options)) {}
Value Identity::forward(const Value& x) { return x; }

void fields(Fields& f, ActivityRegularizationOptions& o) { f("l1", o.l1), f("l2", o.l2); }

ActivityRegularization::ActivityRegularization(ActivityRegularizationOptions options)
    : Layer(std::move(options)) {
  detail::check_from_zero("activity_regularization", "l1", options_.l1);
  detail::check_from_zero("activity_regularization", "l2", options_.l2);
  set_activity_regularizer(L1L2{{.l1 = options_.l1, .l2 = options_.l2}});
}

}  // namespace carousel::nn
