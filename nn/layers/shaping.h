// Layers without parameters: Activation, Flatten, Reshape.
#pragma once

#include <string>
#include <vector>

#include <carousel/nn/activations.h>
#include <carousel/nn/layer.h>

namespace carousel::nn {

struct ActivationOptions {
  ActivationFunction activation = "linear";
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, ActivationOptions& o);

// nn::Activation{"relu"}. Masks pass.
class Activation : public Layer<ActivationOptions> {
 public:
  explicit Activation(ActivationOptions options);
  explicit Activation(ActivationFunction activation);

  Value forward(const Value& x) override;
};

struct FlattenOptions {
  std::string data_format = "channels_last";  // "channels_first" moves axis 1 behind the others
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, FlattenOptions& o);

// (batch, ...) to (batch, everything else); (batch,) to (batch, 1).
class Flatten : public Layer<FlattenOptions> {
 public:
  // ValueError for another data_format.
  explicit Flatten(FlattenOptions options = {});

  Value forward(const Value& x) override;
};

struct ReshapeOptions {
  std::vector<std::int64_t> target_shape = {};  // without the batch; one may be -1
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, ReshapeOptions& o);

// (batch, ...) to (batch, target_shape...). ShapeError if the elements don't fit.
class Reshape : public Layer<ReshapeOptions> {
 public:
  // ValueError for a size below -1, or more than one -1.
  explicit Reshape(ReshapeOptions options);

  Value forward(const Value& x) override;
};

}  // namespace carousel::nn
