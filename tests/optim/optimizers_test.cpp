// Updates, slots, clipping and schedules against plain transcriptions of Keras' rules in double.
#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/optim/optim.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/host_write.h>

#include <boost/test/unit_test.hpp>

using namespace carousel;

namespace {

// One element's parameter, gradient and slots.
struct State {
  double w, a = 0, b = 0, c = 0;
};
using Rule = void (*)(State& e, double g, int t);

// f(w) = sum of 0.5 k (w - 1)^2, so the gradient is k (w - 1).
constexpr double kCurvature[] = {1, 0.3, 2, 0.05, 4};
constexpr double kStart[] = {3, -2, 0.5, 1, -0.25};

void sgd(State& e, double g, int) { e.w -= 0.01 * g; }
void heavy_ball(State& e, double g, int) {
  e.a = 0.9 * e.a - 0.05 * g;
  e.w += e.a;
}
void nesterov(State& e, double g, int) {
  e.a = 0.9 * e.a - 0.05 * g;
  e.w += 0.9 * e.a - 0.05 * g;
}
void moments(State& e, double g, int t, double lr, double decay) {
  e.w -= lr * static_cast<float>(decay) * e.w;
  e.a += 0.1 * (g - e.a);
  e.b += 0.001 * (g * g - e.b);
  // Keras rounds these to f32.
  const double rate =
      lr * std::sqrt(1 - std::pow(double{0.999f}, t)) / (1 - std::pow(double{0.9f}, t));
  e.w -= rate * e.a / (std::sqrt(e.b) + 1e-7);
}
void adam(State& e, double g, int t) { moments(e, g, t, 1e-3, 0); }
void adam_decay(State& e, double g, int t) { moments(e, g, t, 0.1, 0.05); }
void adamw(State& e, double g, int t) { moments(e, g, t, 1e-3, 0.004); }
void rmsprop(State& e, double g, int) {
  e.a = 0.9 * e.a + 0.1 * g * g;
  e.w -= 1e-3 * g / std::sqrt(e.a + 1e-7);
}
void rmsprop_all(State& e, double g, int) {
  e.a = 0.8 * e.a + 0.2 * g * g;
  e.c = 0.8 * e.c + 0.2 * g;
  e.b = 0.5 * e.b + 0.01 * g / std::sqrt(e.a - e.c * e.c + 1e-4);
  e.w -= e.b;
}
void decayed_rate(State& e, double g, int t) { e.w -= 0.1 * std::pow(0.5, (t - 1) / 4.0) * g; }

struct Case {
  const char* name;
  optim::OptimizerSpec spec;
  Rule rule;
  std::vector<std::string> state;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"sgd by name", "sgd", sgd, {"iterations", "learning_rate"}},
      {"momentum",
       optim::SGD{{.learning_rate = 0.05, .momentum = 0.9}},
       heavy_ball,
       {"iterations", "learning_rate", "momentum/w"}},
      {"nesterov",
       optim::SGD{{.learning_rate = 0.05, .momentum = 0.9, .nesterov = true}},
       nesterov,
       {"iterations", "learning_rate", "momentum/w"}},
      {"adam by name", "Adam", adam, {"iterations", "learning_rate", "momentum/w", "velocity/w"}},
      {"adam with decay",
       optim::Adam{{.learning_rate = 0.1, .weight_decay = 0.05}},
       adam_decay,
       {"iterations", "learning_rate", "momentum/w", "velocity/w"}},
      {"adamw's defaults",
       optim::AdamW{},
       adamw,
       {"iterations", "learning_rate", "momentum/w", "velocity/w"}},
      {"rmsprop by name", "rmsprop", rmsprop, {"iterations", "learning_rate", "velocity/w"}},
      {"rmsprop, all of it",
       optim::RMSprop{
           {.learning_rate = 0.01, .rho = 0.8, .momentum = 0.5, .epsilon = 1e-4, .centered = true}},
       rmsprop_all,
       {"iterations", "learning_rate", "velocity/w", "average_gradient/w", "momentum/w"}},
      {"a schedule",
       optim::SGD{{.learning_rate =
                       optim::ExponentialDecay{
                           {.initial_learning_rate = 0.1, .decay_steps = 4, .decay_rate = 0.5}}}},
       decayed_rate,
       {"iterations"}},
  };
  return all;
}

