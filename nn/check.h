// Checks of layers' options and inputs; for the library's own use.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carousel {
class Tensor;
}

namespace carousel::nn {
class Module;
struct Value;
}  // namespace carousel::nn

namespace carousel::nn::detail {

// ValueErrors `[op] name must be ..., got value`; NaN fits nowhere.
void check_finite(const char* op, const char* name, double value);
// Finite and not negative.
void check_from_zero(const char* op, const char* name, double value);
// Each is a size, or -1 for the input's.
void check_open_sizes(const char* op, const char* name, const std::vector<std::int64_t>& sizes);
// ShapeError where a sequence has no rows, no time steps, or nothing along the axis called `name`.
void check_sequence(const char* op, const Tensor& x, int axis, const char* name = "features");

// The largest extent of a window or a margin, so that products of them fit.
constexpr std::int64_t kMostExtent = 2147483647;

// "LSTM" -> "lstm", "MyForecaster" -> "my_forecaster", as Keras names layers.
std::string snake_case(std::string_view type);
// DTypeError, ShapeError naming the module, unless the mask of this input of it is bool and has the
// input's leading sizes, or 1 where all are alike.
void check_mask(const Module& module, const Value& x);

}  // namespace carousel::nn::detail
