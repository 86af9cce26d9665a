// Noise that is there in training only: SpatialDropout1D and 2D, GaussianNoise, GaussianDropout,
// AlphaDropout.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <carousel/nn/layer.h>

namespace carousel::nn {

// What layers that draw random numbers share: forward() gives x itself outside training.
template <class O>
class NoiseLayer : public Layer<O> {
 public:
  Value forward(const Value& x) override;
  void visit(Visitor& visitor) override { visitor.host_buffer("random_state", state_); }

 protected:
  using Layer<O>::Layer;
  void make_parameters(const Values&) override { state_ = this->random_state(this->options_.seed); }
  // x with noise.
  virtual Tensor noisy(const Tensor& x, Generator& generator) const = 0;
  // Whether training changes x at all.
  virtual bool active() const = 0;

 private:
  Tensor state_;
};

struct SpatialDropout1DOptions {
  double rate = 0;                         // of channels that become 0, in [0, 1)
  std::optional<std::uint64_t> seed = {};  // default: from the model's seed and the path
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (time, features)
};

void fields(Fields& f, SpatialDropout1DOptions& o);

// Tompson et al., 2014. Drops whole features of (batch, time, features), over all steps alike.
class SpatialDropout1D : public NoiseLayer<SpatialDropout1DOptions> {
 public:
  // ValueError unless rate is in [0, 1).
  explicit SpatialDropout1D(SpatialDropout1DOptions options);
  explicit SpatialDropout1D(double rate);

 protected:
  // ShapeError unless the input has three axes.
  void make_parameters(const Values& inputs) override;

 private:
  Tensor noisy(const Tensor& x, Generator& generator) const override;
  bool active() const override { return options_.rate > 0; }
};

struct SpatialDropout2DOptions {
  double rate = 0;
  std::string data_format = "channels_last";  // or "channels_first"
  std::optional<std::uint64_t> seed = {};
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // (height, width, channels)
};

void fields(Fields& f, SpatialDropout2DOptions& o);

// Drops whole channels of images.
class SpatialDropout2D : public NoiseLayer<SpatialDropout2DOptions> {
 public:
  // ValueError unless rate is in [0, 1), or for another data_format.
  explicit SpatialDropout2D(SpatialDropout2DOptions options);
  explicit SpatialDropout2D(double rate);

 protected:
  // ShapeError unless the input has four axes.
  void make_parameters(const Values& inputs) override;

 private:
  Tensor noisy(const Tensor& x, Generator& generator) const override;
  bool active() const override { return options_.rate > 0; }
};

struct GaussianNoiseOptions {
  double stddev = 0;
  std::optional<std::uint64_t> seed = {};
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, GaussianNoiseOptions& o);

// x + stddev * a normal number.
class GaussianNoise : public NoiseLayer<GaussianNoiseOptions> {
 public:
  // ValueError for a negative stddev.
  explicit GaussianNoise(GaussianNoiseOptions options);
  explicit GaussianNoise(double stddev);

 private:
  Tensor noisy(const Tensor& x, Generator& generator) const override;
  bool active() const override { return options_.stddev > 0; }
};

struct GaussianDropoutOptions {
  double rate = 0;  // the noise has the variance of dropout, rate / (1 - rate)
  std::optional<std::uint64_t> seed = {};
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, GaussianDropoutOptions& o);

// Srivastava et al., 2014: x times a normal number of mean 1.
class GaussianDropout : public NoiseLayer<GaussianDropoutOptions> {
 public:
  // ValueError unless rate is in [0, 1).
  explicit GaussianDropout(GaussianDropoutOptions options);
  explicit GaussianDropout(double rate);

 private:
  Tensor noisy(const Tensor& x, Generator& generator) const override;
  bool active() const override { return options_.rate > 0; }
};

struct AlphaDropoutOptions {
  double rate = 0;
  // Batch included; where it is 1, the same elements drop along that axis. Default: x's shape.
  std::vector<std::int64_t> noise_shape = {};
  std::optional<std::uint64_t> seed = {};
  std::string name = {};
  std::vector<std::int64_t> input_shape = {};  // without the batch
};

void fields(Fields& f, AlphaDropoutOptions& o);

// Klambauer et al., 2017: dropout that keeps mean and variance of what selu gives.
class AlphaDropout : public NoiseLayer<AlphaDropoutOptions> {
 public:
  // ValueError unless rate is in [0, 1).
  explicit AlphaDropout(AlphaDropoutOptions options);
  explicit AlphaDropout(double rate);

 private:
  Tensor noisy(const Tensor& x, Generator& generator) const override;
  bool active() const override { return options_.rate > 0; }
};

}  // namespace carousel::nn
