// Metrics of numbers that are no losses.
#include <carousel/autograd/ops.h>
#include <carousel/nn/losses/rules.h>
#include <carousel/nn/metrics/rules.h>

namespace carousel::nn {
namespace {

using detail::name_or;

Tensor pearson(const Tensor& prediction, const Tensor& target, const Axes& axis) {
  const Tensor y = detail::fit_target("pearson_correlation", prediction, target);
  const auto normed = [&](const Tensor& x) {
    const Tensor centred = x - mean(x, axis, true);
    return centred / std(centred, axis, true, 0);
  };
  return mean(normed(prediction) * normed(y), axis);
}

Tensor concordance(const Tensor& prediction, const Tensor& target, const Axes& axis) {
  const Tensor y = detail::fit_target("concordance_correlation", prediction, target);
  const Tensor mean_p = mean(prediction, axis, true), mean_y = mean(y, axis, true);
  const Tensor common = mean((prediction - mean_p) * (y - mean_y), axis, true);
  const Tensor spread = var(prediction, axis, true, 0) + var(y, axis, true, 0) +
                        square(mean_p - mean_y) + detail::kLossEpsilon;
  return mean(common * 2.0 / spread, axis);
}

template <Tensor (*values)(const Tensor&, const Tensor&, const Axes&)>
Metric::Function along(const Axes& axis) {
  return [axis](const Tensor& p, const Tensor& t) { return values(p, t, axis); };
}

Metric::Function of_loss(const Loss& loss) {
  return [loss](const Tensor& p, const Tensor& t) { return loss.per_position(p, t); };
}

}  // namespace

PearsonCorrelation::PearsonCorrelation(const CorrelationOptions& o)
    : Metric(name_or(o.name, "pearson_correlation"), along<pearson>(o.axis)) {}
ConcordanceCorrelation::ConcordanceCorrelation(const CorrelationOptions& o)
    : Metric(name_or(o.name, "concordance_correlation"), along<concordance>(o.axis)) {}
RootMeanSquaredError::RootMeanSquaredError(const MetricOptions& o)
    : Metric(name_or(o.name, "root_mean_squared_error"), detail::mean_rule(of_loss(mse), true)) {}
LogCoshError::LogCoshError(const MetricOptions& o)
    : Metric(name_or(o.name, "logcosh"), of_loss(log_cosh)) {}

Metric::Metric(const Loss& loss)
    : Metric(
          loss.name(),
          loss.kind() != Loss::Kind::cosine_similarity
              ? of_loss(loss)
              : [loss](const Tensor& p, const Tensor& t) { return -loss.per_position(p, t); }) {}

}  // namespace carousel::nn
