// What holds for each optimizer: it walks downhill, its state restores to the same bits, it leaves
// parameters without a gradient alone, and devices agree.
#include <carousel/tensor/backend.h>
#include <carousel/tensor/error.h>
#include <tests/optim/every_optimizer.h>
#include <tests/support/skip.h>

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace carousel;
using namespace carousel::test;

namespace {

template <class T>
NamedOptimizer with(const char* name, typename T::Options options) {
  return {name, [options] { return std::make_unique<T>(options); }};
}

// Copies what a checkpoint holds.
void restore(optim::Optimizer& to, const optim::Optimizer& from) {
  const auto source = from.state();
  auto target = to.state();
  BOOST_TEST_REQUIRE(source.size() == target.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    BOOST_TEST(source[i].name == target[i].name);
    target[i].tensor.copy_(source[i].tensor);
  }
}

}  // namespace

std::vector<NamedOptimizer> carousel::test::every_optimizer() {
  using namespace optim;
  const double lr = 0.05;
  return {
      with<SGD>("SGD", {.learning_rate = lr, .momentum = 0.9, .nesterov = true}),
      with<SGD>("accumulating SGD", {.learning_rate = lr, .gradient_accumulation_steps = 2}),
      with<Adam>("Adam", {.learning_rate = lr, .amsgrad = true, .weight_decay = 0.01}),
      with<Adam>("averaged Adam", {.learning_rate = lr,
                                   .use_ema = true,
                                   .ema_momentum = 0.5,
                                   .ema_overwrite_frequency = 3}),
      with<AdamW>("AdamW", {.learning_rate = lr, .loss_scale_factor = 8}),
      with<Adamax>("Adamax", {.learning_rate = lr}),
      with<Nadam>("Nadam", {.learning_rate = lr, .weight_decay = 0.01}),
      with<RMSprop>("RMSprop", {.learning_rate = lr, .momentum = 0.5, .centered = true}),
      with<Adagrad>("Adagrad", {.learning_rate = 0.3}),
      with<Adadelta>("Adadelta", {.learning_rate = 1, .epsilon = 1e-3}),
      with<Adafactor>("Adafactor", {.learning_rate = lr}),
      with<Ftrl>("Ftrl", {.learning_rate = 0.3, .learning_rate_power = -0.7, .beta = 0.1}),
      with<Lion>("Lion", {.learning_rate = lr}),
      with<Lamb>("Lamb", {.learning_rate = lr}),
      with<Muon>("Muon", {.learning_rate = 0.3}),
      with<ScheduleFreeAdamW>("ScheduleFreeAdamW", {.learning_rate = lr, .warmup_steps = 3}),
      with<torch::SGD>("torch.SGD",
                       {.lr = lr, .momentum = 0.9, .dampening = 0.1, .weight_decay = 0.01}),
      with<torch::Adam>("torch.Adam", {.lr = lr, .weight_decay = 0.01, .amsgrad = true}),
      with<torch::AdamW>("torch.AdamW", {.lr = lr}),
      with<torch::Adamax>("torch.Adamax", {.lr = lr}),
      with<torch::NAdam>("torch.NAdam", {.lr = lr}),
      with<torch::RAdam>("torch.RAdam", {.lr = lr, .betas = {0.9, 0.99}}),
      with<torch::RMSprop>("torch.RMSprop", {.lr = lr, .momentum = 0.5, .centered = true}),
      with<torch::Adagrad>("torch.Adagrad", {.lr = 0.3, .lr_decay = 0.01}),
      with<torch::Adadelta>("torch.Adadelta", {.lr = 1, .eps = 1e-3}),
      with<torch::Adafactor>("torch.Adafactor", {.lr = lr}),
      with<torch::ASGD>("torch.ASGD", {.lr = lr, .t0 = 3}),
      with<torch::Rprop>("torch.Rprop", {.lr = lr}),
      with<torch::LBFGS>("torch.LBFGS", {.lr = 0.1, .max_iter = 3, .history_size = 4}),
      with<torch::LBFGS>("torch.LBFGS, Wolfe", {.max_iter = 2, .line_search_fn = "strong_wolfe"}),
  };
}

std::vector<NamedTensor> carousel::test::two_parameters(DType dtype, Device device) {
  const auto make = [&](const Shape& shape, double from) {
    const Tensor x = from + cos(arange(0, static_cast<double>(shape.numel())) * 1.7) * 2;
    return x.reshape(shape).to(dtype).to(device).detach().clone().set_requires_grad();
  };
  return {{"kernel", make({3, 4}, 0.5)}, {"bias", make({5}, -0.5)}};
}

Tensor carousel::test::bowl(const std::vector<NamedTensor>& parameters) {
  Tensor total;
  for (const auto& [name, w] : parameters) {
    const Tensor i = arange(0, static_cast<double>(w.numel())).to(w.dtype()).to(w.device());
    const Tensor k = (sin(i * 2.3) * 0.85 + 1.15).reshape(w.shape());
    const Tensor part = ((w - 1) * (w - 1) * k * 0.5).sum();
    total = total.defined() ? total + part : part;
  }
  return total;
}

