// Normalising layers: LayerNormalization, RMSNormalization, BatchNormalization, GroupNormalization,
// UnitNormalization.
#pragma once

#include <string>
#include <vector>

#include <carousel/nn/layer.h>

namespace carousel::nn {

struct LayerNormalizationOptions {
  Axes axis = -1;  // one or several, not the batch
  double epsilon = 1e-3;
  bool center = true;  // has beta
  bool scale = true;   // has gamma
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  bool trainable = true;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, LayerNormalizationOptions& o);

// Ba et al., 2016: (x - mean) / sqrt(variance + epsilon) gamma + beta over `axis`, for each sample.
class LayerNormalization : public Layer<LayerNormalizationOptions> {
 public:
  // ValueError for a negative epsilon.
  explicit LayerNormalization(LayerNormalizationOptions options = {});

  Value forward(const Value& x) override;
  void visit(Visitor& visitor) override;

  const Tensor& gamma() const { return gamma_; }  // of the normalised axes, or undefined
  const Tensor& beta() const { return beta_; }

 protected:
  void make_parameters(const Values& inputs) override;

 private:
  Tensor gamma_, beta_;
};

struct RMSNormalizationOptions {
  Axes axis = -1;
  double epsilon = 1e-6;
  bool trainable = true;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, RMSNormalizationOptions& o);

// Zhang and Sennrich, 2019: x / sqrt(mean of x^2 + epsilon) scale over `axis`.
class RMSNormalization : public Layer<RMSNormalizationOptions> {
 public:
  // ValueError for a negative epsilon.
  explicit RMSNormalization(RMSNormalizationOptions options = {});

  Value forward(const Value& x) override;
  void visit(Visitor& visitor) override { visitor("scale", scale_); }
  const Tensor& scale() const { return scale_; }

 protected:
  void make_parameters(const Values& inputs) override;

 private:
  Tensor scale_;
};

struct BatchNormalizationOptions {
  std::int64_t axis = -1;  // the channels
  double momentum = 0.99;  // the weight of the old moving statistics
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Initializer moving_mean_initializer = "zeros";
  Initializer moving_variance_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  bool trainable = true;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, BatchNormalizationOptions& o);

// Ioffe and Szegedy, 2015. In training each channel is normalised by the batch's mean and variance
// (of unmasked steps, where there is a mask), which also move the moving ones; else by those. With
// set_trainable(false) it normalises by the moving statistics in training, too, and they stay, as
// in Keras.
class BatchNormalization : public Layer<BatchNormalizationOptions> {
 public:
  // ValueError for a negative epsilon, or a momentum outside [0, 1].
  explicit BatchNormalization(BatchNormalizationOptions options = {});

  Value forward(const Value& x) override;
  void visit(Visitor& visitor) override;

  const Tensor& gamma() const { return gamma_; }  // (channels,) or undefined
  const Tensor& beta() const { return beta_; }
  const Tensor& moving_mean() const { return moving_mean_; }
  const Tensor& moving_variance() const { return moving_variance_; }

 protected:
  void make_parameters(const Values& inputs) override;

 private:
  Tensor normalized(const Tensor& x, const Tensor& mask);
  Tensor by_moving(const Tensor& x) const;
  void move(const Tensor& mean, const Tensor& variance);

  Tensor gamma_, beta_, moving_mean_, moving_variance_;
};

struct GroupNormalizationOptions {
  std::int64_t groups = 32;  // -1: one a channel
  std::int64_t axis = -1;    // the channels
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  bool trainable = true;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, GroupNormalizationOptions& o);

// Wu and He, 2018: as layer normalisation, over groups of neighbouring channels and all positions.
class GroupNormalization : public Layer<GroupNormalizationOptions> {
 public:
  // ValueError for a negative epsilon, or groups that are neither -1 nor from 1.
  explicit GroupNormalization(GroupNormalizationOptions options = {});

  Value forward(const Value& x) override;
  void visit(Visitor& visitor) override;

 protected:
  // ShapeError if the groups do not divide the channels.
  void make_parameters(const Values& inputs) override;

 private:
  Tensor gamma_, beta_;
};

struct UnitNormalizationOptions {
  Axes axis = -1;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, UnitNormalizationOptions& o);

// x over its Euclidean norm along `axis`.
class UnitNormalization : public Layer<UnitNormalizationOptions> {
 public:
  explicit UnitNormalization(UnitNormalizationOptions options = {});
  Value forward(const Value& x) override;
};

}  // namespace carousel::nn
