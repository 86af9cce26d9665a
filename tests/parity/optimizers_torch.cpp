// optimizers_torch.h5: 20 steps of each optimizer, built from its constructor's arguments, in f64.
#include <carousel/optim/torch/torch.h>
#include <tests/parity/optimizer_problem.h>

#include <memory>

namespace carousel::test {
namespace {

using nlohmann::json;
namespace torch = optim::torch;

// Reads the fields that PyTorch's optimizers share, where these options have them.
template <class Options>
void read_common(const Arguments& read, Options& o) {
  double rate = 0;
  read("lr", rate);
  o.lr = rate;
  if constexpr (requires { o.weight_decay; }) read("weight_decay", o.weight_decay);
  if constexpr (requires { o.maximize; }) read("maximize", o.maximize);
  if constexpr (requires { o.betas; }) read("betas", o.betas);
  if constexpr (requires { o.momentum; }) read("momentum", o.momentum);
  if constexpr (requires { o.nesterov; }) read("nesterov", o.nesterov);
  if constexpr (requires { o.amsgrad; }) read("amsgrad", o.amsgrad);
  if constexpr (requires { o.decoupled_weight_decay; })
    read("decoupled_weight_decay", o.decoupled_weight_decay);
}

void read_own(const Arguments& read, torch::SGDOptions& o) { read("dampening", o.dampening); }
void read_own(const Arguments& read, torch::NAdamOptions& o) {
  read("eps", o.eps)("momentum_decay", o.momentum_decay);
}
void read_own(const Arguments& read, torch::RMSpropOptions& o) {
  read("eps", o.eps)("alpha", o.alpha)("centered", o.centered);
}
void read_own(const Arguments& read, torch::AdagradOptions& o) {
  read("eps", o.eps)("lr_decay", o.lr_decay)("initial_accumulator_value",
                                             o.initial_accumulator_value);
}
void read_own(const Arguments& read, torch::AdadeltaOptions& o) {
  read("eps", o.eps)("rho", o.rho);
}
void read_own(const Arguments& read, torch::AdafactorOptions& o) {
  json eps;
  read("beta2_decay", o.beta2_decay)("d", o.d)("eps", eps);
  if (eps.is_array())
    o.eps = {eps[0].is_null() ? std::nullopt : std::optional(eps[0].get<double>()), eps[1]};
}
void read_own(const Arguments& read, torch::ASGDOptions& o) {
  read("lambd", o.lambd)("alpha", o.alpha)("t0", o.t0);
}
void read_own(const Arguments& read, torch::RpropOptions& o) {
  read("etas", o.etas)("step_sizes", o.step_sizes);
}
void read_own(const Arguments& read, torch::MuonOptions& o) {
  read("ns_coefficients", o.ns_coefficients)("eps", o.eps)("ns_steps", o.ns_steps)("adjust_lr_fn",
                                                                                   o.adjust_lr_fn);
}
void read_own(const Arguments& read, torch::LBFGSOptions& o) {
  read("max_iter", o.max_iter)("max_eval", o.max_eval)("tolerance_grad", o.tolerance_grad)(
      "tolerance_change", o.tolerance_change)("history_size", o.history_size)("line_search_fn",
                                                                              o.line_search_fn);
}
template <class Options>
void read_own(const Arguments& read, Options& o) {
  read("eps", o.eps);
}

template <class T>
std::unique_ptr<optim::Optimizer> make(const json& ctor) {
  typename T::Options options;
  read_common(Arguments(ctor), options);
  read_own(Arguments(ctor), options);
  return std::make_unique<T>(options);
}

const std::map<std::string, std::unique_ptr<optim::Optimizer> (*)(const json&)> kMakers{
    {"SGD", make<torch::SGD>},           {"Adam", make<torch::Adam>},
    {"AdamW", make<torch::AdamW>},       {"Adamax", make<torch::Adamax>},
    {"NAdam", make<torch::NAdam>},       {"RAdam", make<torch::RAdam>},
    {"RMSprop", make<torch::RMSprop>},   {"Adagrad", make<torch::Adagrad>},
    {"Adadelta", make<torch::Adadelta>}, {"Adafactor", make<torch::Adafactor>},
    {"ASGD", make<torch::ASGD>},         {"Rprop", make<torch::Rprop>},
    {"Muon", make<torch::Muon>},         {"LBFGS", make<torch::LBFGS>},
};

// The averages that ASGD keeps.
Host averages(const optim::Optimizer& optimizer, const Host& like) {
  Host all{like.shape, like.dtype, {}};
  for (const NamedTensor& each : optimizer.state())
    if (each.name.starts_with("ax/"))
      for (const double value : host(each.tensor).values) all.values.push_back(value);
  return all;
}

}  // namespace

Difference run_optimizer_torch(const GoldenCase& golden) {
  const std::string name = golden.config.at("optimizer");
  const auto maker = kMakers.find(name);
  if (maker == kMakers.end()) throw NotThere(name);
  const auto optimizer = maker->second(golden.config.at("ctor"));
  const auto& outputs = golden.group("outputs");
  Difference worst;
  const auto compare = [&](const Host& got, const std::string& output) {
    worsen(worst, {error_of(got, outputs.at(output), 1e-30), kBoundsF64.values, output});
  };
  compare(walk(golden, *optimizer, f64).trajectory, "trajectory");
  if (outputs.contains("ax_final"))
    compare(averages(*optimizer, outputs.at("ax_final")), "ax_final");
  return worst;
}

}  // namespace carousel::test
