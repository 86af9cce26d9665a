// Layers without parameters: Activation, Flatten, Reshape.
#pragma once

#include <string>
#include <vector>

#include <carousel/nn/activations.h>
#include <carousel/nn/module.h>

namespace carousel::nn {

struct ActivationOptions {
  ActivationFunction activation = "linear";
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

// nn::Activation{"relu"}. Masks pass.
class Activation : public Module {
 public:
  using Options = ActivationOptions;
  explicit Activation(ActivationOptions options);
  explicit Activation(ActivationFunction activation)
      : Activation(ActivationOptions{.activation = std::move(activation)}) {}

  Value forward(const Value& x) override;
  std::string type_name() const override { return "Activation"; }
  std::string config() const override;

 protected:
  std::vector<std::int64_t> promised_input_shape() const override { return options_.input_shape; }

 private:
  ActivationOptions options_;
};

struct FlattenOptions {
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

// (batch, ...) to (batch, everything else); (batch,) to (batch, 1).
class Flatten : public Module {
 public:
  using Options = FlattenOptions;
  explicit Flatten(FlattenOptions options = {});

  Value forward(const Value& x) override;
  std::string type_name() const override { return "Flatten"; }
  std::string config() const override;

 protected:
  std::vector<std::int64_t> promised_input_shape() const override { return options_.input_shape; }

 private:
  FlattenOptions options_;
};

struct ReshapeOptions {
  std::vector<std::int64_t> target_shape = {};  // without the batch; one may be -1
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

// (batch, ...) to (batch, target_shape...). ShapeError if the elements don't fit.
class Reshape : public Module {
 public:
  using Options = ReshapeOptions;
  // ValueError for a size below -1, or more than one -1.
  explicit Reshape(ReshapeOptions options);

  Value forward(const Value& x) override;
  std::string type_name() const override { return "Reshape"; }
  std::string config() const override;

 protected:
  std::vector<std::int64_t> promised_input_shape() const override { return options_.input_shape; }

 private:
  ReshapeOptions options_;
};

}  // namespace carousel::nn
