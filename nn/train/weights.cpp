#include <carousel/nn/train/weights.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/search.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace carousel::nn::detail {
namespace {

using ClassWeights = std::map<std::int64_t, double>;

void check_weights(const data::Dataset& rows, const ClassWeights& class_weight, const char* op) {
  if (rows.y().size() != 1)
    throw ValueError(op, fmt::format("class_weight is for one output, there are {}: give "
                                     "sample_weight",
                                     rows.y().size()));
  for (const auto& [label, weight] : class_weight)
    if (!(weight >= 0) || std::isinf(weight))
      throw ValueError(op, fmt::format("class_weight of {} is {}", label, weight));
  if (rows.y()[0].rank() > 2)
    throw ShapeError(op, fmt::format("class_weight is for one target a row, got y {}: give "
                                     "sample_weight",
                                     to_string(rows.y()[0].shape())));
}

bool is_one_hot(const Tensor& y) { return y.rank() == 2 && y.dim(1) > 1; }

// Of each row, (rows,), i64. Whether they are whole numbers is all that is read back.
Tensor classes_of(const Tensor& y, const char* op) {
  if (is_one_hot(y)) return argmax(y, -1);
  const Tensor numbers = y.reshape({-1});
  if (!is_floating(y.dtype()) || y.numel() == 0) return numbers.to(i64);
  const Tensor between = not_equal(numbers, round(numbers));
  if (any(between).item() != 0)
    throw ValueError(
        op, fmt::format("class_weight is for targets that are class numbers or "
                        "one-hot, y {} holds {}: give sample_weight",
                        to_string(y.shape()), take(numbers, argmax(between.to(i32))).item()));
  return numbers.to(i64);
}

// Some class between may be missing. A batch says nothing of the largest.
void check_known(const ClassWeights& class_weight, const Tensor& y, const Tensor& classes,
                 bool all_rows, const char* op) {
  const bool knows_largest = all_rows || is_one_hot(y);
  if (class_weight.begin()->first >= 0 && !knows_largest) return;
  std::int64_t last = 1;  // of 0 and 1, both may be named
  if (is_one_hot(y))
    last = y.dim(1) - 1;
  else if (y.numel() > 0)
    last = std::max(last, max(classes).item<std::int64_t>());
  for (const auto& each : class_weight)
    if (each.first < 0 || (each.first > last && knows_largest))
      throw ValueError(op, fmt::format("class_weight names class {}, y {} has classes 0 to {}",
                                       each.first, to_string(y.shape()), last));
}

}  // namespace

void RowWeights::keep(const ClassWeights& class_weight, Device device) {
  if (classes_.defined() && classes_.device() == device && kept_ == class_weight) return;
  std::vector<std::int64_t> classes;
  std::vector<float> weights;
  for (const auto& [label, weight] : class_weight) {
    classes.push_back(label);
    weights.push_back(static_cast<float>(weight));
  }
  weights.push_back(1);
  const auto count = static_cast<std::int64_t>(classes.size());
  kept_.clear();
  classes_ = from_vector(classes, {count}).to(device);
  weights_ = from_vector(weights, {count + 1}).to(device);
  kept_ = class_weight;
}

Tensor RowWeights::of(const data::Dataset& rows, const Tensor& sample_weight,
                      const ClassWeights& class_weight, const char* op, bool all_rows) {
  if (class_weight.empty()) return sample_weight;
  if (sample_weight.defined()) throw ValueError(op, "give class_weight or sample_weight, not both");
  check_weights(rows, class_weight, op);
  const NoGrad no_grad;
  const Tensor& y = rows.y()[0];
  const Tensor classes = classes_of(y, op);
  check_known(class_weight, y, classes, all_rows, op);
  keep(class_weight, y.device());
  const std::int64_t others = classes_.dim(0);
  const Tensor place = minimum(searchsorted(classes_, classes), others - 1);
  return take(weights_, where(equal(take(classes_, place), classes), place, others));
}

}  // namespace carousel::nn::detail
