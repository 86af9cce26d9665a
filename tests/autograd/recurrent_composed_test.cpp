// The composed LSTM against the fused one, and the fused one's second derivative.
#include <carousel/autograd/engine.h>
#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/recurrent.h>
#include <carousel/tensor/error.h>

#include <boost/test/unit_test.hpp>

namespace carousel {
namespace {

Tensor numbers(const Shape& shape, int seed, double scale = 1) {
  Tensor out;
  auto* at = static_cast<double*>(detail::make_host(out, shape, f64));
  for (std::int64_t i = 0; i < shape.numel(); ++i)
    at[i] = scale * std::sin(static_cast<double>((i + 1) * (2 * seed + 3)) * 0.7);
  return out;
}

Tensor holes(std::int64_t batch, std::int64_t time) {
  Tensor out;
  auto* at = static_cast<bool*>(detail::make_host(out, {batch, time}, boolean));
  for (std::int64_t i = 0; i < batch * time; ++i) at[i] = (i * 5 + i / time) % 3 != 0;
  return out;
}

// x, kernel, recurrent kernel, bias, h0, c0 of a layer with 3 features and 5 units.
std::vector<Tensor> make_inputs() {
  std::vector<Tensor> inputs{numbers({2, 4, 3}, 4),   numbers({3, 20}, 1, .5),
                             numbers({5, 20}, 2, .5), numbers({20}, 3, .2),
                             numbers({2, 5}, 5, .5),  numbers({2, 5}, 6, .5)};
  for (Tensor& input : inputs) input.set_requires_grad();
  return inputs;
}

using Lstm = decltype(&lstm);

Tensor loss(Lstm f, const std::vector<Tensor>& in, RecurrentOptions options) {
  options.initial_h = in[4];
  options.initial_c = in[5];
  const LSTMResult r = f(in[0], in[1], in[2], in[3], options);
  return (r.output * numbers(r.output.shape(), 9)).sum() + (r.h * numbers(r.h.shape(), 8)).sum() +
         (r.c * numbers(r.c.shape(), 7)).sum();
}

double difference(const Tensor& a, const Tensor& b) {
  const auto x = a.to_vector<double>(), y = b.to_vector<double>();
  double worst = x.size() == y.size() ? 0 : 1e9;
  for (std::size_t i = 0; i < y.size(); ++i) worst = std::max(worst, std::abs(x[i] - y[i]));
  return worst;
}

std::vector<RecurrentOptions> variants() {
  std::vector<RecurrentOptions> all(12);
  for (std::size_t i = 0; i < 8; ++i) {
    if (i & 1) all[i].mask = holes(2, 4);
    all[i].return_sequences = (i & 2) != 0;
    all[i].spec.go_backwards = (i & 4) != 0;
    all[i].spec.zero_output_for_mask = i == 3 || i == 5;
  }
  all[8].spec.activation = Activation::relu;
  all[9].spec.activation = Activation::softsign;
  all[10].spec.recurrent_activation = Activation::hard_sigmoid;
  all[11].spec.activation = Activation::elu;
  return all;
}

// sum of <gradient, direction> over the inputs.
Tensor gradient_sum(const std::vector<Tensor>& in, const RecurrentOptions& options, bool graph) {
  const Tensor l = loss(lstm, in, options);
  const auto gradients = grad(std::span(&l, 1), in, {.create_graph = graph});
  Tensor sum;
  for (const Tensor& g : gradients) {
    const Tensor part = (g * numbers(g.shape(), 12)).sum();
    sum = sum.defined() ? sum + part : part;
  }
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lstm_composed_operation)

BOOST_AUTO_TEST_CASE(values_and_gradients_equal_the_fused_ones) {
  int number = 0;
  for (const RecurrentOptions& options : variants()) {
    const std::vector<Tensor> in = make_inputs();
    const Tensor fused = loss(lstm, in, options), composed = loss(lstm_composed, in, options);
    const auto expected = grad(std::span(&composed, 1), in);
    const auto got = grad(std::span(&fused, 1), in);
    BOOST_TEST_CONTEXT("variant " << number++) {
      BOOST_TEST(difference(fused, composed) <= 1e-12);
      for (std::size_t i = 0; i < in.size(); ++i)
        BOOST_TEST(difference(got[i], expected[i]) <= 1e-12);
    }
  }
}

BOOST_AUTO_TEST_CASE(gradients_of_gradients_equal_central_differences) {
  int number = 0;
  for (const RecurrentOptions& options : variants()) {
    const std::vector<Tensor> in = make_inputs();
    const Tensor sum = gradient_sum(in, options, true);
    const auto second = grad(std::span(&sum, 1), in);
    for (std::size_t i = 0; i < in.size(); ++i) {
      const Tensor direction = numbers(in[i].shape(), 13);
      const auto moved = [&](double by) {
        std::vector<Tensor> there = in;
        there[i] = (in[i].detach() + direction * by).detach().set_requires_grad();
        return gradient_sum(there, options, false).item();
      };
      const double expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
      const double got = (second[i] * direction).sum().item();
      BOOST_TEST_CONTEXT("variant " << number << " input " << i) {
        BOOST_TEST(std::abs(got - expected) <= 1e-7 + 1e-5 * std::abs(expected));
      }
    }
    ++number;
  }
}

BOOST_AUTO_TEST_CASE(a_third_derivative_is_refused) {
  const std::vector<Tensor> in = make_inputs();
  const Tensor sum = gradient_sum(in, {}, true);
  BOOST_CHECK_EXCEPTION(
      grad(std::span(&sum, 1), in, {.create_graph = true}), GraphError, [](const Error& e) {
        return std::string(e.what()) == "[lstm] has no third derivative; lstm_composed has";
      });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace carousel
