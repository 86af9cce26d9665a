#include <carousel/nn/layers/noise.h>

#include <cmath>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>
#include <carousel/nn/check.h>
#include <carousel/nn/layers/data_format.h>
#include <carousel/nn/layers/noise_shape.h>
#include <carousel/nn/random_state.h>

namespace carousel::nn {
namespace {

void check_rate(const char* op, double rate) {
  if (!(rate >= 0 && rate < 1))
    throw ValueError(op, fmt::format("rate must be in [0, 1), got {}", rate));
}

TensorOptions like(const Tensor& x) { return {.dtype = x.dtype(), .device = x.device()}; }

}  // namespace

namespace detail {

Shape shape_of_noise(const char* op, const std::vector<std::int64_t>& noise_shape,
                     const Tensor& x) {
  if (noise_shape.empty()) return x.shape();
  bool fits = noise_shape.size() == static_cast<std::size_t>(x.rank());
  Shape shape = x.shape();
  for (int i = 0; fits && i < x.rank(); ++i) {
    const std::int64_t size = noise_shape[static_cast<std::size_t>(i)];
    fits = size == 1 || size == -1 || size == shape[i];
    if (size == 1) shape[i] = 1;
  }
  if (!fits)
    throw ShapeError(op, fmt::format("noise_shape does not broadcast to the input {}: each size is "
                                     "the input's, 1 or -1",
                                     to_string(x.shape())));
  return shape;
}

}  // namespace detail

template <class O>
Value NoiseLayer<O>::forward(const Value& x) {
  if (!this->training() || !active() || this->building()) return x;
  return Value::masked(detail::draw_from(state_, [&](Generator& g) { return noisy(x, g); }),
                       x.mask);
}

void fields(Fields& f, SpatialDropout1DOptions& o) { f("rate", o.rate), f("seed", o.seed); }

SpatialDropout1D::SpatialDropout1D(double rate)
    : SpatialDropout1D(SpatialDropout1DOptions{.rate = rate}) {}

SpatialDropout1D::SpatialDropout1D(SpatialDropout1DOptions options)
    : NoiseLayer(std::move(options)) {
  check_rate("spatial_dropout1d", options_.rate);
}

namespace {

void check_sequence(const Tensor& x) {
  if (x.rank() != 3)
    throw ShapeError("spatial_dropout1d",
                     "needs (batch, time, features), got shape " + to_string(x.shape()));
}

}  // namespace

void SpatialDropout1D::make_parameters(const Values& inputs) {
  check_sequence(inputs[0]);
  NoiseLayer::make_parameters(inputs);
}

Tensor SpatialDropout1D::noisy(const Tensor& x, Generator& generator) const {
  check_sequence(x);
  return x * dropout(ones({x.dim(0), 1, x.dim(2)}, like(x)), options_.rate, generator);
}

void fields(Fields& f, SpatialDropout2DOptions& o) {
  f("rate", o.rate), f("data_format", o.data_format), f("seed", o.seed);
}

SpatialDropout2D::SpatialDropout2D(double rate)
    : SpatialDropout2D(SpatialDropout2DOptions{.rate = rate}) {}

SpatialDropout2D::SpatialDropout2D(SpatialDropout2DOptions options)
    : NoiseLayer(std::move(options)) {
  check_rate("spatial_dropout2d", options_.rate);
  detail::is_channels_first("spatial_dropout2d", options_.data_format);
}

void SpatialDropout2D::make_parameters(const Values& inputs) {
  detail::check_image("spatial_dropout2d", inputs[0], 2);
  NoiseLayer::make_parameters(inputs);
}

Tensor SpatialDropout2D::noisy(const Tensor& x, Generator& generator) const {
  detail::check_image("spatial_dropout2d", x, 2);
  const bool first = detail::is_channels_first("spatial_dropout2d", options_.data_format);
  const Shape channels = first ? Shape{x.dim(0), x.dim(1), 1, 1} : Shape{x.dim(0), 1, 1, x.dim(3)};
  return x * dropout(ones(channels, like(x)), options_.rate, generator);
}

void fields(Fields& f, GaussianNoiseOptions& o) { f("stddev", o.stddev), f("seed", o.seed); }

GaussianNoise::GaussianNoise(double stddev)
    : GaussianNoise(GaussianNoiseOptions{.stddev = stddev}) {}

GaussianNoise::GaussianNoise(GaussianNoiseOptions options) : NoiseLayer(std::move(options)) {
  if (!(options_.stddev >= 0) || std::isinf(options_.stddev))
    throw ValueError("gaussian_noise",
                     fmt::format("stddev must be a number from 0, got {}", options_.stddev));
}

Tensor GaussianNoise::noisy(const Tensor& x, Generator& generator) const {
  return x + normal(x.shape(), 0, options_.stddev, generator, like(x));
}

void fields(Fields& f, GaussianDropoutOptions& o) { f("rate", o.rate), f("seed", o.seed); }

GaussianDropout::GaussianDropout(double rate)
    : GaussianDropout(GaussianDropoutOptions{.rate = rate}) {}

GaussianDropout::GaussianDropout(GaussianDropoutOptions options) : NoiseLayer(std::move(options)) {
  check_rate("gaussian_dropout", options_.rate);
}

Tensor GaussianDropout::noisy(const Tensor& x, Generator& generator) const {
  const double stddev = std::sqrt(options_.rate / (1 - options_.rate));
  return x * normal(x.shape(), 1, stddev, generator, like(x));
}

void fields(Fields& f, AlphaDropoutOptions& o) {
  f("rate", o.rate), f("noise_shape", o.noise_shape), f("seed", o.seed);
}

AlphaDropout::AlphaDropout(double rate) : AlphaDropout(AlphaDropoutOptions{.rate = rate}) {}

AlphaDropout::AlphaDropout(AlphaDropoutOptions options) : NoiseLayer(std::move(options)) {
  check_rate("alpha_dropout", options_.rate);
  detail::check_open_sizes("alpha_dropout", "noise_shape", options_.noise_shape);
}

Tensor AlphaDropout::noisy(const Tensor& x, Generator& generator) const {
  // What a dropped element becomes: selu's limit at -inf; then back to mean 0 and variance 1.
  constexpr double kDropped = -1.7580993408473766;
  const double rate = options_.rate;
  const double scale = 1 / std::sqrt((1 - rate) * (1 + rate * kDropped * kDropped));
  const Shape shape = detail::shape_of_noise("alpha_dropout", options_.noise_shape, x);
  const Tensor kept = bernoulli(shape, 1 - rate, generator, like(x));
  return x * (kept * scale) + ((1 - kept) * (kDropped * scale) - scale * kDropped * rate);
}

template class NoiseLayer<SpatialDropout1DOptions>;
template class NoiseLayer<SpatialDropout2DOptions>;
template class NoiseLayer<GaussianNoiseOptions>;
template class NoiseLayer<GaussianDropoutOptions>;
template class NoiseLayer<AlphaDropoutOptions>;

}  // namespace carousel::nn
