// Counts of right and wrong answers at thresholds, and what is made of them.
#include <carousel/autograd/ops.h>
#include <carousel/nn/losses/rules.h>
#include <carousel/nn/metrics/rules.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace carousel::nn {
namespace detail {

void check_thresholds(const char* op, std::span<const double> thresholds) {
  for (const double each : thresholds)
    if (!(each >= 0 && each <= 1))
      throw ValueError(op, fmt::format("thresholds must be in [0, 1], got {}", each));
}

std::vector<double> even_thresholds(const char* op, std::int64_t count, double margin) {
  if (count < 1)
    throw ValueError(op, fmt::format("num_thresholds must be at least 1, got {}", count));
  if (count == 1) return {0.5};
  std::vector<double> all{-margin};
  for (std::int64_t i = 1; i + 1 < count; ++i)
    all.push_back(static_cast<double>(i) / static_cast<double>(count - 1));
  all.push_back(1 + margin);
  return all;
}

namespace {

// All but the k largest of a row become -infinity: no threshold is below.
Tensor keep_largest(const char* op, const Tensor& p, std::int64_t k) {
  if (k > p.dim(-1)) throw ValueError(op, fmt::format("top_k is {} of {} classes", k, p.dim(-1)));
  const Tensor kept = sum(one_hot(topk(p, k, -1).indices, p.dim(-1), p.dtype()), -2);
  return where(greater(kept, 0), p, -std::numeric_limits<double>::infinity());
}

}  // namespace

// [threshold][label] of true and of false positives, then [label] of positives and of negatives.
// Each is a sum of its own: what is 0 is exactly 0.
Tensor Confusion::sums(const char* op, const Value& prediction, const Tensor& target,
                       const Tensor& sample_weight) const {
  Tensor p = prediction;
  check_unit_targets(op, target);
  Tensor y = fit_target(op, p, target);
  const Tensor given = element_weights(p, prediction.mask, sample_weight);
  Tensor w = given.defined() ? given : ones_like(p);
  y = not_equal(y, 0).to(p.dtype());
  if (from_logits) p = sigmoid(p);
  if (top_k) p = keep_largest(op, p, *top_k);
  if (class_id) {
    if (*class_id >= p.dim(-1))
      throw ValueError(op, fmt::format("class_id is {} of {} classes", *class_id, p.dim(-1)));
    p = p.select(-1, *class_id), y = y.select(-1, *class_id), w = w.select(-1, *class_id);
  }
  const std::int64_t labels = multi_label ? p.dim(-1) : 1;
  const auto rows = [&](const Tensor& x) { return x.reshape({-1, labels}).t(); };  // (labels, n)
  p = rows(p), y = rows(y), w = rows(w);
  const auto count = static_cast<std::int64_t>(thresholds.size());
  const Tensor at = vector_like(p, thresholds).reshape({count, 1, 1});
  const Tensor answers = greater(p.unsqueeze(0), at).to(p.dtype());
  const Tensor positive = w * y, negative = w * (1 - y);
  return joined({sum(answers * positive, 2).flatten(), sum(answers * negative, 2).flatten(),
                 sum(positive, 1), sum(negative, 1)});
}

std::vector<Counts> counts_of(std::span<const double> sums, std::size_t thresholds) {
  const std::size_t labels = sums.size() / (2 * (thresholds + 1));
  const auto right = sums.subspan(0, thresholds * labels);
  const auto wrong = sums.subspan(thresholds * labels, thresholds * labels);
  const auto positive = sums.subspan(2 * thresholds * labels, labels);
  const auto negative = sums.subspan((2 * thresholds + 1) * labels, labels);
  std::vector<Counts> counts(labels);
  for (std::size_t l = 0; l < labels; ++l)
    for (std::size_t i = 0; i < thresholds; ++i) {
      const double tp = right[i * labels + l], fp = wrong[i * labels + l];
      counts[l].tp.push_back(tp), counts[l].fp.push_back(fp);
      counts[l].fn.push_back(positive[l] - tp), counts[l].tn.push_back(negative[l] - fp);
    }
  return counts;
}

}  // namespace detail

namespace {

using detail::Counts;
using detail::name_or;
using detail::ratio;

void check_class(const char* op, const std::optional<std::int64_t>& id) {
  if (id && *id < 0)
    throw ValueError(op, fmt::format("class_id must not be negative, got {}", *id));
}

// A number a threshold.
class AtThresholds final : public MetricRule {
 public:
  using Of = double (*)(const Counts& counts, std::size_t i);
  AtThresholds(const char* op, const ConfusionOptions& options, Of of) : op_(op), of_(of) {
    detail::check_thresholds(op, options.thresholds);
    if (options.top_k && *options.top_k < 1)
      throw ValueError(op, fmt::format("top_k must be at least 1, got {}", *options.top_k));
    check_class(op, options.class_id);
    confusion_.thresholds = options.thresholds;
    confusion_.top_k = options.top_k, confusion_.class_id = options.class_id;
    if (options.thresholds.empty())  // with top_k every answer that is left counts
      confusion_.thresholds = {options.top_k ? -1e10 : 0.5};
  }
  Tensor sums(const Value& p, const Tensor& t, const Tensor& w) const override {
    return confusion_.sums(op_, p, t, w);
  }
  void result(std::span<const double> sums, std::vector<double>& all) const override {
    const std::size_t count = confusion_.thresholds.size();
    const Counts counts = detail::counts_of(sums, count)[0];
    for (std::size_t i = 0; i < count; ++i) all.push_back(of_(counts, i));
  }
  std::size_t size() const override { return confusion_.size(); }

