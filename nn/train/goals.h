// What a model's outputs are measured by.
#pragma once

#include <string>
#include <vector>

#include <carousel/nn/losses.h>
#include <carousel/nn/metrics.h>
#include <carousel/nn/value.h>

namespace carousel::nn {
struct CompileOptions;
}

namespace carousel::nn::detail {

// Of one output.
struct Goal {
  std::string name;  // the output's
  Loss loss;
  double weight = 1;
  std::vector<Metric> metrics;
  std::size_t weighted = 0;  // so many of them, the last ones, take the sample weights

  bool weighs(std::size_t i) const { return i + weighted >= metrics.size(); }
};
using Goals = std::vector<Goal>;

// One for each output. ValueError that names `op` where the options are for another number.
Goals make_goals(const CompileOptions& options, const std::vector<std::string>& outputs,
                 const char* op);

// A batch's loss: scalars.
struct BatchLoss {
  Tensor total;    // the weighted sum, for backward()
  Tensors losses;  // each output's, without its weight
};

// ValueError if there are not as many targets as outputs.
BatchLoss batch_loss(const Goals& goals, const Values& predictions, const Tensors& targets,
                     const Tensor& sample_weight = {});

}  // namespace carousel::nn::detail
