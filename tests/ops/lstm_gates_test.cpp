// The LSTM's step without its products beside the recurrent driver and the composed twin.
#include <carousel/autograd/engine.h>
#include <carousel/autograd/gradcheck.h>
#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/lstm_gates.h>
#include <carousel/autograd/ops/recurrent.h>

using namespace carousel;

namespace {

constexpr int kActivations = static_cast<int>(Activation::exponential) + 1;

Tensor draw(const Shape& shape, std::uint64_t seed, DType dtype = f64) {
  Generator generator{.seed = seed};
  return uniform(shape, -1, 1, generator, {.dtype = dtype}).detach().set_requires_grad();
}

bool same(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.to(f64).to_vector<double>() == b.to(f64).to_vector<double>();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lstm_gates_op)

// The same functions: a step of the layer whose kernels are 1 and 0.
BOOST_AUTO_TEST_CASE(gates_are_those_of_the_recurrent_driver_to_the_bit) {
  for (const DType dtype : {f32, f64})
    for (int i = 0; i < kActivations; ++i)
      for (const std::int64_t units : {1, 5, 16, 33}) {
        const auto activation = static_cast<Activation>(i);
        const RecurrentSpec spec{.activation = activation};
        const Tensor sums = draw({37, 4 * units}, 5, dtype);
        const Tensor c = draw({37, units}, 6, dtype);
        const LSTMGates got = lstm_gates(sums, c, spec);
        const auto expected = recurrent(sums.unsqueeze(1), eye(4 * units).to(dtype),
                                        zeros({units, 4 * units}, {.dtype = dtype}), {},
                                        {.spec = spec, .initial_c = c});
        const Tensor dh = draw(c.shape(), 7, dtype), dc = draw(c.shape(), 8, dtype);
        const auto gradients = [&](const Tensor& h, const Tensor& state) {
          const Tensor outputs[] = {h, state}, inputs[] = {sums, c};
          return grad(outputs, inputs, {.cotangents = {dh, dc}});
        };
        const auto slopes = gradients(got.h, got.c), wanted = gradients(expected.h, expected.c);
        BOOST_TEST_CONTEXT(to_string(dtype) << " " << to_string(activation) << " " << units) {
          BOOST_TEST(same(got.h, expected.h));
          BOOST_TEST(same(got.c, expected.c));
          BOOST_TEST(same(slopes[0], wanted[0]));
          BOOST_TEST(same(slopes[1], wanted[1]));
        }
      }
}

BOOST_AUTO_TEST_CASE(a_gradient_of_one_state_alone) {
  const Tensor sums = draw({3, 8}, 5), c = draw({3, 2}, 6);
  const auto check = [&](const auto& pick) {
    const Tensor fused = pick(lstm_gates(sums, c)).sum();
    const Tensor composed = pick(lstm_gates_composed(sums, c)).sum();
    const auto got = grad(fused, {sums, c}), expected = grad(composed, {sums, c});
    for (std::size_t i : {0, 1})
      BOOST_TEST(abs(got[i] - expected[i]).max().item<double>() <= 1e-15);
  };
  check([](const LSTMGates& state) { return state.h; });
  check([](const LSTMGates& state) { return state.c; });
}

// Of relu, hard_sigmoid and the like away from where they have none.
BOOST_AUTO_TEST_CASE(every_activation_has_two_derivatives) {
  for (int i = 0; i < kActivations; ++i) BOOST_TEST_CONTEXT(to_string(static_cast<Activation>(i))) {
      const RecurrentSpec spec{.activation = static_cast<Activation>(i),
                               .recurrent_activation = static_cast<Activation>(i)};
      const auto states = [&](const std::vector<Tensor>& in) {
        const LSTMGates after = lstm_gates(in[0], in[1], spec);
        return std::vector<Tensor>{after.h, after.c};
      };
      const std::vector<Tensor> inputs{draw({3, 2, 8}, 5), draw({3, 2, 2}, 6)};
      gradcheck(states, inputs);
      gradgradcheck(states, inputs);
    }
}

BOOST_AUTO_TEST_SUITE_END()
