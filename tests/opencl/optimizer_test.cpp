#include <carousel/tensor/error.h>
#include <tests/backends/update_programs.h>
#include <tests/opencl/device.h>

using namespace carousel;
using namespace carousel::test;

namespace {

// Two parameters with their gradients and slots, on the device and here.
struct Fixture {
  std::vector<double> w = {1, -2, 0.5, 3, -0.25}, g = {0.5, 0.25, -1, 2, 0};
  Tensor parameters = make<float>({5}, {1, -2, 0.5, 3, -0.25});
  Tensor gradients = make<float>({5}, {0.5, 0.25, -1, 2, 0});
  Tensor slot = make<float>({5}, std::vector<float>(5, 0));

  // The first two elements and the last three are parameters of their own.
  OptimizerSpan span(std::int64_t begin, std::int64_t count) const {
    const auto at = [&](const Tensor& t) {
      return detail::operand(detail::view_slice(t, 0, begin, count, 1));
    };
    return {count, at(parameters), at(gradients), {at(slot)}};
  }
  void run(Kernel kernel, const UpdateProgram* program, double factor = 1,
           const Tensor& result = {}) const {
    const OptimizerSpan spans[] = {span(0, 2), span(2, 3)};
    OptimizerArgs args{kernel, f32, spans, program, factor};
    if (result.defined()) args.sums = detail::operand(result);
    Backend& device = backend(kDevice);
    device.kernels().optimizer.at(kernel, f32)(device.context(), args);
  }
  void step(const UpdateProgram& program) const { run(Kernel::update, &program); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(opencl_optimizer)

BOOST_AUTO_TEST_CASE(a_program_is_compiled_and_its_numbers_may_change) {
  CAROUSEL_NEEDS_OPENCL();
  Fixture f;
  std::vector<double> velocity(5, 0);
  for (int step = 0; step < 3; ++step) {
    const double rate = 0.1 / (1 + step);
    f.step(heavy_ball(rate, 0.9));
    for (std::size_t i = 0; i < 5; ++i) {
      velocity[i] = 0.9 * velocity[i] - rate * f.g[i];
      f.w[i] += velocity[i];
    }
  }
  check_close(f.parameters.to_vector<float>(), f.w, 1e-6, "parameters");
  check_close(f.slot.to_vector<float>(), velocity, 1e-6, "momentum");
}

BOOST_AUTO_TEST_CASE(each_operation_and_nan) {
  CAROUSEL_NEEDS_OPENCL();
  const double inf = HUGE_VAL, nan = std::nan("");
  const float finf = HUGE_VALF, fnan = std::nanf("");
  const struct {
    UpdateOp op;
    std::vector<double> expected;
  } cases[] = {{UpdateOp::add, {5, -1, nan, nan, inf}},
               {UpdateOp::sub, {-1, -5, nan, nan, inf}},
               {UpdateOp::mul, {6, -6, nan, nan, -inf}},
               {UpdateOp::div, {2.0 / 3, -1.5, nan, nan, -inf}},
               {UpdateOp::maximum, {3, 2, nan, nan, inf}},
               {UpdateOp::minimum, {2, -3, nan, nan, -1}},
               {UpdateOp::pow, {8, 9, nan, nan, 0}},
               {UpdateOp::where, {2, 2, nan, 1, inf}},
               {UpdateOp::abs, {2, 3, 0, nan, inf}},
               {UpdateOp::sign, {1, -1, 0, nan, 1}},
               {UpdateOp::sqrt, {std::sqrt(2), nan, 0, nan, inf}},
               {UpdateOp::copy, {2, -3, 0, nan, inf}}};
  for (const auto& c : cases) {
    Fixture f;
    f.parameters = make<float>({5}, {1, -1, 0, fnan, 2});
    f.gradients = make<float>({5}, {2, -3, 0, fnan, finf});
    f.slot = make<float>({5}, {3, 2, fnan, 1, -1});
    f.step(single(c.op));
    check_close(f.parameters.to_vector<float>(), c.expected, 1e-6,
                "operation " + std::to_string(static_cast<int>(c.op)));
  }
}

BOOST_AUTO_TEST_CASE(norm_and_scaling_of_all_gradients) {
  CAROUSEL_NEEDS_OPENCL();
  Fixture f;
  f.run(Kernel::scale_gradients, nullptr, 0.5);
  check_close(f.gradients.to_vector<float>(), {0.25, 0.125, -0.5, 1, 0}, 0, "scaled");
  if (!has_f64()) return;
  const Tensor total = make<double>({1}, {0});
  f.run(Kernel::global_sum_squares, nullptr, 1, total);
  BOOST_TEST(total.item<double>() == 0.25 * 0.25 + 0.125 * 0.125 + 0.25 + 1);
}

BOOST_AUTO_TEST_CASE(parameters_do_not_change_after_a_bad_index) {
  CAROUSEL_NEEDS_OPENCL();
  Fixture f;
  const Tensor table = make<float>({3, 1}, {1, 2, 3}), bad = make<std::int64_t>({1}, {3});
  const Tensor row = detail::run_index_select(table, 0, bad, "embedding");
  f.step(heavy_ball(0.1, 0.9));
  BOOST_CHECK_EXCEPTION(row.to_vector<float>(), IndexError, [](const IndexError& e) {
    return e.what() == std::string("[embedding] index 3 at position 0 is out of range for size 3");
  });
  check_close(f.parameters.to_vector<float>(), f.w, 0, "parameters");
  f.step(heavy_ball(0.1, 0.9));
  for (std::size_t i = 0; i < 5; ++i) f.w[i] -= 0.1 * f.g[i];
  check_close(f.parameters.to_vector<float>(), f.w, 1e-6, "the next step");
}

BOOST_AUTO_TEST_SUITE_END()
