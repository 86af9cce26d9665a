// The fully connected layer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <carousel/nn/activations.h>
#include <carousel/nn/init.h>
#include <carousel/nn/module.h>

namespace carousel::nn {

struct DenseOptions {
  std::int64_t units = 0;
  ActivationFunction activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

// activation(x kernel + bias) over the last axis: (..., in) to (..., units).
class Dense : public Module {
 public:
  using Options = DenseOptions;
  // ValueError if units < 1.
  explicit Dense(DenseOptions options);

  Value forward(const Value& x) override;
  void visit(Visitor& visitor) override;
  std::string type_name() const override { return "Dense"; }
  std::string config() const override;
  const DenseOptions& options() const { return options_; }

  const Tensor& kernel() const { return kernel_; }  // (in, units)
  const Tensor& bias() const { return bias_; }      // (units,), undefined without

 protected:
  void make_parameters(const Values& inputs) override;
  std::vector<std::int64_t> promised_input_shape() const override { return options_.input_shape; }

 private:
  DenseOptions options_;
  Tensor kernel_, bias_;
};

}  // namespace carousel::nn