Tensor parameter(DType dtype) {
  return from_span<double>(kStart, {5}).to(dtype).detach().set_requires_grad();
}

void step(optim::Optimizer& optimizer, const Tensor& w) {
  const Tensor k = from_span<double>(kCurvature, {5}).to(w.dtype());
  optimizer.zero_grad();
  ((w - 1) * (w - 1) * k * 0.5).sum().backward();
  optimizer.step();
}

auto says(const std::string& text) {
  return [text](const Error& e) {
    BOOST_TEST(e.what() == text);
    return true;
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(optimizers)

BOOST_AUTO_TEST_CASE(twenty_steps_follow_keras_rules) {
  for (const Case& c : cases())
    for (DType dtype : {f32, f64}) {
      const Tensor w = parameter(dtype);
      const auto optimizer = c.spec.make();
      optimizer->bind(std::vector<NamedTensor>{{"w", w}});
      State expected[5];
      for (int i = 0; i < 5; ++i) expected[i].w = kStart[i];
      for (int t = 1; t <= 20; ++t) {
        step(*optimizer, w);
        for (int i = 0; i < 5; ++i) c.rule(expected[i], kCurvature[i] * (expected[i].w - 1), t);
      }
      BOOST_TEST(optimizer->iterations() == 20);
      for (int i = 0; i < 5; ++i)
        BOOST_TEST(std::abs(w(i) - expected[i].w) <= (dtype == f32 ? 2e-6 : 1e-13),
                   c.name << " " << to_string(dtype) << " at " << i << ": " << w(i) << " and "
                          << expected[i].w);
    }
}

BOOST_AUTO_TEST_CASE(state_exists_before_the_first_step_and_restores) {
  for (const Case& c : cases()) {
    const Tensor w = parameter(f64);
    Tensor other = parameter(f64);
    const auto optimizer = c.spec.make(), resumed = c.spec.make();
    optimizer->bind(std::vector<NamedTensor>{{"w", w}});
    resumed->bind(std::vector<NamedTensor>{{"w", other}});
    std::vector<std::string> names;
    for (const NamedTensor& each : optimizer->state()) names.push_back(each.name);
    BOOST_TEST(names == c.state, boost::test_tools::per_element());
    for (int t = 0; t < 3; ++t) step(*optimizer, w);
    const auto from = optimizer->state();
    auto to = resumed->state();
    for (std::size_t i = 0; i < from.size(); ++i) to[i].tensor.copy_(from[i].tensor);
    {
      const NoGrad guard;
      other.copy_(w);
    }
    for (int t = 0; t < 3; ++t) step(*optimizer, w), step(*resumed, other);
    BOOST_TEST(w.to_vector<double>() == other.to_vector<double>(), c.name);
    BOOST_TEST(resumed->iterations() == 6);
  }
}

BOOST_AUTO_TEST_CASE(parameters_of_both_dtypes_in_one_step) {
  const Tensor a = Tensor{1.0f, 2.0f}.set_requires_grad(), b = Tensor{3.0}.set_requires_grad();
  const Tensor frozen = Tensor{5.0}.set_requires_grad();
  optim::SGD sgd{{.learning_rate = 0.5}};
  sgd.bind(std::vector<Tensor>{a, b, frozen});
  (a.sum().to(f64) + b.sum() * 2).backward();
  const auto version = a.impl().storage->version();
  sgd.step();
  BOOST_TEST(a.to_vector<float>() == (std::vector<float>{0.5f, 1.5f}));
  BOOST_TEST(b.item() == 2);
  BOOST_TEST(frozen.item() == 5);
  BOOST_TEST(a.impl().storage->version() > version);
  sgd.zero_grad();
  BOOST_TEST(!a.grad().defined());
}

BOOST_AUTO_TEST_CASE(a_graph_that_saved_a_parameter_notices_the_step) {
  const Tensor w = Tensor{2.0}.set_requires_grad();
  optim::SGD sgd;
  sgd.bind(std::vector<Tensor>{w});
  const Tensor old = (w * w).sum();
  (w * 3).sum().backward();
  sgd.step();
  BOOST_CHECK_THROW(old.backward(), GraphError);
}

BOOST_AUTO_TEST_CASE(bound_again_it_goes_on) {
  const Tensor w = parameter(f64), moved = parameter(f64);
  optim::Adam adam;
  adam.bind(std::vector<NamedTensor>{{"w", w}});
  step(adam, w);
  adam.bind(std::vector<NamedTensor>{{"w", moved}});
  BOOST_TEST(adam.iterations() == 1);
  step(adam, moved);
  BOOST_TEST(moved(0) < kStart[0]);
  BOOST_CHECK_EXCEPTION(adam.bind(std::vector<NamedTensor>{{"v", w}}), ValueError,
                        says("[Adam] is bound to w f64 (5,), can't go on with v f64 (5,)"));
}

BOOST_AUTO_TEST_CASE(bad_options) {
  using namespace optim;
  const struct {
    void (*make)();
    const char* text;
  } wrong[] = {
      {[] { Adam{{.learning_rate = 0}}; },
       "[Adam] learning_rate must be positive and finite, got 0"},
      {[] { SGD{{.learning_rate = -1.0}}; },
       "[SGD] learning_rate must be positive and finite, got -1"},
      {[] { RMSprop{{.learning_rate = std::nan("")}}; },
       "[RMSprop] learning_rate must be positive and finite, got nan"},
      {[] { Adam{{.beta_1 = 1}}; }, "[Adam] beta_1 must be in [0, 1), got 1"},
      {[] { AdamW{{.weight_decay = -0.1}}; },
       "[AdamW] weight_decay must be finite and not negative, got -0.1"},
      {[] { SGD{{.momentum = 1.5}}; }, "[SGD] momentum must be in [0, 1], got 1.5"},
      {[] { Adam{{.clipnorm = 1, .clipvalue = 1}}; },
       "[Adam] at most one of clipnorm, clipvalue and global_clipnorm may be set"},
      {[] { Adam{{.global_clipnorm = 0}}; },
       "[Adam] global_clipnorm must be positive and finite, got 0"},
      {[] { OptimizerSpec{"adagrade"}; },
       "[compile] no optimizer is called \"adagrade\"; there are adadelta, adafactor, adagrad, "
       "adam, "
       "adamax, adamw, asgd, ftrl, lamb, lbfgs, lion, muon, nadam, radam, rmsprop, rprop, "
       "schedulefreeadamw, sgd"},
      {[] { Adam{{.learning_rate = ExponentialDecay{{.initial_learning_rate = -1}}}}; },
       "[ExponentialDecay] initial_learning_rate must be positive and finite, got -1"},
      {[] { ReduceOnPlateau{{.factor = 1}}; }, "[ReduceOnPlateau] factor must be below 1, got 1"},
      {[] { Adam{}.set_learning_rate(0); },
       "[Adam] learning_rate must be positive and finite, got 0"},
      {[] { Adam{{.learning_rate = ExponentialDecay{{}}}}.set_learning_rate(1); },
       "[Adam] the learning rate follows a schedule and can't be set"},
      {[] { Adam{}.bind(std::vector<Tensor>{}); }, "[Adam] there are no parameters to update"},
  };
  for (const auto& c : wrong) BOOST_CHECK_EXCEPTION(c.make(), ValueError, says(c.text));
}

BOOST_AUTO_TEST_CASE(steps_that_make_no_sense) {
  optim::Adam adam;
  BOOST_CHECK_EXCEPTION(adam.step(), GraphError,
                        says("[Adam] step() before bind(): it has no parameters"));
  adam.bind(std::vector<Tensor>{parameter(f32)});
  BOOST_CHECK_EXCEPTION(adam.step(), GraphError,
                        says("[Adam] no parameter has a gradient; call backward() before step()"));
  BOOST_TEST(adam.iterations() == 0);
  BOOST_CHECK_EXCEPTION(
      adam.bind(std::vector<NamedTensor>{{"lstm/kernel", Tensor{1.0f}}}), GraphError,
      says("[Adam] parameter lstm/kernel (1,) must be a dense leaf that wants a gradient"));
}

BOOST_AUTO_TEST_SUITE_END()
