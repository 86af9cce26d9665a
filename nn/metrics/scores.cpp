// Scores by class: F, intersection over union; and R2.
#include <carousel/autograd/ops.h>
#include <carousel/nn/check.h>
#include <carousel/nn/losses/rules.h>
#include <carousel/nn/metrics/rules.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace carousel::nn {
namespace {

using detail::name_or;

constexpr double kEpsilon = detail::kLossEpsilon;

Tensor columns(const char* op, const Tensor& x) {
  if (x.rank() < 2)
    throw ShapeError(op, "needs (batch, classes), got shape " + to_string(x.shape()));
  return x.reshape({-1, x.dim(-1)});
}

double sum_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// By class: right answers, answers, positives.
class FScore final : public MetricRule {
 public:
  FScore(const char* op, std::string_view average, double beta, std::optional<double> threshold)
      : op_(op), average_(average), beta_(beta), threshold_(threshold) {
    if (average != "none" && average != "micro" && average != "macro" && average != "weighted")
      throw ValueError(
          op, fmt::format("average must be none, micro, macro or weighted, got '{}'", average));
    if (!(beta > 0)) throw ValueError(op, fmt::format("beta must be positive, got {}", beta));
    detail::check_finite(op, "beta", beta);
    if (threshold && !(*threshold > 0 && *threshold <= 1))
      throw ValueError(op, fmt::format("threshold must be in (0, 1], got {}", *threshold));
  }

  Tensor sums(const Value& prediction, const Tensor& target,
              const Tensor& sample_weight) const override {
    const Tensor given = detail::element_weights(prediction, prediction.mask, sample_weight);
    const Tensor p = columns(op_, prediction);
    const Tensor y = columns(op_, detail::fit_target(op_, prediction, target));
    Tensor answers = threshold_
                         ? greater(p, *threshold_)
                         : logical_and(greater_equal(p, max(p, -1, true)), greater(abs(p), 1e-9));
    answers = answers.to(p.dtype());
    const Tensor w = given.defined() ? columns(op_, given) : ones_like(p);
    return detail::joined({sum(answers * y * w, 0), sum(answers * w, 0), sum(y * w, 0)});
  }
  void result(std::span<const double> sums, std::vector<double>& all) const override {
    const std::size_t classes = sums.size() / 3;
    const auto right = sums.subspan(0, classes), answers = sums.subspan(classes, classes);
    const auto positives = sums.subspan(2 * classes);
    if (average_ == "micro") {
      all.push_back(score(sum_of(right), sum_of(answers), sum_of(positives)));
      return;
    }
    double total = 0, weighted = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      const double own = score(right[c], answers[c], positives[c]);
      if (average_ == "none") all.push_back(own);
      total += own, weighted += own * positives[c];
    }
    if (average_ == "weighted") all.push_back(weighted / (sum_of(positives) + kEpsilon));
    if (average_ == "macro") all.push_back(total / static_cast<double>(classes));
  }

 private:
  // Keras' additions against 0 / 0 are part of its numbers.
  double score(double right, double answers, double positives) const {
    const double precision = right / (answers + kEpsilon), recall = right / (positives + kEpsilon);
    const double square = beta_ * beta_;
    return (1 + square) * precision * recall / (square * precision + recall + kEpsilon);
  }

  const char* op_;
  std::string average_;
  double beta_;
  std::optional<double> threshold_;
};

// The confusion matrix: rows are the truth, columns the answers.
class Overlap final : public MetricRule {
 public:
  Overlap(const char* op, IoUOptions options, std::optional<double> threshold = {})
      : op_(op), options_(std::move(options)), threshold_(threshold) {
    if (options_.num_classes < 1)
      throw ValueError(op,
                       fmt::format("num_classes must be positive, got {}", options_.num_classes));
    if (threshold_) detail::check_thresholds(op, std::span(&*threshold_, 1));
    if (options_.target_class_ids.empty()) throw ValueError(op, "target_class_ids are missing");
    for (const std::int64_t id : options_.target_class_ids)
      if (id < 0 || id >= options_.num_classes)
        throw ValueError(
            op, fmt::format("target class {} is outside [0, {})", id, options_.num_classes));
  }

