// Activation functions as options of layers.
#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <carousel/tensor/recurrent.h>
#include <carousel/tensor/tensor.h>

namespace carousel::nn {

// A name ("relu", "softmax", ...; see activation_names), a value of carousel::Activation, or any
// function from a tensor to a tensor. Keras' meanings: leaky_relu has slope 0.2, gelu is exact.
// "threshold(0.5, 0)" has arguments: nn::Threshold.
class ActivationFunction {
 public:
  ActivationFunction() : ActivationFunction("linear") {}
  // ValueError for an unknown name.
  ActivationFunction(std::string_view name);  // NOLINT: implicit, so that options take strings
  ActivationFunction(const char* name) : ActivationFunction(std::string_view(name)) {}  // NOLINT
  ActivationFunction(const std::string& name)                                           // NOLINT
      : ActivationFunction(std::string_view(name)) {}
  ActivationFunction(carousel::Activation activation)  // NOLINT
      : ActivationFunction(std::string_view(to_string(activation))) {}
  template <class F>
  requires(std::is_invocable_r_v<Tensor, const F&, const Tensor&> &&
           !std::is_base_of_v<ActivationFunction, std::remove_cvref_t<F>>)
      ActivationFunction(F function)
      : name_("custom"), function_(std::move(function)) {}  // NOLINT

  Tensor operator()(const Tensor& x) const { return function_ ? function_(x) : x; }
  bool is_linear() const { return !function_; }
  // "custom" for a function.
  const std::string& name() const { return name_; }
  // For the recurrent kernels; ValueError naming `op` if they lack it.
  carousel::Activation recurrent(const char* op) const;

 private:
  std::string name_;
  std::function<Tensor(const Tensor&)> function_;  // empty: linear
};

struct ThresholdOptions {
  double threshold = 0;
  double default_value = 0;
};
// x above the threshold, default_value from there down. ValueError unless both are finite.
struct Threshold : ActivationFunction {
  explicit Threshold(const ThresholdOptions& options);
};

// All names, separated by ", ".
std::string activation_names();

}  // namespace carousel::nn
