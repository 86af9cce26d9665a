#include <carousel/nn/layers/dense.h>

#include <fmt/format.h>

#include <carousel/autograd/ops/linear.h>

namespace carousel::nn {

void fields(Fields& f, DenseOptions& o) {
  f("units", o.units), f("activation", o.activation), f("use_bias", o.use_bias);
  f("kernel_initializer", o.kernel_initializer), f("bias_initializer", o.bias_initializer);
  f("kernel_regularizer", o.kernel_regularizer), f("bias_regularizer", o.bias_regularizer);
  f("activity_regularizer", o.activity_regularizer);
  f("kernel_constraint", o.kernel_constraint), f("bias_constraint", o.bias_constraint);
}

Dense::Dense(DenseOptions options) : Layer(std::move(options)) {
  if (options_.units < 1)
    throw ValueError("dense", fmt::format("units must be at least 1, got {}", options_.units));
}

void Dense::make_parameters(const Values& inputs) {
  if (inputs[0].rank() < 2)
    throw ShapeError("dense", "needs an input (batch, ..., features), got shape " +
                                  to_string(inputs[0].shape()));
  if (inputs[0].dim(-1) == 0)
    throw ShapeError("dense",
                     "needs at least one feature, got shape " + to_string(inputs[0].shape()));
  kernel_ = parameter({inputs[0].dim(-1), options_.units}, options_.kernel_initializer,
                      options_.kernel_regularizer, options_.kernel_constraint);
  if (options_.use_bias)
    bias_ = parameter({options_.units}, options_.bias_initializer, options_.bias_regularizer,
                      options_.bias_constraint);
}

Value Dense::forward(const Value& x) {
  const std::int64_t features = kernel_.dim(0);
  if (x.rank() < 2 || x.dim(-1) != features)
    throw ShapeError("dense", fmt::format("was built for {} features, got shape {}", features,
                                          to_string(x.shape())));
  Tensor y;
  if (x.rank() == 2) {
    y = matmul(x, kernel_);
  } else {
    // One product over all rows: a batch of small ones is slower.
    Shape shape = x.shape();
    shape[x.rank() - 1] = options_.units;
    y = matmul(x.reshape(Shape{x.numel() / features, features}), kernel_).reshape(shape);
  }
  if (bias_.defined()) y = y + bias_;
  return Value::masked(options_.activation(y), x.mask);
}

void Dense::visit(Visitor& visitor) {
  visitor("kernel", kernel_);
  if (options_.use_bias) visitor("bias", bias_);
}

}  // namespace carousel::nn