  Tensor sums(const Value& prediction, const Tensor& target,
              const Tensor& sample_weight) const override {
    const DType dtype = is_floating(prediction.dtype()) ? prediction.dtype() : f64;
    if (options_.sparse_y_pred && !threshold_) detail::check_whole(op_, prediction);
    if (options_.sparse_y_true) detail::check_whole(op_, target);
    Tensor answer = options_.sparse_y_pred ? Tensor(prediction) : argmax(prediction, options_.axis);
    if (threshold_) answer = greater_equal(answer, *threshold_);
    answer = answer.to(i64);
    Tensor truth = (options_.sparse_y_true ? target : argmax(target, options_.axis)).to(i64);
    if (!(truth.shape() == answer.shape()))
      throw ShapeError(op_, fmt::format("prediction {} and target {} do not fit",
                                        to_string(prediction.shape()), to_string(target.shape())));
    const Tensor like = zeros(truth.shape(), {.dtype = dtype, .device = truth.device()});
    Tensor w = detail::element_weights(like, prediction.mask, sample_weight);
    if (!w.defined()) w = ones_like(like);
    if (options_.ignore_class) {
      const Tensor counted = not_equal(truth, *options_.ignore_class);
      truth = where(counted, truth, 0), answer = where(counted, answer, 0);
      w = w * counted.to(dtype);
    }
    const Tensor rows = one_hot(truth.flatten(), options_.num_classes, dtype);
    const Tensor cols = one_hot(answer.flatten(), options_.num_classes, dtype);
    return matmul((rows * w.reshape({-1, 1})).t(), cols).flatten();
  }
  void result(std::span<const double> sums, std::vector<double>& all) const override {
    const auto n = static_cast<std::size_t>(options_.num_classes);
    double total = 0, occurring = 0;
    for (const std::int64_t id : options_.target_class_ids) {
      const auto c = static_cast<std::size_t>(id);
      double either = -sums[c * n + c];
      for (std::size_t k = 0; k < n; ++k) either += sums[c * n + k] + sums[k * n + c];
      occurring += either > 0;
      total += detail::ratio(sums[c * n + c], either);
    }
    all.push_back(detail::ratio(total, occurring));
  }
  std::size_t size() const override {
    return static_cast<std::size_t>(options_.num_classes * options_.num_classes);
  }

 private:
  const char* op_;
  IoUOptions options_;
  std::optional<double> threshold_;
};

IoUOptions every_class(const MeanIoUOptions& o) {
  IoUOptions options{.num_classes = o.num_classes,
                     .ignore_class = o.ignore_class,
                     .sparse_y_true = o.sparse_y_true,
                     .sparse_y_pred = o.sparse_y_pred,
                     .axis = o.axis};
  for (std::int64_t c = 0; c < o.num_classes; ++c) options.target_class_ids.push_back(c);
  return options;
}

IoUOptions one_hot(const OneHotIoUOptions& o) {
  return {.num_classes = o.num_classes,
          .target_class_ids = o.target_class_ids,
          .ignore_class = o.ignore_class,
          .sparse_y_true = false,
          .sparse_y_pred = o.sparse_y_pred,
          .axis = o.axis};
}

IoUOptions one_hot_every_class(const OneHotMeanIoUOptions& o) {
  return every_class({.num_classes = o.num_classes,
                      .ignore_class = o.ignore_class,
                      .sparse_y_true = false,
                      .sparse_y_pred = o.sparse_y_pred,
                      .axis = o.axis});
}

