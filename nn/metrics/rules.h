// The kinds of metrics; for the library's own use.
#pragma once

#include <carousel/nn/metrics.h>

namespace carousel::nn::detail {

// Sums of doubles for result(), and how metrics divide.
inline double ratio(double part, double whole) { return whole == 0 ? 0 : part / whole; }

// What was given, or the class' own name.
inline std::string name_or(const std::string& given, const char* own) {
  return given.empty() ? own : given;
}

// The mean of a function's values, or its root.
std::shared_ptr<const MetricRule> mean_rule(Metric::Function values, bool root = false);

// Weights of all elements of `like`: sample_weight and the mask, expanded; undefined where neither.
Tensor element_weights(const Tensor& like, const Tensor& mask, const Tensor& sample_weight);
// 1-D tensors end to end.
Tensor joined(std::initializer_list<Tensor> parts);
// A tensor of one axis with these values, like `x`.
Tensor vector_like(const Tensor& x, std::span<const double> values);

// Weighted counts at thresholds, for each label of `multi_label` data or over all.
struct Confusion {
  std::vector<double> thresholds;
  std::optional<std::int64_t> top_k, class_id;
  bool from_logits = false, multi_label = false;

  Tensor sums(const char* op, const Value& prediction, const Tensor& target,
              const Tensor& sample_weight) const;
  std::size_t size() const { return multi_label ? 0 : 2 * (thresholds.size() + 1); }
};
// What result() finds again: [label][threshold].
struct Counts {
  std::vector<double> tp, fp, tn, fn;
};
std::vector<Counts> counts_of(std::span<const double> sums, std::size_t thresholds);
// 0, 1/(n-1), ..., 1 with the ends moved out by `margin`; {0.5} for n = 1.
std::vector<double> even_thresholds(const char* op, std::int64_t count, double margin);
void check_thresholds(const char* op, std::span<const double> thresholds);

}  // namespace carousel::nn::detail
