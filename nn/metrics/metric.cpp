#include <carousel/nn/metrics/metric.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/nn/losses/rules.h>
#include <carousel/nn/metrics/rules.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>
#include <fmt/format.h>

#include <cmath>

namespace carousel::nn {
namespace {

namespace raw = carousel::detail;

void put(const Tensor& to, std::int64_t at, const Tensor& scalar) {
  raw::run_copy_into(raw::view_slice(to, 0, at, 1, 1), raw::view_reshape(scalar, {1}));
}

// total and count of what counts.
class MeanRule final : public MetricRule {
 public:
  MeanRule(Metric::Function values, bool root) : values_(std::move(values)), root_(root) {}

  Tensor sums(const Value& prediction, const Tensor& target,
              const Tensor& sample_weight) const override {
    const Tensor values = values_(prediction, target);
    const Tensor weights = detail::element_weights(values, prediction.mask, sample_weight);
    Tensor both = raw::empty({2}, values.dtype(), values.device());
    put(both, 0, sum(weights.defined() ? values * weights : values));
    if (weights.defined())
      put(both, 1, sum(weights));
    else
      raw::run_fill(raw::view_slice(both, 0, 1, 1, 1), static_cast<double>(values.numel()));
    return both;
  }
  void result(std::span<const double> sums, std::vector<double>& all) const override {
    const double mean = sums[0] / sums[1];
    all.push_back(root_ ? std::sqrt(mean) : mean);
  }
  std::size_t size() const override { return 2; }

 private:
  Metric::Function values_;
  bool root_;
};

class SumRule final : public MetricRule {
 public:
  Tensor sums(const Value& values, const Tensor&, const Tensor& sample_weight) const override {
    const Tensor weights = detail::element_weights(values, values.mask, sample_weight);
    return sum(weights.defined() ? values * weights : Tensor(values)).reshape({1});
  }
  void result(std::span<const double> sums, std::vector<double>& all) const override {
    all.push_back(sums[0]);
  }
  std::size_t size() const override { return 1; }
};

}  // namespace

std::shared_ptr<const MetricRule> detail::mean_rule(Metric::Function values, bool root) {
  return std::make_shared<MeanRule>(std::move(values), root);
}

Tensor detail::element_weights(const Tensor& like, const Tensor& mask,
                               const Tensor& sample_weight) {
  Tensor weights;
  if (sample_weight.defined()) weights = fit_weights("sample_weight", like, sample_weight);
  if (!mask.defined()) return weights;
  const Tensor counted = fit_mask(like, mask);
  return weights.defined() ? weights * counted : counted;
}

Tensor detail::joined(std::initializer_list<Tensor> parts) { return concat(parts, 0); }

Tensor detail::vector_like(const Tensor& x, std::span<const double> values) {
  const Tensor host =
      from_span<double>(values, {static_cast<std::int64_t>(values.size())}, {.dtype = f64});
  return host.to(x.dtype()).to(x.device());
}

Mean::Mean(const MetricOptions& o)
    : Metric(detail::name_or(o.name, "mean"),
             detail::mean_rule([](const Tensor& x, const Tensor&) { return x; })) {}
Sum::Sum(const MetricOptions& o)
    : Metric(detail::name_or(o.name, "sum"), std::make_shared<SumRule>()) {}

Tensor Metric::sums(const Value& prediction, const Tensor& target,
                    const Tensor& sample_weight) const {
  const NoGrad guard;
  return rule_->sums(prediction, target, sample_weight);
}

void RunningMetric::update(const Value& prediction, const Tensor& target,
                           const Tensor& sample_weight) {
  const std::vector<double> batch =
      metric_.sums(prediction, target, sample_weight).to(f64).to_vector<double>();
  if (sums_.empty()) sums_.assign(batch.size(), 0);
  if (batch.size() != sums_.size())
    throw ShapeError("update",
                     fmt::format("{}: batches differ in their number of classes", metric_.name()));
  for (std::size_t i = 0; i < batch.size(); ++i) sums_[i] += batch[i];
}

std::vector<double> RunningMetric::result() const {
  if (sums_.empty()) throw GraphError("result", metric_.name() + " has seen no batch: call update");
  std::vector<double> all;
  metric_.rule().result(sums_, all);
  return all;
}

double RunningMetric::value() const {
  const std::vector<double> all = result();
  if (all.size() != 1)
    throw ShapeError(
        "value", fmt::format("{} has {} numbers: result() gives them", metric_.name(), all.size()));
  return all[0];
}

}  // namespace carousel::nn
