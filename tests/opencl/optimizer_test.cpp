#include <carousel/tensor/error.h>
#include <tests/opencl/device.h>

using namespace carousel;
using test::check_close, test::make;

namespace {

// Two parameters with their gradients and slots, on the device and here.
struct Fixture {
  std::vector<double> w = {1, -2, 0.5, 3, -0.25}, g = {0.5, 0.25, -1, 2, 0};
  Tensor parameters = make<float>({5}, {1, -2, 0.5, 3, -0.25});
  Tensor gradients = make<float>({5}, {0.5, 0.25, -1, 2, 0});
  std::array<Tensor, 3> slots = {zeros(), zeros(), zeros()};

  static Tensor zeros() { return make<float>({5}, std::vector<float>(5, 0)); }

  // The first two elements and the last three are parameters of their own.
  OptimizerSpan span(std::int64_t begin, std::int64_t count) const {
    const auto at = [&](const Tensor& t) {
      return detail::operand(detail::view_slice(t, 0, begin, count, 1));
    };
    return {count, at(parameters), at(gradients), {at(slots[0]), at(slots[1]), at(slots[2])}};
  }
  void step(Kernel kernel, std::array<double, 8> hyper, const Tensor& result = {}) const {
    const OptimizerSpan spans[] = {span(0, 2), span(2, 3)};
    OptimizerArgs args{kernel, f32, spans, hyper, {}};
    if (result.defined()) args.result = detail::operand(result);
    Backend& device = backend(test::kDevice);
    device.kernels().optimizer.at(kernel, f32)(device.context(), args);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(opencl_optimizer)

BOOST_AUTO_TEST_CASE(sgd_with_momentum_and_decay) {
  CAROUSEL_NEEDS_OPENCL();
  for (const bool nesterov : {false, true}) {
    Fixture f;
    std::vector<double> velocity(5, 0);
    for (int step = 0; step < 3; ++step) {
      f.step(Kernel::sgd, {0.1, 0.9, double(nesterov), 0.01});
      for (std::size_t i = 0; i < 5; ++i) {
        f.w[i] -= f.w[i] * 0.01 * 0.1;
        velocity[i] = 0.9 * velocity[i] - 0.1 * f.g[i];
        f.w[i] += nesterov ? 0.9 * velocity[i] - 0.1 * f.g[i] : velocity[i];
      }
    }
    check_close(f.parameters.to_vector<float>(), f.w, 1e-6, "parameters");
    check_close(f.slots[0].to_vector<float>(), velocity, 1e-6, "momentum");
  }
}

BOOST_AUTO_TEST_CASE(adam_corrects_its_bias) {
  CAROUSEL_NEEDS_OPENCL();
  Fixture f;
  std::vector<double> m(5, 0), v(5, 0);
  for (int step = 1; step <= 3; ++step) {
    f.step(Kernel::adamw, {0.01, 0.9, 0.999, 1e-7, 0.004, double(step)});
    for (std::size_t i = 0; i < 5; ++i) {
      f.w[i] -= f.w[i] * 0.004 * 0.01;
      m[i] += (f.g[i] - m[i]) * 0.1;
      v[i] += (f.g[i] * f.g[i] - v[i]) * 0.001;
      const double rate = 0.01 * std::sqrt(1 - std::pow(0.999, step)) / (1 - std::pow(0.9, step));
      f.w[i] -= rate * m[i] / (std::sqrt(v[i]) + 1e-7);
    }
  }
  check_close(f.parameters.to_vector<float>(), f.w, 1e-6, "parameters");
  check_close(f.slots[1].to_vector<float>(), v, 1e-6, "second moments");
}

BOOST_AUTO_TEST_CASE(rmsprop_centered_with_momentum) {
  CAROUSEL_NEEDS_OPENCL();
  Fixture f;
  std::vector<double> average(5, 0), mean(5, 0), momentum(5, 0);
  for (int step = 0; step < 3; ++step) {
    f.step(Kernel::rmsprop, {0.01, 0.9, 0.5, 1e-7, 1, 0});
    for (std::size_t i = 0; i < 5; ++i) {
      average[i] = 0.9 * average[i] + 0.1 * f.g[i] * f.g[i];
      mean[i] = 0.9 * mean[i] + 0.1 * f.g[i];
      momentum[i] =
          0.5 * momentum[i] + 0.01 * f.g[i] / std::sqrt(average[i] - mean[i] * mean[i] + 1e-7);
      f.w[i] -= momentum[i];
    }
  }
  check_close(f.parameters.to_vector<float>(), f.w, 1e-6, "parameters");
}

BOOST_AUTO_TEST_CASE(norm_and_scaling_of_all_gradients) {
  CAROUSEL_NEEDS_OPENCL();
  Fixture f;
  f.step(Kernel::scale_gradients, {0.5});
  check_close(f.gradients.to_vector<float>(), {0.25, 0.125, -0.5, 1, 0}, 0, "scaled");
  if (!test::has_f64()) return;
  const Tensor total = make<double>({1}, {0});
  f.step(Kernel::global_sum_squares, {}, total);
  BOOST_TEST(total.item<double>() == 0.25 * 0.25 + 0.125 * 0.125 + 0.25 + 1);
}

BOOST_AUTO_TEST_CASE(parameters_do_not_change_after_a_bad_index) {
  CAROUSEL_NEEDS_OPENCL();
  Fixture f;
  const Tensor table = make<float>({3, 1}, {1, 2, 3}), bad = make<std::int64_t>({1}, {3});
  const Tensor row = detail::run_index_select(table, 0, bad, "embedding");
  f.step(Kernel::sgd, {0.1, 0.9, 0, 0});
  f.step(Kernel::adam, {0.1, 0.9, 0.999, 1e-7, 0, 1});
  f.step(Kernel::rmsprop, {0.1, 0.9, 0, 1e-7, 0, 0});
  BOOST_CHECK_EXCEPTION(row.to_vector<float>(), IndexError, [](const IndexError& e) {
    return e.what() == std::string("[embedding] index 3 at position 0 is out of range for size 3");
  });
  check_close(f.parameters.to_vector<float>(), f.w, 0, "parameters");
  f.step(Kernel::sgd, {0.1, 0, 0, 0});
  for (std::size_t i = 0; i < 5; ++i) f.w[i] -= 0.1 * f.g[i];
  check_close(f.parameters.to_vector<float>(), f.w, 1e-6, "the next step");
}

BOOST_AUTO_TEST_SUITE_END()
