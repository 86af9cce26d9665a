// The initial values of parameters, with Keras' names and formulas.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <carousel/autograd/ops/random.h>
#include <carousel/tensor/tensor.h>

namespace carousel::nn {

// Makes a CPU tensor of this shape and dtype.
using DrawFunction = std::function<Tensor(const Shape& shape, DType dtype, Generator& generator)>;

// A rule for initial values; a small value, made from a name ("glorot_uniform", with Keras'
// defaults) or by the functions in nn::init.
class Initializer {
 public:
  enum class Kind : unsigned char {
    zeros,
    ones,
    constant,
    uniform,
    normal,
    truncated_normal,
    glorot_uniform,
    glorot_normal,
    he_uniform,
    he_normal,
    lecun_uniform,
    lecun_normal,
    orthogonal,
    identity
  };

  // ValueError for an unknown name. Also "random_uniform", "random_normal", "truncated_normal".
  Initializer(std::string_view name);  // NOLINT: implicit, so that options take strings
  Initializer(const char* name) : Initializer(std::string_view(name)) {}  // NOLINT
  Initializer(Kind kind, double a, double b) : kind_(kind), a_(a), b_(b) {}

  Kind kind() const { return kind_; }
  // The arguments: (low, high), (mean, stddev), (gain, -) or (value, -); unused ones are 0.
  double a() const { return a_; }
  double b() const { return b_; }
  const char* name() const;

  // A new CPU tensor, drawn from `generator`. ShapeError where the rule needs a matrix.
  Tensor operator()(const Shape& shape, DType dtype, Generator& generator) const;

 private:
  Kind kind_;
  double a_ = 0, b_ = 0;
};

namespace init {

Initializer zeros();
Initializer ones();
Initializer constant(double value);
// In [low, high). ValueError unless low < high.
Initializer uniform(double low = -0.05, double high = 0.05);
// ValueError for a negative stddev.
Initializer normal(double mean = 0.0, double stddev = 0.05);
// Drawn again outside two standard deviations.
Initializer truncated_normal(double mean = 0.0, double stddev = 0.05);
// Glorot and Bengio, 2010: scaled by the mean of fan-in and fan-out. The normal ones are truncated.
Initializer glorot_uniform();
Initializer glorot_normal();
// He et al., 2015: variance 2 / fan-in.
Initializer he_uniform();
Initializer he_normal();
// LeCun et al., 1998: variance 1 / fan-in.
Initializer lecun_uniform();
Initializer lecun_normal();
// Saxe et al., 2014: orthonormal columns (or rows, whichever are fewer), times gain.
Initializer orthogonal(double gain = 1.0);
// Of a matrix, times gain.
Initializer identity(double gain = 1.0);

}  // namespace init
}  // namespace carousel::nn
