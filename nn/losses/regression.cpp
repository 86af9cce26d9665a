// Losses of differences and of directions.
#include <numbers>

#include <carousel/autograd/ops.h>
#include <carousel/nn/losses/rules.h>

namespace carousel::nn::detail {
namespace {

// A prediction of one axis has one position a sample.
Tensor mean_of_last(const Tensor& values) { return values.rank() < 2 ? values : mean(values, -1); }

Tensor unit_vectors(const Tensor& x, int axis) {
  const Tensor squares = sum(square(x), axis, true);
  return x * rsqrt(maximum(squares, kLossEpsilon * kLossEpsilon));
}

}  // namespace

Tensor squared(const Value& p, const Tensor& t, const LossArguments&) {
  return mean_of_last(carousel::mse(p, fit_target("mean_squared_error", p, t), Reduction::none));
}

Tensor absolute(const Value& p, const Tensor& t, const LossArguments&) {
  return mean_of_last(carousel::mae(p, fit_target("mean_absolute_error", p, t), Reduction::none));
}

Tensor huber(const Value& p, const Tensor& t, const LossArguments& a) {
  return mean_of_last(carousel::huber(p, fit_target("huber", p, t), a.alpha, Reduction::none));
}

Tensor absolute_percentage(const Value& p, const Tensor& t, const LossArguments&) {
  const Tensor y = fit_target("mean_absolute_percentage_error", p, t);
  return mean_of_last(abs((y - p) / maximum(abs(y), kLossEpsilon)) * 100.0);
}

Tensor squared_logarithmic(const Value& p, const Tensor& t, const LossArguments&) {
  const Tensor y = fit_target("mean_squared_logarithmic_error", p, t);
  const Tensor difference = log1p(maximum(p, kLossEpsilon)) - log1p(maximum(y, kLossEpsilon));
  return mean_of_last(square(difference));
}

// log((e^d + e^-d) / 2), without the overflow.
Tensor log_cosh(const Value& p, const Tensor& t, const LossArguments&) {
  const Tensor distance = abs(p - fit_target("log_cosh", p, t));
  return mean_of_last(distance + softplus(distance * -2.0) - std::numbers::ln2);
}

Tensor cosine_similarity(const Value& p, const Tensor& t, const LossArguments& a) {
  const Tensor y = fit_target("cosine_similarity", p, t);
  const int axis = normalize_axis(a.axis, p.shape(), "cosine_similarity");
  return -sum(unit_vectors(p, axis) * unit_vectors(y, axis), axis);
}

Tensor poisson(const Value& p, const Tensor& t, const LossArguments&) {
  return mean_of_last(p - fit_target("poisson", p, t) * log(p + kLossEpsilon));
}

}  // namespace carousel::nn::detail
