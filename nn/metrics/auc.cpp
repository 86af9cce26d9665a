// The area under a curve.
#include <carousel/nn/check.h>
#include <carousel/nn/metrics/rules.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace carousel::nn {
namespace {

using detail::Counts;
using detail::ratio;

constexpr double kMargin = 1e-7;  // so that 0 is above the first threshold, and 1 below the last
enum class Height { middle, lower, upper };

// Between two thresholds precision is no straight line (Davis and Goadrich, 2006).
double interpolated_precision_recall(const Counts& c) {
  double area = 0;
  for (std::size_t i = 0; i + 1 < c.tp.size(); ++i) {
    const double answers = c.tp[i] + c.fp[i], next = c.tp[i + 1] + c.fp[i + 1];
    const double right = c.tp[i] - c.tp[i + 1];
    const double slope = ratio(right, std::max(answers - next, 0.0));
    const double intercept = c.tp[i + 1] - slope * next;
    const double growth = answers > 0 && next > 0 ? answers / next : 1;
    area += ratio(slope * (right + intercept * std::log(growth)),
                  std::max(c.tp[i + 1] + c.fn[i + 1], 0.0));
  }
  return area;
}

double riemann_sum(const Counts& c, bool precision_recall, Height height) {
  const auto x = [&](std::size_t i) {
    return precision_recall ? ratio(c.tp[i], c.tp[i] + c.fn[i]) : ratio(c.fp[i], c.fp[i] + c.tn[i]);
  };
  const auto y = [&](std::size_t i) {
    return precision_recall ? ratio(c.tp[i], c.tp[i] + c.fp[i]) : ratio(c.tp[i], c.tp[i] + c.fn[i]);
  };
  double area = 0;
  for (std::size_t i = 0; i + 1 < c.tp.size(); ++i) {
    const double a = y(i), b = y(i + 1);
    const double tall = height == Height::middle  ? (a + b) / 2
                        : height == Height::lower ? std::min(a, b)
                                                  : std::max(a, b);
    area += (x(i) - x(i + 1)) * tall;
  }
  return area;
}

class AreaUnderCurve final : public MetricRule {
 public:
  explicit AreaUnderCurve(const AUCOptions& o)
      : precision_recall_(o.curve == "PR"),
        height_(o.summation_method == "minoring"   ? Height::lower
                : o.summation_method == "majoring" ? Height::upper
                                                   : Height::middle),
        label_weights_(o.label_weights),
        num_labels_(o.num_labels) {
    const auto check = [](bool fits, const std::string& text) {
      if (!fits) throw ValueError("AUC", text);
    };
    check(o.curve == "ROC" || o.curve == "PR",
          fmt::format("curve must be ROC or PR, got '{}'", o.curve));
    check(height_ != Height::middle || o.summation_method == "interpolation",
          fmt::format("summation_method must be interpolation, minoring or majoring, got '{}'",
                      o.summation_method));
    check(o.num_thresholds > 1,
          fmt::format("num_thresholds must be at least 2, got {}", o.num_thresholds));
    check(o.label_weights.empty() || o.multi_label, "label_weights need multi_label");
    check(!o.num_labels || o.multi_label, "num_labels needs multi_label");
    for (const double weight : o.label_weights)
      detail::check_from_zero("AUC", "label_weights", weight);
    confusion_.from_logits = o.from_logits, confusion_.multi_label = o.multi_label;
    confusion_.thresholds = o.thresholds;
    if (o.thresholds.empty()) {
      confusion_.thresholds = detail::even_thresholds("AUC", o.num_thresholds, kMargin);
      return;
    }
    detail::check_thresholds("AUC", o.thresholds);
    std::vector<double>& all = confusion_.thresholds;
    std::sort(all.begin(), all.end());
    all.insert(all.begin(), -kMargin);
    all.push_back(1 + kMargin);
  }

  Tensor sums(const Value& p, const Tensor& t, const Tensor& w) const override {
    if (!label_weights_.empty() && static_cast<std::int64_t>(label_weights_.size()) != p.dim(-1))
      throw ShapeError("AUC", fmt::format("there are {} label_weights for prediction {}",
                                          label_weights_.size(), to_string(p.shape())));
    if (num_labels_ && *num_labels_ != p.dim(-1))
      throw ShapeError("AUC", fmt::format("num_labels is {}, the prediction {}", *num_labels_,
                                          to_string(p.shape())));
    return confusion_.sums("AUC", p, t, w);
  }
  void result(std::span<const double> sums, std::vector<double>& all) const override {
    double total = 0, weights = 0;
    const auto labels = detail::counts_of(sums, confusion_.thresholds.size());
    for (std::size_t l = 0; l < labels.size(); ++l) {
      const double weight = label_weights_.empty() ? 1 : label_weights_[l];
      total += weight * area(labels[l]), weights += weight;
    }
    all.push_back(ratio(total, weights));
  }
  std::size_t size() const override { return confusion_.size(); }

 private:
  double area(const Counts& counts) const {
    return precision_recall_ && height_ == Height::middle
               ? interpolated_precision_recall(counts)
               : riemann_sum(counts, precision_recall_, height_);
  }

  bool precision_recall_;
  Height height_;
  std::vector<double> label_weights_;
  std::optional<std::int64_t> num_labels_;
  detail::Confusion confusion_;
};

}  // namespace

AUC::AUC(const AUCOptions& o)
    : Metric(detail::name_or(o.name, "auc"), std::make_shared<AreaUnderCurve>(o)) {}

}  // namespace carousel::nn
