// schedules_clipping_torch.h5: the rates of 200 steps, and clipped gradients, in f64.
#include <carousel/autograd/ops/create.h>
#include <carousel/optim/torch/torch.h>
#include <tests/parity/optimizer_problem.h>

#include <cmath>

namespace carousel::test {
namespace {

using nlohmann::json;
namespace torch = optim::torch;
using Made = std::unique_ptr<optim::Schedule>;

void read(const Arguments& a, torch::StepLROptions& o) {
  a("step_size", o.step_size)("gamma", o.gamma);
}
void read(const Arguments& a, torch::MultiStepLROptions& o) {
  a("milestones", o.milestones)("gamma", o.gamma);
}
void read(const Arguments& a, torch::ConstantLROptions& o) {
  a("factor", o.factor)("total_iters", o.total_iters);
}
void read(const Arguments& a, torch::LinearLROptions& o) {
  a("start_factor", o.start_factor)("end_factor", o.end_factor)("total_iters", o.total_iters);
}
void read(const Arguments& a, torch::ExponentialLROptions& o) { a("gamma", o.gamma); }
void read(const Arguments& a, torch::PolynomialLROptions& o) {
  a("total_iters", o.total_iters)("power", o.power);
}
void read(const Arguments& a, torch::CosineAnnealingLROptions& o) {
  a("T_max", o.T_max)("eta_min", o.eta_min);
}
void read(const Arguments& a, torch::CosineAnnealingWarmRestartsOptions& o) {
  a("T_0", o.T_0)("T_mult", o.T_mult)("eta_min", o.eta_min);
}
void read(const Arguments& a, torch::CyclicLROptions& o) {
  a("base_lr", o.base_lr)("max_lr", o.max_lr)("step_size_up", o.step_size_up)(
      "step_size_down", o.step_size_down)("mode", o.mode)("gamma", o.gamma);
}
void read(const Arguments& a, torch::OneCycleLROptions& o) {
  a("max_lr", o.max_lr)("total_steps", o.total_steps)("pct_start", o.pct_start)(
      "anneal_strategy", o.anneal_strategy)("div_factor", o.div_factor)(
      "final_div_factor", o.final_div_factor)("three_phase", o.three_phase);
}
void read(const Arguments& a, torch::ReduceLROnPlateauOptions& o) {
  a("mode", o.mode)("factor", o.factor)("patience", o.patience)("threshold", o.threshold)(
      "threshold_mode", o.threshold_mode)("cooldown", o.cooldown)("min_lr", o.min_lr)("eps", o.eps);
}

template <class T>
Made make(const json& arguments, double lr) {
  typename T::Options options;
  if constexpr (requires { options.lr; }) options.lr = lr;
  read(Arguments(arguments), options);
  return std::make_unique<T>(options);
}

struct Maker {
  Made (*make)(const json&, double lr);
  const char* first_argument;
};

const std::map<std::string, Maker> kMakers{
    {"StepLR", {make<torch::StepLR>, "step_size"}},
    {"MultiStepLR", {make<torch::MultiStepLR>, "milestones"}},
    {"ConstantLR", {make<torch::ConstantLR>, "factor"}},
    {"LinearLR", {make<torch::LinearLR>, "start_factor"}},
    {"ExponentialLR", {make<torch::ExponentialLR>, "gamma"}},
    {"PolynomialLR", {make<torch::PolynomialLR>, "total_iters"}},
    {"CosineAnnealingLR", {make<torch::CosineAnnealingLR>, "T_max"}},
    {"CosineAnnealingWarmRestarts", {make<torch::CosineAnnealingWarmRestarts>, "T_0"}},
    {"CyclicLR", {make<torch::CyclicLR>, "base_lr"}},
    {"OneCycleLR", {make<torch::OneCycleLR>, "max_lr"}},
    {"ReduceLROnPlateau", {make<torch::ReduceLROnPlateau>, "mode"}},
};

Made schedule(const std::string& name, const json& arguments, double lr) {
  const auto maker = kMakers.find(name);
  if (maker == kMakers.end()) throw NotThere(name);
  if (arguments.value("cycle_momentum", false)) throw NotThere("cycle_momentum");
  return maker->second.make(arguments, lr);
}

// "LinearLR(0.1,total_iters=20)": a name, and arguments of which the first may be without one.
Made parse(const std::string& text, double lr) {
  const std::size_t open = text.find('(');
  const std::string name = text.substr(0, open);
  if (!kMakers.contains(name)) throw NotThere(name);
  json arguments = json::object();
  std::string rest = text.substr(open + 1, text.size() - open - 2);
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string argument = rest.substr(0, comma);
    const std::size_t equals = argument.find('=');
    const bool named = equals != std::string::npos;
    arguments[named ? argument.substr(0, equals) : kMakers.at(name).first_argument] =
        json::parse(named ? argument.substr(equals + 1) : argument);
    rest.erase(0, comma + 1);
  }
  return schedule(name, arguments, lr);
}

Made schedule_of(const json& config) {
  const double lr = config.at("lr");
  if (config.at("schedule") != "SequentialLR")
    return schedule(config.at("schedule"), config.at("ctor"), lr);
  torch::SequentialLROptions options;
  for (const json& part : config.at("parts")) options.schedulers.push_back(*parse(part, lr));
  options.milestones = config.at("milestones").get<std::vector<std::int64_t>>();
  return std::make_unique<torch::SequentialLR>(options);
}

// The rate in force at each step; what is monitored is told after it.
Host rates(const GoldenCase& golden, const Host& like) {
  const Made schedule = schedule_of(golden.config);
  const auto inputs = golden.groups.find("inputs");
  Host all{like.shape, like.dtype, {}};
  for (std::int64_t step = 0; step < like.shape.numel(); ++step) {
    all.values.push_back(schedule->at(step));
    if (inputs != golden.groups.end() && inputs->second.contains("metric"))
      schedule->observe(inputs->second.at("metric").values[static_cast<std::size_t>(step)]);
  }
  return all;
}

std::map<std::string, Host> clipped(const GoldenCase& golden) {
  std::map<std::string, Tensor> parameters;
  std::vector<Tensor> all;
  for (const auto& [name, gradient] : golden.group("inputs")) {
    const Tensor g = to_tensor(gradient, f64);
    parameters[name] = zeros(g.shape(), {.dtype = f64, .requires_grad = true});
    parameters[name].set_grad(g);
    all.push_back(parameters[name]);
  }
  const json& clip = golden.config.at("clip");
  std::map<std::string, Host> result;
  if (clip.contains("clip_value")) {
    torch::clip_grad_value(all, clip.at("clip_value"));
  } else {
    torch::ClipGradNormOptions options{.max_norm = clip.at("max_norm")};
    if (clip.contains("norm_type"))
      options.norm_type =
          clip.at("norm_type") == "inf" ? HUGE_VAL : clip.at("norm_type").get<double>();
    result["total_norm"] = {{}, f64, {torch::clip_grad_norm(all, options)}};
  }
  for (const auto& [name, parameter] : parameters) result[name] = host(parameter.grad());
  return result;
}

}  // namespace

Difference run_schedule_torch(const GoldenCase& golden) {
  const auto& outputs = golden.group("outputs");
  Difference worst;
  const auto compare = [&](const Host& got, const std::string& output) {
    worsen(worst, {error_of(got, outputs.at(output), 1e-30), kBoundsF64.values, output});
  };
  if (golden.config.contains("clip"))
    for (const auto& [name, value] : clipped(golden)) compare(value, name);
  else
    compare(rates(golden, outputs.at("lr")), "lr");
  return worst;
}

}  // namespace carousel::test
