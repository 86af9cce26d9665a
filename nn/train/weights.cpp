#include <carousel/nn/train/weights.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
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

std::vector<std::int64_t> classes_of(const Tensor& y, const char* op) {
  const Tensor numbers = is_one_hot(y) ? argmax(y, -1) : y.reshape({-1});
  if (is_floating(numbers.dtype()))
    for (const double number : numbers.to(Device()).to(f64).to_vector<double>())
      if (number != std::round(number))
        throw ValueError(op, fmt::format("class_weight is for targets that are class numbers or "
                                         "one-hot, y {} holds {}: give sample_weight",
                                         to_string(y.shape()), number));
  return numbers.to(Device()).to(i64).to_vector<std::int64_t>();
}

// Some class between may be missing. A batch says nothing of the largest.
void check_known(const ClassWeights& class_weight, const Tensor& y,
                 const std::vector<std::int64_t>& classes, bool all_rows, const char* op) {
  std::int64_t last = 1;  // of 0 and 1, both may be named
  for (const std::int64_t each : classes) last = std::max(last, each);
  if (is_one_hot(y)) last = y.dim(1) - 1;
  for (const auto& each : class_weight)
    if (each.first < 0 || (each.first > last && (all_rows || is_one_hot(y))))
      throw ValueError(op, fmt::format("class_weight names class {}, y {} has classes 0 to {}",
                                       each.first, to_string(y.shape()), last));
}

}  // namespace

Tensor row_weights(const data::Dataset& rows, const Tensor& sample_weight,
                   const ClassWeights& class_weight, const char* op, bool all_rows) {
  if (class_weight.empty()) return sample_weight;
  if (sample_weight.defined()) throw ValueError(op, "give class_weight or sample_weight, not both");
  check_weights(rows, class_weight, op);
  const NoGrad no_grad;
  const Tensor& y = rows.y()[0];
  const std::vector<std::int64_t> classes = classes_of(y, op);
  check_known(class_weight, y, classes, all_rows, op);
  std::vector<float> weights;
  for (const std::int64_t label : classes) {
    const auto found = class_weight.find(label);
    weights.push_back(found == class_weight.end() ? 1 : static_cast<float>(found->second));
  }
  return from_vector(weights, {y.dim(0)}).to(y.device());
}

}  // namespace carousel::nn::detail