// By column: weights, targets, squares of targets, squared errors; then how many numbers there are,
// which is what Keras counts as samples.
class Determination final : public MetricRule {
 public:
  explicit Determination(const R2ScoreOptions& o)
      : aggregation_(o.class_aggregation), regressors_(o.num_regressors) {
    if (o.class_aggregation != "uniform_average" && o.class_aggregation != "none" &&
        o.class_aggregation != "variance_weighted_average")
      throw ValueError("R2Score", fmt::format("class_aggregation must be uniform_average, "
                                              "variance_weighted_average or none, got '{}'",
                                              o.class_aggregation));
    if (o.num_regressors < 0)
      throw ValueError(
          "R2Score", fmt::format("num_regressors must not be negative, got {}", o.num_regressors));
  }

  Tensor sums(const Value& prediction, const Tensor& target,
              const Tensor& sample_weight) const override {
    const Tensor given = detail::element_weights(prediction, prediction.mask, sample_weight);
    const Tensor p = columns("R2Score", prediction);
    const Tensor y = columns("R2Score", detail::fit_target("R2Score", prediction, target));
    const Tensor w = given.defined() ? columns("R2Score", given) : ones_like(p);
    const double numbers = static_cast<double>(p.numel());
    return detail::joined({sum(w, 0), sum(w * y, 0), sum(w * square(y), 0),
                           sum(w * square(y - p), 0), detail::vector_like(p, {&numbers, 1})});
  }
  void result(std::span<const double> sums, std::vector<double>& all) const override {
    const std::size_t n = (sums.size() - 1) / 4;
    std::vector<double> scores;
    double weighted = 0, variances = 0;
    for (std::size_t c = 0; c < n; ++c) {
      const double total = sums[2 * n + c] - sums[n + c] * (sums[n + c] / sums[c]);
      const double score = 1 - sums[3 * n + c] / total;
      scores.push_back(std::isinf(score) ? 0 : score);
      weighted += total * scores.back(), variances += total;
    }
    if (aggregation_ == "variance_weighted_average") scores = {weighted / variances};
    if (aggregation_ == "uniform_average") scores = {sum_of(scores) / static_cast<double>(n)};
    for (const double each : scores) all.push_back(adjusted(each, sums.back()));
  }

 private:
  double adjusted(double score, double rows) const {
    const auto used = static_cast<double>(regressors_);
    if (regressors_ == 0 || used >= rows - 1) return score;
    return 1 - (1 - score) * (rows - 1) / (rows - used - 1);
  }

  std::string aggregation_;
  std::int64_t regressors_;
};

}  // namespace

FBetaScore::FBetaScore(const FBetaScoreOptions& o)
    : Metric(name_or(o.name, "fbeta_score"),
             std::make_shared<FScore>("FBetaScore", o.average, o.beta, o.threshold)) {}
F1Score::F1Score(const F1ScoreOptions& o)
    : Metric(name_or(o.name, "f1_score"),
             std::make_shared<FScore>("F1Score", o.average, 1, o.threshold)) {}
IoU::IoU(const IoUOptions& o)
    : Metric(name_or(o.name, "io_u"), std::make_shared<Overlap>("IoU", o)) {}
MeanIoU::MeanIoU(const MeanIoUOptions& o)
    : Metric(name_or(o.name, "mean_io_u"), std::make_shared<Overlap>("MeanIoU", every_class(o))) {}
BinaryIoU::BinaryIoU(const BinaryIoUOptions& o)
    : Metric(name_or(o.name, "binary_io_u"),
             std::make_shared<Overlap>(
                 "BinaryIoU", IoUOptions{.num_classes = 2, .target_class_ids = o.target_class_ids},
                 o.threshold)) {}
OneHotIoU::OneHotIoU(const OneHotIoUOptions& o)
    : Metric(name_or(o.name, "one_hot_io_u"), std::make_shared<Overlap>("OneHotIoU", one_hot(o))) {}
OneHotMeanIoU::OneHotMeanIoU(const OneHotMeanIoUOptions& o)
    : Metric(name_or(o.name, "one_hot_mean_io_u"),
             std::make_shared<Overlap>("OneHotMeanIoU", one_hot_every_class(o))) {}
R2Score::R2Score(const R2ScoreOptions& o)
    : Metric(name_or(o.name, "r2_score"), std::make_shared<Determination>(o)) {}

}  // namespace carousel::nn
