// ConvLSTM's gates as one operation, against the same of ordinary ones.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <carousel/autograd/gradcheck.h>
#include <carousel/carousel.h>
#include <carousel/nn/layers.h>

#include <tests/nn/support.h>

using namespace carousel;
using nn::test::text_of;

namespace {

const Shape kShape{2, 4, 5, 3};

Tensor draw(const Shape& shape, std::uint64_t seed, DType dtype = f64) {
  Generator generator{.seed = seed};
  return uniform(shape, -1, 1, generator, {.dtype = dtype});
}

double difference(const Tensor& a, const Tensor& b) {
  BOOST_TEST_REQUIRE(to_string(a.shape()) == to_string(b.shape()));
  return abs(a - b).max().item<double>();
}

nn::ConvLSTM1DOptions options(nn::ActivationFunction activation, nn::ActivationFunction gate) {
  return {.filters = 3,
          .kernel_size = 3,
          .activation = std::move(activation),
          .recurrent_activation = std::move(gate),
          .return_sequences = true,
          .return_state = true};
}

// Output, h and c, and the gradients of x and the weights.
std::vector<Tensor> results(nn::ConvLSTM1D& layer, const Tensor& mask) {
  const Tensor x = draw(kShape, 5).set_requires_grad();
  const nn::Values outputs = layer(nn::Values{nn::Value::masked(x, mask)});
  std::vector<Tensor> all(outputs.begin(), outputs.end()), leaves = layer.parameters();
  leaves.insert(leaves.begin(), x);
  Tensor loss = zeros({}, {.dtype = f64});
  for (const Tensor& y : all) loss = loss + (y * draw(y.shape(), 3)).sum();
  for (const Tensor& gradient : grad(std::span(&loss, 1), leaves)) all.push_back(gradient);
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nn_conv_lstm_gates)

BOOST_AUTO_TEST_CASE(fused_gates_are_those_of_operations) {
  const Tensor mask = Tensor{1, 0, 1, 1, 0, 0, 0, 0}.reshape({2, 4}).to(boolean);
  const auto check = [&](const char* name, const nn::ActivationFunction& activation) {
    nn::ConvLSTM1D fused{options(name, "sigmoid")};
    nn::ConvLSTM1D composed{options(activation, "sigmoid")};
    fused.build(kShape, f64), composed.build(kShape, f64);
    composed.set_weights(fused.get_weights());
    for (const Tensor& m : {Tensor(), mask}) {
      const auto got = results(fused, m), expected = results(composed, m);
      for (std::size_t i = 0; i < expected.size(); ++i)
        BOOST_TEST(difference(got[i], expected[i]) <= 1e-13, name << ", result " << i);
    }
  };
  // A function is none that the kernels know.
  check("tanh", nn::ActivationFunction([](const Tensor& x) { return tanh(x); }));
  check("softsign", nn::ActivationFunction([](const Tensor& x) { return softsign(x); }));
}

BOOST_AUTO_TEST_CASE(gates_of_a_step_are_one_operation) {
  const auto first = [](const nn::ActivationFunction& activation) {
    nn::ConvLSTM1D layer{{.filters = 3, .kernel_size = 1, .activation = activation}};
    const Tensor x = draw(kShape, 5).set_requires_grad();
    const Tensor y = layer(x);
    const AnomalyMode anomaly;
    return text_of<NumericError>(
        [&] { grad(y, {x}, {.cotangents = {full(y.shape(), std::nan(""), {.dtype = f64})}}); });
  };
  const std::string fused = first("tanh"), composed = first("leaky_relu");
  BOOST_TEST(fused.starts_with("[lstm_gates] the gradient of input 0 (2, 5, 12)"), fused);
  BOOST_TEST(composed.starts_with("[mul] "), composed);
}

BOOST_AUTO_TEST_CASE(gradients_of_gradients_hold) {
  nn::ConvLSTM1D layer{{.filters = 2, .kernel_size = 2, .return_sequences = true}};
  const Tensor x = draw({1, 3, 3, 1}, 5).set_requires_grad();
  layer.build(x.shape(), f64);
  const auto outputs = [&](const std::vector<Tensor>& in) { return Tensor(layer(in[0])); };
  gradcheck(outputs, {x});
  gradgradcheck(outputs, {x});
}

BOOST_AUTO_TEST_SUITE_END()
