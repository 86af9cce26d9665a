#include <carousel/nn/activations.h>

#include <fmt/format.h>

#include <carousel/autograd/ops/activation.h>
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
