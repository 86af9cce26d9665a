#include <carousel/optim/optimizer_spec.h>

#include <carousel/optim/adam.h>
#include <carousel/optim/rmsprop.h>
#include <carousel/optim/sgd.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <string>

namespace carousel::optim {
namespace {

std::shared_ptr<const Optimizer> by_name(std::string_view name) {
  std::string lower;
  for (char c : name) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (lower == "sgd") return std::make_shared<SGD>();
  if (lower == "adam") return std::make_shared<Adam>();
  if (lower == "adamw") return std::make_shared<AdamW>();
  if (lower == "rmsprop") return std::make_shared<RMSprop>();
  throw ValueError("compile", fmt::format("no optimizer is called \"{}\"; there are sgd, adam, "
                                          "adamw and rmsprop",
                                          name));
}

}  // namespace

OptimizerSpec::OptimizerSpec(std::string_view name) : prototype_(by_name(name)) {}

}  // namespace carousel::optim
