#include <carousel/nn/train/weights.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

namespace carousel::nn::detail {

Tensor row_weights(const data::Dataset& rows, const Tensor& sample_weight,
                   const std::map<std::int64_t, double>& class_weight, const char* op) {
  if (class_weight.empty()) return sample_weight;
  if (sample_weight.defined()) throw ValueError(op, "give class_weight or sample_weight, not both");
  if (rows.y().size() != 1)
    throw ValueError(op, fmt::format("class_weight is for one output, there are {}: give "
                                     "sample_weight",
                                     rows.y().size()));
  for (const auto& [label, weight] : class_weight)
    if (!(weight >= 0))
      throw ValueError(op, fmt::format("class_weight of {} is {}", label, weight));
  const NoGrad no_grad;
  const Tensor& y = rows.y()[0];
  if (y.rank() > 2)
    throw ShapeError(op, fmt::format("class_weight is for one target a row, got y {}: give "
                                     "sample_weight",
                                     to_string(y.shape())));
  const Tensor classes = y.rank() == 2 && y.dim(1) > 1 ? argmax(y, -1) : y.reshape({-1});
  const Tensor whole = is_floating(classes.dtype()) ? round(classes) : classes;
  std::vector<float> weights;
  for (const std::int64_t label : whole.to(Device()).to(i64).to_vector<std::int64_t>()) {
    const auto found = class_weight.find(label);
    weights.push_back(found == class_weight.end() ? 1 : static_cast<float>(found->second));
  }
  return from_vector(weights, {y.dim(0)}).to(y.device());
}

}  // namespace carousel::nn::detail
