#include <carousel/tensor/recurrent.h>

#include <string>

#include <carousel/tensor/error.h>

namespace carousel {
namespace {

constexpr const char* kActivations[] = {"linear",   "tanh",     "sigmoid", "relu", "hard_sigmoid",
                                        "softsign", "softplus", "elu",     "selu", "exponential"};

}  // namespace

const char* to_string(Activation activation) { return kActivations[static_cast<int>(activation)]; }

Activation activation_from(std::string_view name, const char* op) {
  std::string known;
  for (int i = 0; i < static_cast<int>(std::size(kActivations)); ++i) {
    if (name == kActivations[i]) return static_cast<Activation>(i);
    known.append(i == 0 ? "" : ", ").append(kActivations[i]);
  }
  throw ValueError(op, "unknown activation '" + std::string(name) + "': expected one of " + known);
}

}  // namespace carousel
