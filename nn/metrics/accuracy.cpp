// Right answers.
#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/nn/losses/rules.h>
#include <carousel/nn/metrics/rules.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

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

BinaryAccuracy::BinaryAccuracy(double threshold)
    : Metric("binary_accuracy", [threshold](const Tensor& p, const Tensor& t) {
        return nn::binary_accuracy(p, t, threshold);
      }) {
  detail::check_thresholds("BinaryAccuracy", std::span(&threshold, 1));
}

TopKCategoricalAccuracy::TopKCategoricalAccuracy(std::int64_t k)
    : Metric("top_k_categorical_accuracy", [k](const Tensor& p, const Tensor& t) {
        return nn::top_k_categorical_accuracy(p, t, k);
      }) {
  check_k("TopKCategoricalAccuracy", k);
}

SparseTopKCategoricalAccuracy::SparseTopKCategoricalAccuracy(std::int64_t k)
    : Metric("sparse_top_k_categorical_accuracy", [k](const Tensor& p, const Tensor& t) {
        return nn::sparse_top_k_categorical_accuracy(p, t, k);
      }) {
  check_k("SparseTopKCategoricalAccuracy", k);
}

}  // namespace carousel::nn
