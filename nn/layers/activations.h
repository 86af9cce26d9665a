// Activation functions with options of their own: ReLU, LeakyReLU, ELU, PReLU, Softmax; and layers
// that give their input: Identity, ActivityRegularization.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <carousel/nn/layer.h>

namespace carousel::nn {

struct ReLUOptions {
  std::optional<double> max_value = {};  // default: none
  double negative_slope = 0;
  double threshold = 0;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, ReLUOptions& o);

// max_value from there on, x down to the threshold, negative_slope (x - threshold) below it.
class ReLU : public Layer<ReLUOptions> {
 public:
  // ValueError for a negative max_value, negative_slope or threshold.
  explicit ReLU(ReLUOptions options = {});
  Value forward(const Value& x) override;
};

struct LeakyReLUOptions {
  double negative_slope = 0.3;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, LeakyReLUOptions& o);

// x above 0, negative_slope x below.
class LeakyReLU : public Layer<LeakyReLUOptions> {
 public:
  // ValueError for a negative slope.
  explicit LeakyReLU(LeakyReLUOptions options = {});
  Value forward(const Value& x) override;
};

struct ELUOptions {
  double alpha = 1;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, ELUOptions& o);

// Clevert et al., 2015: x above 0, alpha (e^x - 1) below.
class ELU : public Layer<ELUOptions> {
 public:
  explicit ELU(ELUOptions options = {});
  Value forward(const Value& x) override;
};

struct PReLUOptions {
  Initializer alpha_initializer = "zeros";
  Regularizer alpha_regularizer = {};
  Constraint alpha_constraint = {};
  // Counted with the batch as axis 0; along them alpha is one number.
  std::vector<std::int64_t> shared_axes = {};
  bool trainable = true;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, PReLUOptions& o);

// He et al., 2015: x above 0, alpha x below, alpha being learned.
class PReLU : public Layer<PReLUOptions> {
 public:
  explicit PReLU(PReLUOptions options = {});
  Value forward(const Value& x) override;
  void visit(Visitor& visitor) override { visitor("alpha", alpha_); }

  const Tensor& alpha() const { return alpha_; }  // an input's shape without the batch

 protected:
  void make_parameters(const Values& inputs) override;

 private:
  Tensor alpha_;
};

struct SoftmaxOptions {
  Axes axis = -1;  // one, or several that are normalised together
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, SoftmaxOptions& o);

// A mask of x's shape, or one that broadcasts to it, leaves elements out: they are 0. It comes as
// a second input, or with the first one.
class Softmax : public Layer<SoftmaxOptions> {
 public:
  explicit Softmax(SoftmaxOptions options = {});
  Value forward(const Value& x) override;
  // {x, mask}
  Values forward_many(const Values& inputs) override;
  using Module::operator();

 private:
  Tensor compute(const Tensor& x, const Tensor& mask) const;
};

struct IdentityOptions {
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, IdentityOptions& o);

class Identity : public Layer<IdentityOptions> {
 public:
  explicit Identity(IdentityOptions options = {});
  Value forward(const Value& x) override;
};

struct ActivityRegularizationOptions {
  double l1 = 0, l2 = 0;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, ActivityRegularizationOptions& o);

// In training adds l1 sum |x| + l2 sum x^2 to the loss.
class ActivityRegularization : public Layer<ActivityRegularizationOptions> {
 public:
  // ValueError for a negative or infinite factor.
  explicit ActivityRegularization(ActivityRegularizationOptions options = {});
  Value forward(const Value& x) override { return x; }
};

}  // namespace carousel::nn
