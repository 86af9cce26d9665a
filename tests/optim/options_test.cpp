// Every option outside its domain, with the error's text.
#include <carousel/optim/optim.h>
#include <carousel/optim/torch/torch.h>
#include <carousel/tensor/error.h>

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace carousel;
using namespace carousel::optim;

namespace {

const double kNaN = std::nan("");

struct Wrong {
  void (*make)();
  const char* text;
};

template <std::size_t n>
void check(const Wrong (&wrong)[n]) {
  for (const Wrong& c : wrong)
    BOOST_CHECK_EXCEPTION(c.make(), ValueError, [&](const ValueError& e) {
      BOOST_TEST(e.what() == std::string(c.text));
      return true;
    });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_arguments)

BOOST_AUTO_TEST_CASE(what_all_optimizers_share) {
  check({
      {[] { Nadam{{.learning_rate = kNaN}}; },
       "[Nadam] learning_rate must be positive and finite, got nan"},
      {[] { torch::RAdam{{.lr = 0}}; },
       "[torch.RAdam] learning_rate must be positive and finite, got 0"},
      {[] { Lion{{.weight_decay = -1}}; },
       "[Lion] weight_decay must be finite and not negative, got -1"},
      {[] { torch::SGD{{.weight_decay = HUGE_VAL}}; },
       "[torch.SGD] weight_decay must be finite and not negative, got inf"},
      {[] { Adagrad{{.clipvalue = -1}}; },
       "[Adagrad] clipvalue must be positive and finite, got -1"},
      {[] { Lamb{{.clipnorm = 1, .global_clipnorm = 1}}; },
       "[Lamb] at most one of clipnorm, clipvalue and global_clipnorm may be set"},
      {[] { SGD{{.use_ema = true, .ema_momentum = 1.5}}; },
       "[SGD] ema_momentum must be in [0, 1], got 1.5"},
      {[] { SGD{{.use_ema = true, .ema_overwrite_frequency = 0}}; },
       "[SGD] ema_overwrite_frequency must be at least 1, got 0"},
      {[] { SGD{{.loss_scale_factor = 0}}; },
       "[SGD] loss_scale_factor must be positive and finite, got 0"},
      {[] { SGD{{.gradient_accumulation_steps = 1}}; },
       "[SGD] gradient_accumulation_steps must be at least 2, got 1"},
  });
}

BOOST_AUTO_TEST_CASE(of_keras_optimizers) {
  check({
      {[] { SGD{{.momentum = kNaN}}; }, "[SGD] momentum must be in [0, 1], got nan"},
      {[] { Adam{{.beta_2 = -0.1}}; }, "[Adam] beta_2 must be in [0, 1), got -0.1"},
      {[] { AdamW{{.epsilon = -1}}; }, "[AdamW] epsilon must be finite and not negative, got -1"},
      {[] { Adamax{{.beta_1 = 1}}; }, "[Adamax] beta_1 must be in [0, 1), got 1"},
      {[] { Nadam{{.beta_2 = 1}}; }, "[Nadam] beta_2 must be in [0, 1), got 1"},
      {[] { Lion{{.beta_1 = 2}}; }, "[Lion] beta_1 must be in [0, 1), got 2"},
      {[] { Lamb{{.beta_1 = 1}}; }, "[Lamb] beta_1 must be in [0, 1), got 1"},
      {[] { RMSprop{{.rho = 1.1}}; }, "[RMSprop] rho must be in [0, 1], got 1.1"},
      {[] { Adagrad{{.initial_accumulator_value = -1}}; },
       "[Adagrad] initial_accumulator_value must be finite and not negative, got -1"},
      {[] { Adadelta{{.rho = -1}}; }, "[Adadelta] rho must be in [0, 1], got -1"},
      {[] { Ftrl{{.learning_rate_power = 0.5}}; },
       "[Ftrl] learning_rate_power must not be positive, got 0.5"},
      {[] { Ftrl{{.learning_rate_power = -HUGE_VAL}}; },
       "[Ftrl] learning_rate_power must be finite, got -inf"},
      {[] { Ftrl{{.l1_regularization_strength = -1}}; },
       "[Ftrl] l1_regularization_strength must be finite and not negative, got -1"},
      {[] { Ftrl{{.l2_shrinkage_regularization_strength = -1}}; },
       "[Ftrl] l2_shrinkage_regularization_strength must be finite and not negative, got -1"},
      {[] { Adafactor{{.beta_2_decay = 0.8}}; },
       "[Adafactor] beta_2_decay must not be positive, got 0.8"},
      {[] { Adafactor{{.clip_threshold = 0}}; },
       "[Adafactor] clip_threshold must be positive and finite, got 0"},
      {[] { Muon{{.adam_beta_1 = 1}}; }, "[Muon] adam_beta_1 must be in [0, 1), got 1"},
      {[] { Muon{{.ns_steps = -1}}; }, "[Muon] ns_steps must be at least 0, got -1"},
      {[] { Muon{{.muon_b = kNaN}}; }, "[Muon] muon_b must be finite, got nan"},
      {[] { ScheduleFreeAdamW{{.beta_1 = 0}}; },
       "[ScheduleFreeAdamW] beta_1 must be positive and finite, got 0"},
      {[] { ScheduleFreeAdamW{{.warmup_steps = -1}}; },
       "[ScheduleFreeAdamW] warmup_steps must be at least 0, got -1"},
  });
}

BOOST_AUTO_TEST_CASE(of_torch_optimizers) {
  check({
      {[] { torch::SGD{{.momentum = -1}}; },
       "[torch.SGD] momentum must be finite and not negative, got -1"},
      {[] { torch::SGD{{.momentum = 0.9, .dampening = 0.1, .nesterov = true}}; },
       "[torch.SGD] nesterov needs momentum and no dampening, got 0.9 and 0.1"},
      {[] {
         torch::Adam{{.betas = {0.9, 1}}};
       },
       "[torch.Adam] betas[1] must be in [0, 1), got 1"},
      {[] { torch::AdamW{{.eps = -1}}; },
       "[torch.AdamW] eps must be finite and not negative, got -1"},
      {[] { torch::NAdam{{.momentum_decay = -1}}; },
       "[torch.NAdam] momentum_decay must be finite and not negative, got -1"},
      {[] { torch::RMSprop{{.alpha = 2}}; }, "[torch.RMSprop] alpha must be in [0, 1], got 2"},
      {[] { torch::Adagrad{{.lr_decay = -1}}; },
       "[torch.Adagrad] lr_decay must be finite and not negative, got -1"},
      {[] { torch::Adadelta{{.rho = 2}}; }, "[torch.Adadelta] rho must be in [0, 1], got 2"},
      {[] { torch::Adafactor{{.d = 0.5}}; }, "[torch.Adafactor] d must be at least 1, got 0.5"},
      {[] { torch::Adafactor{{.beta2_decay = 1}}; },
       "[torch.Adafactor] beta2_decay must not be positive, got 1"},
      {[] { torch::ASGD{{.t0 = -1}}; }, "[torch.ASGD] t0 must be finite and not negative, got -1"},
      {[] {
         torch::Rprop{{.etas = {1.5, 1.2}}};
       },
       "[torch.Rprop] etas must be 0 < etas[0] < 1 < etas[1], got 1.5 and 1.2"},
      {[] {
         torch::Rprop{{.step_sizes = {1, 0.5}}};
       },
       "[torch.Rprop] step_sizes must be positive and in order, got 1 and 0.5"},
      {[] {
         torch::Muon{{.ns_coefficients = {1, kNaN, 1}}};
       },
       "[torch.Muon] ns_coefficients must be finite, got nan"},
      {[] { torch::Muon{{.ns_steps = 100}}; }, "[torch.Muon] ns_steps must be below 100, got 100"},
      {[] { torch::Muon{{.adjust_lr_fn = "half"}}; },
       "[torch.Muon] adjust_lr_fn must be original or match_rms_adamw, got \"half\""},
      {[] {
         torch::Muon{}.bind(std::vector<NamedTensor>{{"bias", Tensor{1.0}.set_requires_grad()}});
       },
       "[torch.Muon] updates matrices, but bias is (1,)"},
      {[] { torch::LBFGS{{.max_iter = 0}}; }, "[torch.LBFGS] max_iter must be at least 1, got 0"},
      {[] { torch::LBFGS{{.history_size = 0}}; },
       "[torch.LBFGS] history_size must be at least 1, got 0"},
      {[] { torch::LBFGS{{.line_search_fn = "armijo"}}; },
       "[torch.LBFGS] line_search_fn must be strong_wolfe or nothing, got \"armijo\""},
  });
}

BOOST_AUTO_TEST_CASE(of_keras_schedules) {
  check({
      {[] { ExponentialDecay{{.decay_steps = 0}}; },
       "[ExponentialDecay] decay_steps must be at least 1, got 0"},
      {[] { InverseTimeDecay{{.decay_rate = 0}}; },
       "[InverseTimeDecay] decay_rate must be positive and finite, got 0"},
      {[] { PolynomialDecay{{.power = -1}}; },
       "[PolynomialDecay] power must be positive and finite, got -1"},
      {[] { PolynomialDecay{{.end_learning_rate = -1}}; },
       "[PolynomialDecay] end_learning_rate must be finite and not negative, got -1"},
      {[] {
         PiecewiseConstantDecay{{.boundaries = {1, 2}, .values = {0.1, 0.2}}};
       },
       "[PiecewiseConstantDecay] needs one value more than boundaries, got 2 and 2"},
      {[] {
         PiecewiseConstantDecay{{.boundaries = {5, 5}, .values = {1, 2, 3}}};
       },
       "[PiecewiseConstantDecay] boundaries must increase, got 5 before 5"},
      {[] {
         PiecewiseConstantDecay{{.boundaries = {5}, .values = {1, kNaN}}};
       },
       "[PiecewiseConstantDecay] values must be finite and not negative, got nan"},
      {[] { CosineDecay{{.alpha = 1.5}}; }, "[CosineDecay] alpha must be in [0, 1], got 1.5"},
      {[] { CosineDecay{{.warmup_steps = -1}}; },
       "[CosineDecay] warmup_steps must be at least 0, got -1"},
      {[] { CosineDecayRestarts{{.t_mul = 0.5}}; },
       "[CosineDecayRestarts] t_mul must be finite and at least 1, got 0.5"},
      {[] { CosineDecayRestarts{{.m_mul = 0}}; },
       "[CosineDecayRestarts] m_mul must be positive and finite, got 0"},
  });
}

BOOST_AUTO_TEST_CASE(of_torch_schedules) {
  check({
      {[] { torch::StepLR{{.step_size = 0}}; }, "[StepLR] step_size must be at least 1, got 0"},
      {[] {
         torch::MultiStepLR{{.milestones = {5, 3}}};
       },
       "[MultiStepLR] milestones must not fall, got 5 before 3"},
      {[] { torch::ConstantLR{{.factor = -1}}; },
       "[ConstantLR] factor must be finite and not negative, got -1"},
      {[] { torch::LinearLR{{.total_iters = 0}}; },
       "[LinearLR] total_iters must be at least 1, got 0"},
      {[] { torch::ExponentialLR{{.lr = -1}}; },
       "[ExponentialLR] lr must be positive and finite, got -1"},
      {[] { torch::PolynomialLR{{.power = kNaN}}; },
       "[PolynomialLR] power must be finite and not negative, got nan"},
      {[] { torch::CosineAnnealingLR{{.T_max = 0}}; },
       "[CosineAnnealingLR] T_max must be at least 1, got 0"},
      {[] { torch::CosineAnnealingWarmRestarts{{.T_mult = 0}}; },
       "[CosineAnnealingWarmRestarts] T_mult must be at least 1, got 0"},
      {[] { torch::CyclicLR{{.mode = "square"}}; },
       "[CyclicLR] mode must be triangular, triangular2 or exp_range, got \"square\""},
      {[] { torch::OneCycleLR{{.anneal_strategy = "step"}}; },
       "[OneCycleLR] anneal_strategy must be cos or linear, got \"step\""},
      {[] { torch::OneCycleLR{{.pct_start = 2}}; },
       "[OneCycleLR] pct_start must be in [0, 1], got 2"},
      {[] { torch::OneCycleLR{{.epochs = 3}}; },
       "[OneCycleLR] needs total_steps, or epochs and steps_per_epoch"},
      {[] { torch::OneCycleLR{{.epochs = 3, .steps_per_epoch = 0}}; },
       "[OneCycleLR] steps_per_epoch must be at least 1, got 0"},
      {[] { torch::SequentialLR{{.schedulers = {0.1}, .milestones = {3}}}; },
       "[SequentialLR] needs one schedule more than milestones, got 1 and 1"},
      {[] { torch::ReduceLROnPlateau{{.factor = 1}}; },
       "[ReduceLROnPlateau] factor must be in [0, 1), got 1"},
      {[] { torch::ReduceLROnPlateau{{.threshold_mode = "both"}}; },
       "[ReduceLROnPlateau] threshold_mode must be rel or abs, got \"both\""},
  });
}

BOOST_AUTO_TEST_CASE(lbfgs_wants_a_closure_and_one_dtype) {
  torch::LBFGS lbfgs;
  BOOST_CHECK_EXCEPTION(lbfgs.step(), GraphError, [](const GraphError& e) {
    return e.what() ==
           std::string(
               "[torch.LBFGS] looks at the loss several times: step([&] { ...; return loss; })");
  });
  const std::vector<NamedTensor> mixed{{"a", Tensor{1.0f}.set_requires_grad()},
                                       {"b", Tensor{1.0}.set_requires_grad()}};
  BOOST_CHECK_EXCEPTION(lbfgs.bind(mixed), DTypeError, [](const DTypeError& e) {
    return e.what() == std::string(
                           "[torch.LBFGS] sees all parameters as one vector: a is f32 on "
                           "cpu, b is f64 on cpu");
  });
}

BOOST_AUTO_TEST_CASE(clip_grad_norm) {
  Tensor w = Tensor{0.0, 0.0}.set_requires_grad();
  w.set_grad(Tensor{3.0, -4.0});
  const std::vector<Tensor> all{w};
  check({{[] { torch::clip_grad_norm({}, {.max_norm = 0}); },
          "[clip_grad_norm] max_norm must be positive and finite, got 0"},
         {[] { torch::clip_grad_norm({}, {.norm_type = 0.5}); },
          "[clip_grad_norm] norm_type must be at least 1, got 0.5"}});
  BOOST_TEST(torch::clip_grad_norm(all, {.max_norm = 6}) == 5);
  BOOST_TEST(torch::clip_grad_norm(all, {.max_norm = 8, .norm_type = 1}) == 7);
  BOOST_TEST(torch::clip_grad_norm(all, {.max_norm = 5, .norm_type = HUGE_VAL}) == 4);
  BOOST_TEST(w.grad()(0) == 3);
  torch::clip_grad_norm(all, {.max_norm = 2.5});
  BOOST_TEST(std::abs(w.grad()(1) + 2) < 1e-6);
  w.set_grad(Tensor{kNaN, 1.0});
  BOOST_CHECK_EXCEPTION(torch::clip_grad_norm(all, {}), NumericError, [](const NumericError& e) {
    return e.what() == std::string(
                           "[clip_grad_norm] the gradients' norm is nan: a gradient holds "
                           "NaN or infinity; AnomalyMode finds the operation");
  });
  BOOST_TEST(w.grad()(1) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
