// A list of all optimizers, and a function on which they walk.
#pragma once

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/optim/optim.h>
#include <carousel/optim/torch/torch.h>

#include <functional>
#include <vector>

namespace carousel::test {

struct NamedOptimizer {
  const char* name;
  std::function<std::unique_ptr<optim::Optimizer>()> make;
};

// Each with options that switch on as much as it has.
std::vector<NamedOptimizer> every_optimizer();

// Two parameters of these sizes, named "kernel" and "bias", with fixed values.
std::vector<NamedTensor> two_parameters(DType dtype, Device device = {});
// 1/2 sum k (w - 1)^2 over all elements, with curvatures k of 0.3 to 2.
Tensor bowl(const std::vector<NamedTensor>& parameters);
// One step down it; returns the loss before.
double step_down(optim::Optimizer& optimizer, const std::vector<NamedTensor>& parameters);
std::vector<double> values(const std::vector<NamedTensor>& parameters);

}  // namespace carousel::test
