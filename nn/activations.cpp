#include <carousel/nn/activations.h>

#include <fmt/format.h>

#include <carousel/autograd/ops/activation.h>
#include <carousel/autograd/ops/math.h>
#include <carousel/tensor/error.h>

namespace carousel::nn {
namespace {

struct Named {
  const char* name;
  Tensor (*function)(const Tensor&);
};
constexpr Named kActivations[] = {
    {"linear", nullptr},
    {"tanh", [](const Tensor& x) { return tanh(x); }},
    {"sigmoid", [](const Tensor& x) { return sigmoid(x); }},
    {"relu", [](const Tensor& x) { return relu(x); }},
    {"leaky_relu", [](const Tensor& x) { return leaky_relu(x, 0.2); }},
    {"elu", [](const Tensor& x) { return elu(x); }},
    {"selu", [](const Tensor& x) { return selu(x); }},
    {"gelu", [](const Tensor& x) { return gelu(x); }},
    {"silu", [](const Tensor& x) { return silu(x); }},
    {"swish", [](const Tensor& x) { return silu(x); }},
    {"hard_sigmoid", [](const Tensor& x) { return hard_sigmoid(x); }},
    {"softplus", [](const Tensor& x) { return softplus(x); }},
    {"softsign", [](const Tensor& x) { return softsign(x); }},
    {"exponential", [](const Tensor& x) { return exp(x); }},
    {"softmax", [](const Tensor& x) { return softmax(x); }},
    {"log_softmax", [](const Tensor& x) { return log_softmax(x); }},
};

}  // namespace

std::string activation_names() {
  std::string names;
  for (const Named& each : kActivations)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", each.name);
  return names;
}

ActivationFunction::ActivationFunction(std::string_view name) : name_(name) {
  for (const Named& each : kActivations)
    if (name == each.name) {
      if (each.function) function_ = each.function;
      return;
    }
  throw ValueError("activation", fmt::format("'{}' is none of {}", name, activation_names()));
}

carousel::Activation ActivationFunction::recurrent(const char* op) const {
  return activation_from(name_, op);
}

}  // namespace carousel::nn
