// Runs golden cases and compares.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

#include <tests/parity/golden.h>

namespace carousel::test {

// What a case asks for and the library does not have.
struct NotThere : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A golden case on tensors of one dtype: named inputs and weights, and the arguments.
struct Call {
  std::map<std::string, Tensor> in;
  const nlohmann::json& args;

  const Tensor& operator[](const std::string& name) const;
};
using Results = std::map<std::string, Tensor>;

// Builds the outputs, by their golden names, from the inputs; throws NotThere.
using Forward = std::function<Results(const Call&)>;

struct Bounds {
  double values, gradients;
};

// Outputs and gradients of one case in one dtype against the datasets with this suffix ("" or
// ".f64"). Gradients are taken of sum(output * cotangent).
Difference compare_case(const GoldenCase& golden, const nlohmann::json& args,
                        const Forward& forward, DType dtype, const std::string& suffix,
                        const Bounds& bounds);

inline constexpr Bounds kBoundsF64{1e-9, 1e-9}, kBoundsF32{2e-5, 1e-4};

// The cases of the files that have a runner.
Difference run_tensor_op(const GoldenCase& golden);
Difference run_bidirectional_keras(const GoldenCase& golden);
Difference run_recurrent_keras(const GoldenCase& golden);
Difference run_layer_keras(const GoldenCase& golden);
Difference run_optimizer_keras(const GoldenCase& golden);
Difference run_metric_keras(const GoldenCase& golden);
Difference run_loss_keras(const GoldenCase& golden);
Difference run_optimizer_torch(const GoldenCase& golden);
Difference run_schedule_keras(const GoldenCase& golden);
Difference run_schedule_torch(const GoldenCase& golden);
Difference run_loss_torch(const GoldenCase& golden);
Difference run_recurrent_torch(const GoldenCase& golden);
Difference run_stack_keras(const GoldenCase& golden);

}  // namespace carousel::test
