// The LSTM on a device without recurrent kernels: the composed one, beside the CPU's fused one.
#include <carousel/autograd/engine.h>
#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/recurrent.h>
#include <tests/opencl/device.h>

#include <cmath>

using namespace carousel;

namespace {

std::vector<float> waves(std::int64_t count, int seed) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = .6f * std::sin(static_cast<float>(i + 1) * .7f * static_cast<float>(2 * seed + 1));
  return values;
}

// Output, states and the gradients of x, kernel, recurrent kernel, bias: 2 rows, 5 steps, 3
// features, 4 units.
std::vector<Tensor> run(Device device, const RecurrentOptions& options) {
  std::vector<Tensor> in;
  int seed = 1;
  for (const Shape& shape : {Shape{2, 5, 3}, Shape{3, 16}, Shape{4, 16}, Shape{16}}) {
    in.push_back(test::make<float>(shape, waves(shape.numel(), seed++), device));
    in.back().set_requires_grad();
  }
  const LSTMResult r = lstm(in[0], in[1], in[2], in[3], options);
  std::vector<Tensor> results{r.output.detach(), r.h.detach(), r.c.detach()};
  const Tensor cotangent =
      test::make<float>(r.output.shape(), waves(r.output.numel(), seed), device);
  for (const Tensor& g : grad(std::span(&r.output, 1), in, {.cotangents = {cotangent}}))
    results.push_back(g);
  return results;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lstm_on_opencl)

BOOST_AUTO_TEST_CASE(values_and_gradients_follow_the_cpu) {
  CAROUSEL_NEEDS_OPENCL();
  for (bool sequences : {true, false})
    for (bool backwards : {true, false}) {
      RecurrentOptions options{.return_sequences = sequences};
      options.spec.go_backwards = backwards;
      const auto cpu = run({}, options), opencl = run(test::kDevice, options);
      for (std::size_t i = 0; i < cpu.size(); ++i) {
        const auto values = cpu[i].to_vector<float>();
        test::check_close(opencl[i].to_vector<float>(), {values.begin(), values.end()}, 5e-6,
                          "result " + std::to_string(i));
      }
    }
}

BOOST_AUTO_TEST_SUITE_END()
