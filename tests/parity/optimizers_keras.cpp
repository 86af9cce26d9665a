// optimizers_keras.h5: 20 steps on a fixed function, f(x) = 1/2 (x-b)'A(x-b) + sum(c sin(w x)).
#include <carousel/autograd/ops.h>
#include <carousel/optim/optim.h>
#include <tests/parity/runner.h>

#include <algorithm>
#include <cmath>
#include <memory>

namespace carousel::test {
namespace {

using nlohmann::json;

constexpr double kTolerance = 3e-5;  // Keras rounds some constants to f32 (the files' README)

double number(const json& ctor, const char* name) { return ctor.at(name).get<double>(); }

std::optional<double> maybe(const json& ctor, const char* name) {
  if (!ctor.contains(name) || ctor.at(name).is_null()) return {};
  return ctor.at(name).get<double>();
}

optim::LearningRate learning_rate(const json& ctor) {
  const json& rate = ctor.at("learning_rate");
  if (rate.is_number()) return rate.get<double>();
  if (rate.at("schedule") != "ExponentialDecay")
    throw NotThere(rate.at("schedule").get<std::string>());
  return optim::ExponentialDecay{{.initial_learning_rate = number(rate, "initial_learning_rate"),
                                  .decay_steps = rate.at("decay_steps").get<std::int64_t>(),
                                  .decay_rate = number(rate, "decay_rate"),
                                  .staircase = rate.value("staircase", false)}};
}

void refuse_what_is_missing(const json& ctor) {
  for (const char* flag : {"amsgrad", "use_ema"})
    if (ctor.value(flag, false)) throw NotThere(flag);
  if (maybe(ctor, "gradient_accumulation_steps")) throw NotThere("gradient_accumulation_steps");
}

template <class Options>
Options with_common(Options options, const json& ctor) {
  options.learning_rate = learning_rate(ctor);
  options.weight_decay = maybe(ctor, "weight_decay");
  options.clipnorm = maybe(ctor, "clipnorm");
  options.clipvalue = maybe(ctor, "clipvalue");
  options.global_clipnorm = maybe(ctor, "global_clipnorm");
  return options;
}

template <class Options>
Options with_moments(Options options, const json& ctor) {
  options.beta_1 = number(ctor, "beta_1");
  options.beta_2 = number(ctor, "beta_2");
  options.epsilon = number(ctor, "epsilon");
  return with_common(options, ctor);
}

std::unique_ptr<optim::Optimizer> make(const std::string& name, const json& ctor) {
  refuse_what_is_missing(ctor);
  if (name == "SGD")
    return std::make_unique<optim::SGD>(
        with_common(optim::SGDOptions{.momentum = number(ctor, "momentum"),
                                      .nesterov = ctor.at("nesterov").get<bool>()},
                    ctor));
  if (name == "Adam")
    return std::make_unique<optim::Adam>(with_moments(optim::AdamOptions{}, ctor));
  if (name == "AdamW")
    return std::make_unique<optim::AdamW>(with_moments(optim::AdamWOptions{}, ctor));
  if (name == "RMSprop")
    return std::make_unique<optim::RMSprop>(
        with_common(optim::RMSpropOptions{.rho = number(ctor, "rho"),
                                          .momentum = number(ctor, "momentum"),
                                          .epsilon = number(ctor, "epsilon"),
                                          .centered = ctor.at("centered").get<bool>()},
                    ctor));
  throw NotThere(name);
}

// In T throughout, as the golden values were made: near a minimum its rounding shows.
template <class T>
std::vector<double> gradient(const std::map<std::string, Host>& problem,
                             const std::vector<double>& x) {
  const auto& a = problem.at("A").values;
  const auto &b = problem.at("b").values, &c = problem.at("c").values, &w = problem.at("w").values;
  const auto as_t = [](double value) { return static_cast<T>(value); };
  std::vector<double> g(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    T sum = 0;
    for (std::size_t k = 0; k < x.size(); ++k)
      sum += as_t(a[i * x.size() + k]) * (as_t(x[k]) - as_t(b[k]));
    g[i] = sum + as_t(c[i] * w[i]) * std::cos(as_t(w[i]) * as_t(x[i]));
  }
  return g;
}

// Calls body(parameter, where its elements begin among all).
template <class Body>
void for_parts(std::vector<Tensor>& parameters, const Body& body) {
  std::int64_t at = 0;
  for (Tensor& each : parameters) {
    body(each, at);
    at += each.numel();
  }
}

Host trajectory(const GoldenCase& golden, DType dtype) {
  const auto& problem = golden.group("problem");
  std::vector<double> x = problem.at("x0").values;
  const auto part = [&](const std::vector<double>& all, const Shape& shape, std::int64_t at) {
    return from_span<double>(std::span(all).subspan(static_cast<std::size_t>(at),
                                                    static_cast<std::size_t>(shape.numel())),
                             shape)
        .to(dtype);
  };
  std::vector<Tensor> parameters;
  std::int64_t begin = 0;
  for (const json& sizes : golden.config.at("variables")) {
    const auto list = sizes.get<std::vector<std::int64_t>>();
    const Shape shape{std::span<const std::int64_t>(list)};
    parameters.push_back(part(x, shape, begin).clone().set_requires_grad());
    begin += shape.numel();
  }
  const auto optimizer = make(golden.config.at("optimizer"), golden.config.at("ctor"));
  optimizer->bind(parameters);
  Host result{{golden.config.at("steps").get<std::int64_t>() + 1, begin}, dtype, x};
  while (std::ssize(result.values) < result.shape.numel()) {
    const std::vector<double> g =
        dtype == f32 ? gradient<float>(problem, x) : gradient<double>(problem, x);
    for_parts(parameters,
              [&](Tensor& each, std::int64_t at) { each.set_grad(part(g, each.shape(), at)); });
    optimizer->step();
    x.clear();
    for (const Tensor& each : parameters)
      for (const double value : host(each).values) x.push_back(value);
    result.values.insert(result.values.end(), x.begin(), x.end());
  }
  return result;
}

}  // namespace

Difference run_optimizer_keras(const GoldenCase& golden) {
  Difference worst;
  for (const auto& [dtype, name] :
       {std::pair{f64, "trajectory.f64"}, std::pair{f32, "trajectory"}}) {
    const Host& expected = golden.group("outputs").at(name);
    const double error = error_of(trajectory(golden, dtype), expected, 1e-30);
    worsen(worst, {error, kTolerance, name});
  }
  return worst;
}

}  // namespace carousel::test
