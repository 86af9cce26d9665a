// What is watched while training, but not minimised.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <carousel/nn/losses.h>
#include <carousel/nn/value.h>

namespace carousel::nn {

// A metric by name or as an object; a small value without state. Over an epoch it is the mean of
// all positions of all batches (rmse: its root), so a short last batch counts by its size. Masked
// positions don't count.
class Metric {
 public:
  // prediction, target -> a value for each position: the shape without the last axis.
  using Function = Loss::Function;

  // The names of losses and their aliases, "rmse" and "root_mean_squared_error", "accuracy" and
  // "acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"; ValueError.
  // "accuracy" is binary for predictions of one column, sparse for targets of one axis less or one
  // column, else categorical. It is shown under the name that was given.
  Metric(std::string_view name);                                // NOLINT
  Metric(const char* name) : Metric(std::string_view(name)) {}  // NOLINT
  Metric(const Loss& loss);                                     // NOLINT
  Metric(std::string name, Function function);                  // ValueError for an empty function

  const std::string& name() const { return name_; }
  // The sum over positions, a scalar of the prediction's dtype. No gradient.
  Tensor total(const Value& prediction, const Tensor& target) const;
  // How many positions that sum has without a mask: elements without the last axis.
  static std::int64_t positions(const Tensor& prediction);
  // The metric, from the sum and the count of positions of all batches.
  double result(double total, double count) const;

 private:
  std::string name_;
  Function function_;
  bool root_ = false;
};

inline const Metric rmse{"rmse"};
inline const Metric accuracy{"accuracy"};

// One value a position, 1 where right; predictions above 0.5 are class 1.
Tensor binary_accuracy(const Tensor& prediction, const Tensor& target);
// The largest of the last axis decides; the first of equals.
Tensor categorical_accuracy(const Tensor& prediction, const Tensor& target);
// Targets are class numbers.
Tensor sparse_categorical_accuracy(const Tensor& prediction, const Tensor& target);

}  // namespace carousel::nn