double carousel::test::step_down(optim::Optimizer& optimizer,
                                 const std::vector<NamedTensor>& parameters) {
  return optimizer
      .step([&] {
        optimizer.zero_grad();
        Tensor loss = bowl(parameters);
        optimizer.scale_loss(loss).backward();
        return loss;
      })
      .item();
}

std::vector<double> carousel::test::values(const std::vector<NamedTensor>& parameters) {
  std::vector<double> all;
  for (const auto& [name, w] : parameters)
    for (const double x : w.detach().to(Device{}).to(f64).to_vector<double>()) all.push_back(x);
  return all;
}

BOOST_AUTO_TEST_SUITE(every_optimizer_there_is)

BOOST_AUTO_TEST_CASE(walks_downhill) {
  for (const NamedOptimizer& each : every_optimizer())
    for (DType dtype : {f32, f64}) {
      const auto parameters = two_parameters(dtype);
      const auto optimizer = each.make();
      optimizer->bind(parameters);
      const double first = step_down(*optimizer, parameters);
      for (int i = 1; i < 60; ++i) step_down(*optimizer, parameters);
      BOOST_TEST(bowl(parameters).item() < 0.5 * first, each.name << " " << to_string(dtype) << ": "
                                                                  << first << " to "
                                                                  << bowl(parameters).item());
      BOOST_TEST(optimizer->iterations() == 60);
    }
}

BOOST_AUTO_TEST_CASE(restored_state_goes_on_to_the_same_bits) {
  for (const NamedOptimizer& each : every_optimizer()) {
    const auto parameters = two_parameters(f32), others = two_parameters(f32);
    const auto optimizer = each.make(), resumed = optimizer->fresh();
    optimizer->bind(parameters);
    resumed->bind(others);
    for (int i = 0; i < 7; ++i) step_down(*optimizer, parameters);
    restore(*resumed, *optimizer);
    const NoGrad guard;
    for (std::size_t i = 0; i < others.size(); ++i) {
      Tensor other = others[i].tensor;
      other.copy_(parameters[i].tensor);
    }
    const EnableGrad again;
    for (int i = 0; i < 7; ++i) {
      step_down(*optimizer, parameters);
      step_down(*resumed, others);
    }
    BOOST_TEST(values(parameters) == values(others), each.name);
  }
}

BOOST_AUTO_TEST_CASE(a_parameter_without_a_gradient_stays) {
  for (const NamedOptimizer& each : every_optimizer()) {
    if (std::string(each.name).find("LBFGS") != std::string::npos) continue;  // one vector of all
    const auto parameters = two_parameters(f64);
    const auto optimizer = each.make();
    optimizer->bind(parameters);
    const auto before = parameters[1].tensor.to_vector<double>();
    for (int i = 0; i < 4; ++i) {
      optimizer->zero_grad();
      bowl({parameters[0]}).backward();
      optimizer->step();
    }
    BOOST_TEST(parameters[1].tensor.to_vector<double>() == before, each.name);
  }
}

BOOST_AUTO_TEST_CASE(lbfgs_climbs_as_it_falls) {
  std::vector<std::vector<double>> ends;
  for (const bool up : {false, true}) {
    const auto parameters = two_parameters(f64);
    optim::torch::LBFGS optimizer{
        {.max_iter = 4, .line_search_fn = "strong_wolfe", .maximize = up}};
    optimizer.bind(parameters);
    optimizer.step([&] {
      optimizer.zero_grad();
      Tensor loss = up ? -bowl(parameters) : bowl(parameters);
      loss.backward();
      return loss;
    });
    ends.push_back(values(parameters));
  }
  BOOST_TEST(ends[0] == ends[1]);
  BOOST_TEST(ends[0] != values(two_parameters(f64)));
}

BOOST_AUTO_TEST_CASE(devices_agree) {
  if (device_count(DeviceKind::opencl) == 0) return skip("no OpenCL device");
  const Device device{DeviceKind::opencl, 0};
  for (const NamedOptimizer& each : every_optimizer()) {
    const auto here = two_parameters(f32), there = two_parameters(f32, device);
    const auto optimizer = each.make(), other = each.make();
    optimizer->bind(here);
    other->bind(there);
    for (int i = 0; i < 5; ++i) {
      step_down(*optimizer, here);
      step_down(*other, there);
    }
    const auto a = values(here), b = values(there);
    for (std::size_t i = 0; i < a.size(); ++i)
      BOOST_TEST(std::abs(a[i] - b[i]) <= 2e-5, each.name << ": " << a[i] << " and " << b[i]);
  }
}

BOOST_AUTO_TEST_SUITE_END()
