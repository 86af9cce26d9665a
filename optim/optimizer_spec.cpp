#include <carousel/optim/optimizer_spec.h>

#include <carousel/optim/optim.h>
#include <carousel/optim/torch/torch.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

namespace carousel::optim {
namespace {

struct Named {
  const char* name;
  std::shared_ptr<const Optimizer> (*make)();
};

template <class T>
std::shared_ptr<const Optimizer> make() {
  return std::make_shared<T>();
}

// Every optimizer that compile() knows by name, in alphabetical order.
// clang-format off
constexpr Named kNames[] = {
    {"adadelta", make<Adadelta>},
    {"adafactor", make<Adafactor>},
    {"adagrad", make<Adagrad>},
    {"adam", make<Adam>},
    {"adamax", make<Adamax>},
    {"adamw", make<AdamW>},
    {"asgd", make<torch::ASGD>},
    {"ftrl", make<Ftrl>},
    {"lamb", make<Lamb>},
    {"lbfgs", make<torch::LBFGS>},
    {"lion", make<Lion>},
    {"muon", make<Muon>},
    {"nadam", make<Nadam>},
    {"radam", make<torch::RAdam>},
    {"rmsprop", make<RMSprop>},
    {"rprop", make<torch::Rprop>},
    {"schedulefreeadamw", make<ScheduleFreeAdamW>},
    {"sgd", make<SGD>},
};
// clang-format on

std::shared_ptr<const Optimizer> by_name(std::string_view name) {
  std::string lower;
  for (char c : name) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  std::vector<const char*> names;
  for (const Named& each : kNames) {
    if (lower == each.name) return each.make();
    names.push_back(each.name);
  }
  throw ValueError("compile", fmt::format("no optimizer is called \"{}\"; there are {}", name,
                                          fmt::join(names, ", ")));
}

}  // namespace

OptimizerSpec::OptimizerSpec(std::string_view name) : prototype_(by_name(name)) {}

}  // namespace carousel::optim
