// Inputs of operation cases: logical values, and how they lie in memory.
#pragma once

#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <carousel/tensor/tensor.h>

namespace carousel::test {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInf = std::numeric_limits<double>::infinity();

enum class Lie {
  dense,
  transposed,  // the last two axes lie the other way round
  strided,     // every second element of a buffer, NaN or -99 between
  expanded     // stride 0 along the first axis, whose slices are equal
};

// One operand. The case's dtype is taken unless one is fixed here (indices, conditions).
struct Array {
  Shape shape;
  std::vector<double> values;  // row-major
  Lie lie = Lie::dense;
  std::optional<DType> dtype = {};
};

// One call's operands.
struct Sample {
  std::string what;
  std::vector<Array> inputs;
  // Finite and away from kinks, so that gradients can be checked against differences.
  bool smooth = true;
};

// Irregular numbers in [low, high), repeatable. Of two operands give each its own seed.
Array draw(const Shape& shape, double low, double high, std::uint64_t seed, Lie lie = Lie::dense);
// These values, a vector unless a shape is given.
Array list(std::vector<double> values);
Array list(const Shape& shape, std::vector<double> values);
// With its dtype fixed.
Array fixed(Array array, DType dtype);

// As a tensor that lies as told.
Tensor make(const Array& array, DType dtype, Device device = {});
std::vector<Tensor> make(const Sample& sample, DType dtype, Device device = {});

// Scalar, sizes 0 and 1, SIMD tails, each layout; values in [low, high). `extremes` are values of
// their own sample without a gradient check.
std::vector<Sample> unary_samples(double low, double high, std::vector<double> extremes = {});
// The same of two operands, which also broadcast. `extremes` are combined, each with each.
std::vector<Sample> binary_samples(double low_a, double high_a, double low_b, double high_b,
                                   std::vector<double> extremes = {});
// NaN, infinities, signed zeros, huge, tiny and ordinary numbers.
std::vector<double> wild();
// A copy of `samples` and some more.
std::vector<Sample> with(std::vector<Sample> samples, std::vector<Sample> more);
// For kinks: the values only.
std::vector<Sample> not_smooth(std::vector<Sample> samples);

}  // namespace carousel::test
