// The fully connected layer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <carousel/nn/activations.h>
#include <carousel/nn/init.h>
#include <carousel/nn/layer.h>

namespace carousel::nn {

struct DenseOptions {
  std::int64_t units = 0;
  ActivationFunction activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  bool trainable = true;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, DenseOptions& o);

// activation(x kernel + bias) over the last axis: (..., in) to (..., units).
class Dense : public Layer<DenseOptions> {
 public:
  // ValueError if units < 1.
  explicit Dense(DenseOptions options);

  Value forward(const Value& x) override;
  void visit(Visitor& visitor) override;

  const Tensor& kernel() const { return kernel_; }  // (in, units)
  const Tensor& bias() const { return bias_; }      // (units,), undefined without

 protected:
  void make_parameters(const Values& inputs) override;

 private:
  Tensor kernel_, bias_;
};

}  // namespace carousel::nn
