// Right answers.
#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/nn/losses/rules.h>
#include <carousel/nn/metrics/rules.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>

namespace carousel::nn {
namespace {

Tensor mean_of_last(const Tensor& values) { return values.rank() < 2 ? values : mean(values, -1); }

void check_k(const char* op, std::int64_t k) {
  if (k < 1) throw ValueError(op, fmt::format("k must be at least 1, got {}", k));
}

void check_labels(const char* op, const Tensor& prediction, const Tensor& labels) {
  bool fits = labels.rank() + 1 == prediction.rank();
  for (int i = 0; fits && i < labels.rank(); ++i) fits = labels.dim(i) == prediction.dim(i);
  if (!fits)
    throw ShapeError(op, fmt::format("labels {} are not prediction {} without the last axis",
                                     to_string(labels.shape()), to_string(prediction.shape())));
}

}  // namespace

Tensor binary_accuracy(const Tensor& prediction, const Tensor& target, double threshold) {
  const Tensor y = detail::fit_target("binary_accuracy", prediction, target);
  return mean_of_last(equal((prediction > threshold).to(y.dtype()), y).to(prediction.dtype()));
}

Tensor categorical_accuracy(const Tensor& prediction, const Tensor& target) {
  const Tensor y = detail::fit_target("categorical_accuracy", prediction, target);
  return equal(argmax(prediction, -1), argmax(y, -1)).to(prediction.dtype());
}

Tensor sparse_categorical_accuracy(const Tensor& prediction, const Tensor& target) {
  const Tensor labels = detail::fit_labels(prediction, target).to(i64);
  check_labels("sparse_categorical_accuracy", prediction, labels);
  return equal(argmax(prediction, -1), labels).to(prediction.dtype());
}

Tensor sparse_top_k_categorical_accuracy(const Tensor& prediction, const Tensor& target,
                                         std::int64_t k) {
  const char* op = "sparse_top_k_categorical_accuracy";
  check_k(op, k);
  const Tensor labels = detail::fit_labels(prediction, target).to(i64);
  check_labels(op, prediction, labels);
  const Tensor of_label = gather(prediction, -1, labels.unsqueeze(-1));
  const Tensor better = sum(greater(prediction, of_label), -1);
  return less(better, k).to(prediction.dtype());
}

Tensor top_k_categorical_accuracy(const Tensor& prediction, const Tensor& target, std::int64_t k) {
  const Tensor y = detail::fit_target("top_k_categorical_accuracy", prediction, target);
  return sparse_top_k_categorical_accuracy(prediction, argmax(y, -1), k);
}

namespace {

using detail::name_or;

// Whether a label is among the first k of the class numbers that were predicted.
Tensor among_first(const Tensor& ids, const Tensor& target, std::int64_t k) {
  const Tensor labels = detail::fit_labels(ids, target);
  check_labels("SparseTopKCategoricalAccuracy", ids, labels);
  const Tensor first = ids.slice(-1, 0, std::min(k, ids.dim(-1))).to(i64);
  const Tensor found = any(equal(first, labels.to(i64).unsqueeze(-1)), -1);
  return found.to(is_floating(ids.dtype()) ? ids.dtype() : f64);
}

// Keras' class of that name: equal answers.
Tensor exact_accuracy(const Tensor& prediction, const Tensor& target) {
  if (!(prediction.shape() == target.shape()))
    throw ShapeError("Accuracy",
                     fmt::format("prediction {} and target {} differ in shape",
                                 to_string(prediction.shape()), to_string(target.shape())));
  const DType dtype = is_floating(prediction.dtype()) ? prediction.dtype() : f64;
  return equal(prediction.to(dtype), target.to(dtype)).to(dtype);
}

}  // namespace

Accuracy::Accuracy(const MetricOptions& o) : Metric(name_or(o.name, "accuracy"), exact_accuracy) {}
BinaryAccuracy::BinaryAccuracy(const BinaryAccuracyOptions& o)
    : Metric(name_or(o.name, "binary_accuracy"),
             [threshold = o.threshold](const Tensor& p, const Tensor& t) {
               return nn::binary_accuracy(p, t, threshold);
             }) {
  detail::check_thresholds("BinaryAccuracy", std::span(&o.threshold, 1));
}
CategoricalAccuracy::CategoricalAccuracy(const MetricOptions& o)
    : Metric(name_or(o.name, "categorical_accuracy"), nn::categorical_accuracy) {}
SparseCategoricalAccuracy::SparseCategoricalAccuracy(const MetricOptions& o)
    : Metric(name_or(o.name, "sparse_categorical_accuracy"), nn::sparse_categorical_accuracy) {}
TopKCategoricalAccuracy::TopKCategoricalAccuracy(const TopKCategoricalAccuracyOptions& o)
    : Metric(name_or(o.name, "top_k_categorical_accuracy"),
             [k = o.k](const Tensor& p, const Tensor& t) {
               return nn::top_k_categorical_accuracy(p, t, k);
             }) {
  check_k("TopKCategoricalAccuracy", o.k);
}
SparseTopKCategoricalAccuracy::SparseTopKCategoricalAccuracy(
    const SparseTopKCategoricalAccuracyOptions& o)
    : Metric(name_or(o.name, "sparse_top_k_categorical_accuracy"),
             [k = o.k, ids = o.from_sorted_ids](const Tensor& p, const Tensor& t) {
               return ids ? among_first(p, t, k) : nn::sparse_top_k_categorical_accuracy(p, t, k);
             }) {
  check_k("SparseTopKCategoricalAccuracy", o.k);
}

}  // namespace carousel::nn