 private:
  const char* op_;
  Of of_;
  detail::Confusion confusion_;
};

std::shared_ptr<const MetricRule> at_thresholds(const char* op, const ConfusionOptions& options,
                                                AtThresholds::Of of) {
  return std::make_shared<AtThresholds>(op, options, of);
}

double precision_of(const Counts& c, std::size_t i) { return ratio(c.tp[i], c.tp[i] + c.fp[i]); }
double recall_of(const Counts& c, std::size_t i) { return ratio(c.tp[i], c.tp[i] + c.fn[i]); }
double specificity_of(const Counts& c, std::size_t i) { return ratio(c.tn[i], c.tn[i] + c.fp[i]); }

// The best of one rate where another is good enough.
class Best final : public MetricRule {
 public:
  template <class Options>
  Best(const char* op, const char* what, double bound, const Options& o, AtThresholds::Of bounded,
       AtThresholds::Of wanted)
      : op_(op), bound_(bound), bounded_(bounded), wanted_(wanted) {
    if (!(bound >= 0 && bound <= 1))
      throw ValueError(op, fmt::format("{} must be in [0, 1], got {}", what, bound));
    check_class(op, o.class_id);
    confusion_.thresholds = detail::even_thresholds(op, o.num_thresholds, 0);
    confusion_.class_id = o.class_id;
  }
  Tensor sums(const Value& p, const Tensor& t, const Tensor& w) const override {
    return confusion_.sums(op_, p, t, w);
  }
  void result(std::span<const double> sums, std::vector<double>& all) const override {
    const std::size_t count = confusion_.thresholds.size();
    const Counts counts = detail::counts_of(sums, count)[0];
    double best = 0;
    for (std::size_t i = 0; i < count; ++i)
      if (bounded_(counts, i) >= bound_) best = std::max(best, wanted_(counts, i));
    all.push_back(best);
  }
  std::size_t size() const override { return confusion_.size(); }

 private:
  const char* op_;
  double bound_;
  AtThresholds::Of bounded_, wanted_;
  detail::Confusion confusion_;
};

}  // namespace

TruePositives::TruePositives(const CountOptions& o)
    : Metric(name_or(o.name, "true_positives"),
             at_thresholds("TruePositives", {.thresholds = o.thresholds},
                           [](const Counts& c, std::size_t i) { return c.tp[i]; })) {}
TrueNegatives::TrueNegatives(const CountOptions& o)
    : Metric(name_or(o.name, "true_negatives"),
             at_thresholds("TrueNegatives", {.thresholds = o.thresholds},
                           [](const Counts& c, std::size_t i) { return c.tn[i]; })) {}
FalsePositives::FalsePositives(const CountOptions& o)
    : Metric(name_or(o.name, "false_positives"),
             at_thresholds("FalsePositives", {.thresholds = o.thresholds},
                           [](const Counts& c, std::size_t i) { return c.fp[i]; })) {}
FalseNegatives::FalseNegatives(const CountOptions& o)
    : Metric(name_or(o.name, "false_negatives"),
             at_thresholds("FalseNegatives", {.thresholds = o.thresholds},
                           [](const Counts& c, std::size_t i) { return c.fn[i]; })) {}
Precision::Precision(const ConfusionOptions& o)
    : Metric(name_or(o.name, "precision"), at_thresholds("Precision", o, precision_of)) {}
Recall::Recall(const ConfusionOptions& o)
    : Metric(name_or(o.name, "recall"), at_thresholds("Recall", o, recall_of)) {}

PrecisionAtRecall::PrecisionAtRecall(const PrecisionAtRecallOptions& o)
    : Metric(name_or(o.name, "precision_at_recall"),
             std::make_shared<Best>("PrecisionAtRecall", "recall", o.recall, o, recall_of,
                                    precision_of)) {}
RecallAtPrecision::RecallAtPrecision(const RecallAtPrecisionOptions& o)
    : Metric(name_or(o.name, "recall_at_precision"),
             std::make_shared<Best>("RecallAtPrecision", "precision", o.precision, o, precision_of,
                                    recall_of)) {}
SensitivityAtSpecificity::SensitivityAtSpecificity(const SensitivityAtSpecificityOptions& o)
    : Metric(name_or(o.name, "sensitivity_at_specificity"),
             std::make_shared<Best>("SensitivityAtSpecificity", "specificity", o.specificity, o,
                                    specificity_of, recall_of)) {}
SpecificityAtSensitivity::SpecificityAtSensitivity(const SpecificityAtSensitivityOptions& o)
    : Metric(name_or(o.name, "specificity_at_sensitivity"),
             std::make_shared<Best>("SpecificityAtSensitivity", "sensitivity", o.sensitivity, o,
                                    recall_of, specificity_of)) {}

}  // namespace carousel::nn
