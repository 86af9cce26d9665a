// The initial values of parameters, with Keras' names and formulas.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <carousel/autograd/ops/random.h>
#include <carousel/tensor/tensor.h>

namespace carousel::nn {

// Makes a CPU tensor of this shape and dtype.
using DrawFunction = std::function<Tensor(const Shape& shape, DType dtype, Generator& generator)>;

// Of init::STFT: the function over a frame that its waves are multiplied by: nothing, a name, or
// its values. "hann", "hamming", "blackman", "blackmanharris", "nuttall", "boxcar".
using WindowFunction = std::variant<std::monostate, std::string, std::vector<double>>;

namespace init {
// Keras' arguments.
struct STFTOptions {
  std::string side = "real";  // or "imag"
  WindowFunction window = "hann";
  std::optional<std::string> scaling = "density";  // the window has length 1; "spectrum": sum 1
  bool periodic = false;                           // a named window's period is the frame
};
}  // namespace init

// What an initializer draws, and from what.
struct InitializerRule {
  enum class Kind : unsigned char {
    zeros,
    ones,
    constant,
    uniform,
    normal,
    truncated_normal,
    variance_scaling,
    orthogonal,
    identity,
    stft,
    values,
    custom
  };
  enum class Fan : unsigned char { in, out, average };
  enum class Distribution : unsigned char { truncated_normal, untruncated_normal, uniform };

  Kind kind = Kind::zeros;
  // (minval, maxval), (mean, stddev), (scale, -), (gain, -) or (value, -); unused ones are 0.
  double a = 0, b = 0;
  Fan fan = Fan::in;                                           // variance_scaling only
  Distribution distribution = Distribution::truncated_normal;  // variance_scaling only
  std::optional<std::uint64_t> seed = {};
  std::shared_ptr<const init::STFTOptions> stft = {};  // stft only
  std::shared_ptr<const DrawFunction> function = {};   // values and custom only
};

const char* to_string(InitializerRule::Fan fan);  // "fan_in", "fan_out", "fan_avg"
const char* to_string(InitializerRule::Distribution distribution);

// A rule for initial values, by name with Keras' defaults or as one of the objects in nn::init, the
// values themselves, or a function of yours; a small value:
//
//   nn::Dense{{.units = 8, .kernel_initializer = "he_normal"}}
//   nn::Dense{{.units = 8, .kernel_initializer = nn::init::HeNormal{{.seed = 3}}}}
//   nn::Embedding{{.input_dim = 9, .output_dim = 4, .embeddings_initializer = matrix}}
//
// Values depend on the model's seed and the parameter's path; with a seed of the initializer's own
// on that alone.
class Initializer {
 public:
  // "zeros", "ones", "constant", "identity", "random_normal", "random_uniform", "truncated_normal",
  // "variance_scaling", "glorot_", "he_" and "lecun_" with "normal" and "uniform", "orthogonal",
  // "stft", or one of Keras' other names ("zero", "uniform", "GlorotUniform", ...); ValueError.
  Initializer(std::string_view name);                                     // NOLINT: takes strings
  Initializer(const char* name) : Initializer(std::string_view(name)) {}  // NOLINT
  // Of the parameter's shape: ShapeError when it is drawn. In a file's configuration they become
  // zeros, since the parameter's own values stand beside it.
  Initializer(const Tensor& values);            // NOLINT: takes a matrix as Keras does
  explicit Initializer(DrawFunction function);  // ValueError for an empty one
  explicit Initializer(const InitializerRule& rule) : rule_(rule) {}

  const InitializerRule& rule() const { return rule_; }
  const char* name() const;  // of its kind

  // A new CPU tensor, drawn from `generator`. ShapeError where the rule needs another shape.
  Tensor operator()(const Shape& shape, DType dtype, Generator& generator) const;

 private:
  InitializerRule rule_;
};

namespace init {

struct SeedOptions {
  std::optional<std::uint64_t> seed = {};
};
struct ConstantOptions {
  double value = 0;
};
struct GainOptions {
  double gain = 1;
};
struct RandomNormalOptions {
  double mean = 0, stddev = 0.05;
  std::optional<std::uint64_t> seed = {};
};
struct RandomUniformOptions {
  double minval = -0.05, maxval = 0.05;
  std::optional<std::uint64_t> seed = {};
};
struct VarianceScalingOptions {
  double scale = 1;
  std::string_view mode = "fan_in";  // or "fan_out", "fan_avg"
  // or "untruncated_normal", "uniform"; "normal" is "truncated_normal"
  std::string_view distribution = "truncated_normal";
  std::optional<std::uint64_t> seed = {};
};
struct OrthogonalOptions {
  double gain = 1;
  std::optional<std::uint64_t> seed = {};
};

struct Zeros : Initializer {
  Zeros() : Initializer("zeros") {}
};
struct Ones : Initializer {
  Ones() : Initializer("ones") {}
};
struct Constant : Initializer {
  explicit Constant(ConstantOptions options = {});
};
// Of a matrix, times gain.
struct Identity : Initializer {
  explicit Identity(GainOptions options = {});
};
// ValueError for a negative stddev.
struct RandomNormal : Initializer {
  explicit RandomNormal(RandomNormalOptions options = {});
};
// In [minval, maxval). ValueError unless minval < maxval.
struct RandomUniform : Initializer {
  explicit RandomUniform(RandomUniformOptions options = {});
};
// Drawn again outside two standard deviations. ValueError for a negative stddev.
struct TruncatedNormal : Initializer {
  explicit TruncatedNormal(RandomNormalOptions options = {});
};
// Variance scale / n, n by mode: the number of inputs of a unit, of outputs, or the mean of both.
// ValueError unless scale > 0, for another mode or distribution.
struct VarianceScaling : Initializer {
  explicit VarianceScaling(VarianceScalingOptions options = {});
};
// Saxe et al., 2014: orthonormal columns (or rows, whichever are fewer), times gain.
struct Orthogonal : Initializer {
  explicit Orthogonal(OrthogonalOptions options = {});
};

// Of a convolution's kernel (frame, 1, frequencies): the real or the imaginary parts of a
// short-time Fourier transform, window[t] cos(-2 pi t f / n) or sin, n = 2 (frequencies - 1).
// ValueError: another side, window or scaling; ShapeError, when it is drawn, for another shape, or
// a window of another length than the frame.
struct STFT : Initializer {
  explicit STFT(const STFTOptions& options = {});
};

// Variance scaling under its authors' names; the normal ones are truncated. Glorot and Bengio,
// 2010: scale 1, mean of both numbers; He et al., 2015: scale 2, inputs; LeCun et al., 1998:
// scale 1, inputs.
struct GlorotNormal : Initializer {
  explicit GlorotNormal(SeedOptions options = {});
};
struct GlorotUniform : Initializer {
  explicit GlorotUniform(SeedOptions options = {});
};
struct HeNormal : Initializer {
  explicit HeNormal(SeedOptions options = {});
};
struct HeUniform : Initializer {
  explicit HeUniform(SeedOptions options = {});
};
struct LecunNormal : Initializer {
  explicit LecunNormal(SeedOptions options = {});
};
struct LecunUniform : Initializer {
  explicit LecunUniform(SeedOptions options = {});
};

}  // namespace init
}  // namespace carousel::nn
