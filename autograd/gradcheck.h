// Are the gradients right? Compares them with central differences, in f64.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <carousel/tensor/tensor.h>

namespace carousel {

struct GradcheckOptions {
  double eps = 1e-5;   // the step of a difference
  double atol = 1e-8;  // |analytic - numeric| <= atol + rtol * |numeric|
  double rtol = 1e-5;
  // Every element of every output against every element of every input, instead of a random
  // combination of outputs along a random direction of each input.
  bool full = false;
  std::uint64_t seed = 1;  // of cotangents and directions
};

namespace detail {
// A callable, by reference.
struct CheckedFunction {
  const void* object;
  std::vector<Tensor> (*call)(const void* object, const std::vector<Tensor>& inputs);
  std::vector<Tensor> operator()(const std::vector<Tensor>& inputs) const {
    return call(object, inputs);
  }
};
inline std::vector<Tensor> as_list(Tensor y) { return {std::move(y)}; }
inline std::vector<Tensor> as_list(std::vector<Tensor> outputs) { return outputs; }

template <class Fn>
CheckedFunction checked_function(const Fn& fn) {
  return {&fn, [](const void* object, const std::vector<Tensor>& inputs) {
            return as_list((*static_cast<const Fn*>(object))(inputs));
          }};
}
void gradcheck(const CheckedFunction& fn, std::span<const Tensor> inputs,
               const GradcheckOptions& options);
void gradgradcheck(const CheckedFunction& fn, std::span<const Tensor> inputs,
                   const GradcheckOptions& options);
}  // namespace detail

// Checks the gradients of fn(inputs) with respect to those inputs that want one; fn takes a
// `const std::vector<Tensor>&` and gives a Tensor or a vector of them, the same for the same
// inputs. NumericError names the first input that is wrong, its element, and both values.
// DTypeError for an input that wants a gradient and is not f64; ValueError if none wants one.
template <class Fn>
void gradcheck(const Fn& fn, std::span<const Tensor> inputs, const GradcheckOptions& options = {}) {
  detail::gradcheck(detail::checked_function(fn), inputs, options);
}
template <class Fn>
void gradcheck(const Fn& fn, const std::vector<Tensor>& inputs,
               const GradcheckOptions& options = {}) {
  detail::gradcheck(detail::checked_function(fn), inputs, options);
}

// The same of the gradients themselves: their derivatives by the inputs and by the cotangents.
template <class Fn>
void gradgradcheck(const Fn& fn, std::span<const Tensor> inputs,
                   const GradcheckOptions& options = {}) {
  detail::gradgradcheck(detail::checked_function(fn), inputs, options);
}
template <class Fn>
void gradgradcheck(const Fn& fn, const std::vector<Tensor>& inputs,
                   const GradcheckOptions& options = {}) {
  detail::gradgradcheck(detail::checked_function(fn), inputs, options);
}

}  // namespace carousel
