#include <carousel/nn/layers/preprocessing.h>

#include <algorithm>

#include <fmt/format.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/nn/check.h>

namespace carousel::nn {
namespace {

constexpr const char* kOp = "normalization";

}  // namespace

void fields(Fields& f, NormalizationOptions& o) {
  f("axis", o.axis), f("mean", o.mean), f("variance", o.variance), f("invert", o.invert);
}

Normalization::Normalization(NormalizationOptions options) : Layer(std::move(options)) {
  if (options_.mean.empty() != options_.variance.empty())
    throw ValueError(kOp, "mean and variance go together: give both, or neither and call adapt()");
  for (const double mean : options_.mean) detail::check_finite(kOp, "mean", mean);
  for (const double variance : options_.variance)
    detail::check_from_zero(kOp, "variance", variance);
}

// With 1 where a mean is shared.
Shape Normalization::shape_of(const Shape& input) const {
  const auto axes = options_.axis.list();
  const std::uint32_t mask = axes.empty() ? 0 : options_.axis.mask(input, kOp);
  if ((mask & 1u) != 0)
    throw ValueError(kOp, "axis must not be the batch, of an input " + to_string(input));
  Shape shape;
  for (int i = 1; i < input.rank(); ++i) shape.append((mask >> i & 1u) != 0 ? input[i] : 1);
  return shape;
}

void Normalization::make_parameters(const Values& inputs) {
  const Shape shape = shape_of(inputs[0].shape());
  for (const auto* values : {&options_.mean, &options_.variance})
    if (values->size() > 1 && static_cast<std::int64_t>(values->size()) != shape.numel())
      throw ShapeError(
          kOp, fmt::format("{} statistics are given, an input {} has {} along axis", values->size(),
                           to_string(inputs[0].shape()), shape.numel()));
  if (!options_.mean.empty()) return;
  mean_ = buffer(shape, "zeros");
  variance_ = buffer(shape, "ones");
  adapted_ = buffer({}, "zeros");
}

void Normalization::visit(Visitor& visitor) {
  if (!options_.mean.empty()) return;
  visitor.buffer("mean", mean_);
  visitor.buffer("variance", variance_);
  visitor.buffer("adapted", adapted_);
}

void Normalization::adapt(const Tensor& data) {
  if (!options_.mean.empty())
    throw GraphError(kOp, "mean and variance are given as options: there is nothing to adapt");
  if (data.rank() < 2 || data.numel() == 0)
    throw ShapeError(kOp, "adapts to data (batch, ...), got shape " + to_string(data.shape()));
  build(data.shape(), data.dtype());
  const Shape shape = shape_of(data.shape());
  if (!(shape == mean_.shape()))
    throw ShapeError(
        kOp, fmt::format("was built for statistics {}, data {} have {}", to_string(mean_.shape()),
                         to_string(data.shape()), to_string(shape)));
  const NoGrad no_grad;
  std::vector<int> others{0};
  for (int i = 1; i < data.rank(); ++i)
    if (shape[i - 1] == 1) others.push_back(i);
  const Axes over{std::span<const int>(others)};
  const Tensor center = carousel::mean(data, over, true);
  mean_.copy_(center.reshape(shape));
  variance_.copy_(carousel::mean(square(data - center), over, true).reshape(shape));
  adapted_.fill_(1);
}

// Options as a tensor that broadcasts to an input.
Tensor Normalization::given(const std::vector<double>& values, const Tensor& like) const {
  const Shape shape = values.size() == 1 ? Shape{} : shape_of(like.shape());
  return from_vector(values, shape).to(like.dtype()).to(like.device());
}

Value Normalization::forward(const Value& x) {
  const bool fixed = !options_.mean.empty();
  if (!fixed && !building() && !ready_) {
    if (adapted_.item() == 0)
      throw GraphError(kOp, "has no statistics yet: call adapt(data), or give mean and variance");
    ready_ = true;
  }
  constexpr double kSmallest = 1e-7;
  const Tensor mean = fixed ? given(options_.mean, x) : mean_;
  const Tensor deviation =
      maximum(sqrt(fixed ? given(options_.variance, x) : variance_), kSmallest);
  const Tensor y = options_.invert ? x * deviation + mean : (x - mean) / deviation;
  return Value::masked(y, x.mask);
}

void fields(Fields& f, RescalingOptions& o) { f("scale", o.scale), f("offset", o.offset); }

Rescaling::Rescaling(RescalingOptions options) : Layer(std::move(options)) {
  detail::check_finite("rescaling", "scale", options_.scale);
  detail::check_finite("rescaling", "offset", options_.offset);
}

Value Rescaling::forward(const Value& x) {
  return Value::masked(x * options_.scale + options_.offset, x.mask);
}

}  // namespace carousel::nn
