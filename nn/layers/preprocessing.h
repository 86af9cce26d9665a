// Layers that bring data into range: Normalization, Rescaling.
#pragma once

#include <string>
#include <vector>

#include <carousel/nn/layer.h>

namespace carousel::nn {

struct NormalizationOptions {
  // Each position along these axes has its own mean and variance; Axes(): one for all.
  Axes axis = -1;
  std::vector<double> mean = {};  // with `variance`, in place of adapt(); row-major over `axis`
  std::vector<double> variance = {};
  bool invert = false;  // from the normalised values back
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, NormalizationOptions& o);

// (x - mean) / max(sqrt(variance), 1e-7), with statistics that are given or adapted, not trained.
class Normalization : public Layer<NormalizationOptions> {
 public:
  // ValueError for one of mean and variance without the other, or a negative variance.
  explicit Normalization(NormalizationOptions options = {});

  // Takes mean and variance from data (batch, ...), in place of what was there before. ShapeError
  // where there is none.
  void adapt(const Tensor& data);

  // GraphError before adapt(), if no statistics are given.
  Value forward(const Value& x) override;
  void visit(Visitor& visitor) override;
  const Tensor& mean() const { return mean_; }  // of the sizes along `axis`
  const Tensor& variance() const { return variance_; }

 protected:
  void make_parameters(const Values& inputs) override;

 private:
  Shape shape_of(const Shape& input) const;
  Tensor given(const std::vector<double>& values, const Tensor& like) const;

  Tensor mean_, variance_, adapted_;  // adapted_: 1 once there are statistics
  bool ready_ = false;                // adapted_ has been seen to be 1
};

struct RescalingOptions {
  double scale = 1;
  double offset = 0;
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, RescalingOptions& o);

// x scale + offset.
class Rescaling : public Layer<RescalingOptions> {
 public:
  explicit Rescaling(RescalingOptions options);
  Value forward(const Value& x) override;
};

}  // namespace carousel::nn
