// Operations of the user's own, from any computation and its derivative.
//
//   Tensor clipped_exp(const Tensor& x) {
//     return custom("clipped_exp", {x},
//                   [](const std::vector<Tensor>& in) { return exp(minimum(in[0], 10)); },
//                   [](const CustomBackward& b) {
//                     return std::vector<Tensor>{where(b.inputs[0] < 10, b.dy * b.output, 0)};
//                   });
//   }
#pragma once

#include <vector>

#include <carousel/autograd/record.h>

namespace carousel {

// What the derivative of a custom operation sees.
struct CustomBackward {
  std::vector<Tensor> inputs;  // as they were given
  Tensor output;               // what forward returned
  Tensor dy;                   // the gradient of output
};

namespace detail {
CustomBackward custom_backward(Backward& pass);
void set_custom_gradients(const char* name, Backward& pass, const std::vector<Tensor>& gradients);
std::vector<Tensor> detached(const std::vector<Tensor>& inputs);
}  // namespace detail

// forward(inputs) -> Tensor runs without recording, so it may compute as it likes.
// derivative(const CustomBackward&) -> std::vector<Tensor> gives one gradient an input, of its
// shape or one that broadcasting had made of it; undefined means zero. It may capture numbers, not
// tensors (make them inputs), and is differentiable again if it calls operations.
// The name is kept by pointer: give a literal. A wrong number or shape of gradients is a GraphError
// in backward that names the operation.
template <class Forward, class Derivative>
Tensor custom(const char* name, const std::vector<Tensor>& inputs, const Forward& forward,
              const Derivative& derivative) {
  Tensor y;
  {
    const NoGrad guard;
    // Detached: what forward returns may be an input itself.
    y = Tensor(forward(detail::detached(inputs))).detach();
  }
  const std::vector<Input> edges(inputs.begin(), inputs.end());
  std::vector<Save> saved(inputs.begin(), inputs.end());
  saved.push_back(saved_output(0));
  return record(name, y, std::span<const Input>(edges), std::span<const Save>(saved),
                [name, derivative](Backward& pass) {
                  detail::set_custom_gradients(name, pass,
                                               derivative(detail::custom_backward(pass)));
                });
}

}  // namespace carousel
