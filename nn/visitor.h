// How a module shows what it is made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <carousel/tensor/named_tensor.h>
#include <carousel/tensor/tensor.h>

namespace carousel::nn {

class Module;

// parameter: trained. buffer: saved, but not trained; moves with the module. host_buffer: a buffer
// that stays on the CPU, as the state of random numbers does. carried: what one batch leaves for
// the next, a stateful layer's h; undefined at the beginning. It moves with the module, and is
// saved with a training, not with weights.
// In an order: whoever wants buffers wants parameters, too.
enum class Role { parameter, buffer, host_buffer, carried };

// Passed to Module::visit, which names each part once, in a fixed order:
//
//   void visit(nn::Visitor& v) override { v("lstm", lstm), v("scale", scale); }
//
// A tensor that is still undefined is named all the same.
class Visitor {
 public:
  virtual ~Visitor() = default;

  void operator()(std::string_view name, Module& child) { module(name, child); }
  void operator()(std::string_view name, Tensor& parameter) {
    tensor(name, parameter, Role::parameter);
  }
  void buffer(std::string_view name, Tensor& x) { tensor(name, x, Role::buffer); }
  void host_buffer(std::string_view name, Tensor& x) { tensor(name, x, Role::host_buffer); }
  void carried(std::string_view name, Tensor& x) { tensor(name, x, Role::carried); }

 protected:
  // A visitor decides here whether it goes into the child.
  virtual void module(std::string_view name, Module& child) = 0;
  virtual void tensor(std::string_view name, Tensor& x, Role role) = 0;
};

// A tensor of a module with its path below it: "lstm/recurrent_kernel".
using carousel::NamedTensor;

}  // namespace carousel::nn
