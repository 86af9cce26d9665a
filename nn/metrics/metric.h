// A metric: what sums of a batch it takes, and the numbers that it makes of all batches' sums.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <carousel/nn/losses.h>
#include <carousel/nn/value.h>

namespace carousel::nn {

// What a kind of metric does; for metrics that are no mean of a function, derive from it.
class MetricRule {
 public:
  virtual ~MetricRule() = default;
  // A batch's sums, (n,) in the prediction's dtype on its device, the same n each time. The weights
  // are undefined, or fit the leading axes; a mask on the prediction says which positions count.
  virtual Tensor sums(const Value& prediction, const Tensor& target,
                      const Tensor& sample_weight) const = 0;
  // Appends the metric, from the sums over all batches: one number, or several.
  virtual void result(std::span<const double> sums, std::vector<double>& all) const = 0;
  // n, or 0 where it depends on the data.
  virtual std::size_t size() const { return 0; }
};

// A metric by name, as one of the objects of nn/metrics.h, or a function of yours; a small value
// without state. Over an epoch it is taken over all positions of all batches, so a short last batch
// counts by its size. Masked positions don't count.
class Metric {
 public:
  // prediction, target -> a value for each position: the shape without the last axis.
  using Function = Loss::Function;

  // The names of losses and their aliases, and those of Keras' metrics ("auc", "precision",
  // "f1_score", ...) with default arguments, also as its classes are called; "rmse". ValueError for
  // another, and for metrics that need arguments. "accuracy" or "acc", in any case, is binary for
  // predictions of one column, sparse for targets of one axis less or one column, else categorical.
  // It is shown under the name that was given.
  Metric(std::string_view name);                                // NOLINT
  Metric(const char* name) : Metric(std::string_view(name)) {}  // NOLINT
  Metric(const Loss& loss);  // NOLINT: of cosine similarity the metric, which is not negated
  Metric(std::string name, Function function);  // ValueError for an empty function
  Metric(std::string name, std::shared_ptr<const MetricRule> rule)
      : name_(std::move(name)), rule_(std::move(rule)) {}

  const std::string& name() const { return name_; }
  const MetricRule& rule() const { return *rule_; }
  const std::shared_ptr<const MetricRule>& shared_rule() const { return rule_; }
  // The rule's sums of a batch, without a gradient.
  Tensor sums(const Value& prediction, const Tensor& target,
              const Tensor& sample_weight = {}) const;

 private:
  std::string name_;
  std::shared_ptr<const MetricRule> rule_;
};

// A metric on its own, over several batches.
//
//   nn::RunningMetric auc(nn::AUC{});
//   for (...) auc.update(model(x), y);
//   auc.value();
class RunningMetric {
 public:
  explicit RunningMetric(Metric metric) : metric_(std::move(metric)) {}

  // ShapeError, DTypeError, ValueError: nothing is added then.
  void update(const Value& prediction, const Tensor& target = {}, const Tensor& sample_weight = {});
  // All of its numbers. GraphError before the first update.
  std::vector<double> result() const;
  // The only one; ShapeError where there are several.
  double value() const;
  void reset() { sums_.clear(); }

 private:
  Metric metric_;
  std::vector<double> sums_;
};

}  // namespace carousel::nn
