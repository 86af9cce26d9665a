// A dense layer over any axes.
#pragma once

#include <string>
#include <vector>

#include <carousel/nn/layer.h>

namespace carousel::nn {

struct EinsumDenseOptions {
  std::string equation = {};                    // "abc,cd->abd": the input, the kernel, the output
  std::vector<std::int64_t> output_shape = {};  // without the batch; -1 is an axis of the input
  ActivationFunction activation = "linear";
  std::string bias_axes = {};  // the output's axes that the bias has; none: no bias
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

void fields(Fields& f, EinsumDenseOptions& o);

// activation(einsum(equation, x, kernel) + bias). "..." stands for leading axes of input and
// output, or trailing ones.
class EinsumDense : public Layer<EinsumDenseOptions> {
 public:
  // ValueError for an equation that is none of two operands, or bias_axes that the output lacks.
  explicit EinsumDense(EinsumDenseOptions options);

  Value forward(const Value& x) override;
  void visit(Visitor& visitor) override;

  const Tensor& kernel() const { return kernel_; }
  const Tensor& bias() const { return bias_; }  // undefined without

 protected:
  // ShapeError where input, equation and output_shape contradict each other.
  void make_parameters(const Values& inputs) override;

 private:
  void check_input(const Shape& x) const;

  std::string input_axes_, kernel_axes_, output_axes_;
  Tensor kernel_, bias_;
};

}  // namespace carousel::nn
