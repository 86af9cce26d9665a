// Models on an OpenCL device: the same values and gradients as on the CPU.
#include <boost/test/unit_test.hpp>

#include <carousel/autograd/ops.h>
#include <carousel/nn/layers.h>
#include <tests/opencl/device.h>

using namespace carousel;

namespace {

nn::Sequential recurrent_model() {
  return {nn::LSTM{{.units = 6, .return_sequences = true}}, nn::Dropout{0.3},
          nn::LSTM{{.units = 4}}, nn::Dense{{.units = 1}}};
}

// The loss, then the gradients, of one training batch on x's device.
std::vector<std::vector<float>> trained(nn::Module& model, const Tensor& x) {
  model.train();
  const Tensor y = model(x);
  const Tensor loss = (y * y).mean();
  loss.backward();
  std::vector<std::vector<float>> all{loss.to_vector<float>()};
  for (const Tensor& parameter : model.parameters())
    all.push_back(parameter.grad().to_vector<float>());
  return all;
}

void check_near(const std::vector<std::vector<float>>& a,
                const std::vector<std::vector<float>>& b) {
  BOOST_REQUIRE_EQUAL(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    float largest = 0;
    for (const float value : b[i]) largest = std::max(largest, std::abs(value));
    BOOST_REQUIRE_EQUAL(a[i].size(), b[i].size());
    for (std::size_t k = 0; k < a[i].size(); ++k)
      BOOST_CHECK_SMALL(a[i][k] - b[i][k], 1e-5f * largest);
  }
}

Tensor input() {
  Generator generator{.seed = 3};
  return rand({8, 5, 2}, generator);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(opencl_module)

BOOST_AUTO_TEST_CASE(a_model_builds_and_trains_where_its_input_is) {
  CAROUSEL_NEEDS_OPENCL();
  nn::Sequential host = recurrent_model(), device = recurrent_model();
  const auto expected = trained(host, input());
  check_near(trained(device, input().to(test::kDevice)), expected);
  BOOST_CHECK(device.parameters()[0].device() == test::kDevice);
}

BOOST_AUTO_TEST_CASE(a_model_moves) {
  CAROUSEL_NEEDS_OPENCL();
  nn::Sequential host = recurrent_model(), moved = recurrent_model();
  moved.build({1, 5, 2});
  const Tensor kernel = moved.parameters()[0];
  moved.to(test::kDevice);
  BOOST_CHECK(kernel.device() == test::kDevice);
  check_near(trained(moved, input().to(test::kDevice)), trained(host, input()));
}

BOOST_AUTO_TEST_CASE(gradients_cross_devices) {
  CAROUSEL_NEEDS_OPENCL();
  const Tensor x = Tensor{1.f, 2.f}.set_requires_grad();
  const Tensor there = x.to(test::kDevice) * 3, here = there.to(Device());
  (here * here).sum().backward();
  BOOST_CHECK(x.grad().device() == Device());
  BOOST_CHECK(x.grad().to_vector<float>() == (std::vector<float>{18, 36}));
}

BOOST_AUTO_TEST_CASE(masks_flow) {
  CAROUSEL_NEEDS_OPENCL();
  nn::Sequential model{nn::Embedding{{.input_dim = 9, .output_dim = 3, .mask_zero = true}},
                       nn::LSTM{{.units = 4}}};
  const Tensor padded = Tensor{{4, 7, 0, 0}}.to(test::kDevice);
  const auto y = Tensor(model(padded)).to_vector<float>();
  BOOST_CHECK(y == Tensor(model(padded.slice(1, 0, 2))).to_vector<float>());
}

BOOST_AUTO_TEST_SUITE_END()
