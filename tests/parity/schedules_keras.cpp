// Keras' schedules, for the optimizers' and the schedules' files.
#include <carousel/autograd/ops/create.h>
#include <carousel/optim/optim.h>
#include <tests/parity/optimizer_problem.h>

#include <tuple>

namespace carousel::test {

using nlohmann::json;

namespace {

void read(const Arguments& a, optim::ExponentialDecayOptions& o) {
  a("initial_learning_rate", o.initial_learning_rate)("decay_steps", o.decay_steps)(
      "decay_rate", o.decay_rate)("staircase", o.staircase);
}
void read(const Arguments& a, optim::InverseTimeDecayOptions& o) {
  a("initial_learning_rate", o.initial_learning_rate)("decay_steps", o.decay_steps)(
      "decay_rate", o.decay_rate)("staircase", o.staircase);
}
void read(const Arguments& a, optim::PolynomialDecayOptions& o) {
  a("initial_learning_rate", o.initial_learning_rate)("decay_steps", o.decay_steps)(
      "end_learning_rate", o.end_learning_rate)("power", o.power)("cycle", o.cycle);
}
void read(const Arguments& a, optim::PiecewiseConstantDecayOptions& o) {
  a("boundaries", o.boundaries)("values", o.values);
}
void read(const Arguments& a, optim::CosineDecayOptions& o) {
  a("initial_learning_rate", o.initial_learning_rate)("decay_steps", o.decay_steps)(
      "alpha", o.alpha)("warmup_target", o.warmup_target)("warmup_steps", o.warmup_steps);
}
void read(const Arguments& a, optim::CosineDecayRestartsOptions& o) {
  a("initial_learning_rate", o.initial_learning_rate)("first_decay_steps", o.first_decay_steps)(
      "t_mul", o.t_mul)("m_mul", o.m_mul)("alpha", o.alpha);
}

template <class T>
std::unique_ptr<optim::Schedule> make(const json& arguments) {
  typename T::Options options;
  read(Arguments(arguments), options);
  return std::make_unique<T>(options);
}

const std::map<std::string, std::unique_ptr<optim::Schedule> (*)(const json&)> kMakers{
    {"ExponentialDecay", make<optim::ExponentialDecay>},
    {"InverseTimeDecay", make<optim::InverseTimeDecay>},
    {"PolynomialDecay", make<optim::PolynomialDecay>},
    {"PiecewiseConstantDecay", make<optim::PiecewiseConstantDecay>},
    {"CosineDecay", make<optim::CosineDecay>},
    {"CosineDecayRestarts", make<optim::CosineDecayRestarts>},
};

Host rates(const optim::Schedule& schedule, const Host& like) {
  Host all{like.shape, like.dtype, {}};
  for (std::int64_t step = 0; step < like.shape.numel(); ++step)
    all.values.push_back(schedule.at(step));
  return all;
}

// The case's gradients after clipping, with the optimizer's option of that name.
std::map<std::string, Host> clipped(const GoldenCase& golden, DType dtype) {
  std::map<std::string, Tensor> parameters;
  std::vector<Tensor> all;
  for (const auto& [name, gradient] : golden.group("inputs")) {
    const Tensor g = to_tensor(gradient, dtype);
    parameters[name] = zeros(g.shape(), {.dtype = dtype, .requires_grad = true});
    parameters[name].set_grad(g);
    all.push_back(parameters[name]);
  }
  const json& clip = golden.config.at("clip");
  if (clip.contains("clipvalue")) optim::clip_by_value(all, clip.at("clipvalue"));
  if (clip.contains("clipnorm")) optim::clip_by_norm(all, clip.at("clipnorm"));
  if (clip.contains("global_clipnorm")) optim::clip_by_global_norm(all, clip.at("global_clipnorm"));
  std::map<std::string, Host> gradients;
  for (const auto& [name, parameter] : parameters) gradients[name] = host(parameter.grad());
  return gradients;
}

}  // namespace

std::unique_ptr<optim::Schedule> keras_schedule(const std::string& name, const json& arguments) {
  const auto maker = kMakers.find(name);
  if (maker == kMakers.end()) throw NotThere(name);
  return maker->second(arguments);
}

// Keras computes rates in f32 whatever its floatx is, so those called f64 are no better than f32's
// last two bits.
constexpr double kRateTolerance = 0x1p-22;

Difference run_schedule_keras(const GoldenCase& golden) {
  const auto& outputs = golden.group("outputs");
  Difference worst;
  for (const auto& [dtype, suffix, bounds] :
       {std::tuple{f64, ".f64", kBoundsF64}, std::tuple{f32, "", kBoundsF32}}) {
    const auto compare = [&](const Host& got, const std::string& output, double tolerance) {
      const Host& expected = outputs.at(output + suffix);
      worsen(worst, {error_of(got, expected, 1e-30), tolerance, output + suffix});
    };
    if (golden.config.contains("clip")) {
      for (const auto& [name, gradient] : clipped(golden, dtype))
        compare(gradient, name, bounds.values);
    } else {
      const auto schedule = keras_schedule(golden.config.at("schedule"), golden.config.at("ctor"));
      compare(rates(*schedule, outputs.at(std::string("lr") + suffix)), "lr", kRateTolerance);
    }
  }
  return worst;
}

}  // namespace carousel::test
