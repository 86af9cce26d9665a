// The fused LSTM as an operation: shapes, errors, gradients through the engine.
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

struct Layer {
  Layer(std::int64_t input, std::int64_t units)
      : kernel(numbers({input, 4 * units}, 1, .5)),
        recurrent_kernel(numbers({units, 4 * units}, 2, .5)),
        bias(numbers({4 * units}, 3, .2)) {}
  Tensor kernel, recurrent_kernel, bias;
  std::vector<Tensor*> parameters() { return {&kernel, &recurrent_kernel, &bias}; }
};

double weighted_sum(const Tensor& x) { return (x * numbers(x.shape(), 9)).sum().item(); }

// Loss over all three outputs.
Tensor loss(const LSTMResult& r) {
  return (r.output * numbers(r.output.shape(), 9)).sum() + (r.h * numbers(r.h.shape(), 8)).sum() +
         (r.c * numbers(r.c.shape(), 7)).sum();
}

Tensor first_steps_mask(std::int64_t batch, std::int64_t time) {
  Tensor out;
  auto* at = static_cast<bool*>(detail::make_host(out, {batch, time}, boolean));
  for (std::int64_t i = 0; i < batch * time; ++i) at[i] = i % time > i / time % 2;
  return out;
}

std::string text_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing thrown";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lstm_operation)

BOOST_AUTO_TEST_CASE(shapes_of_the_outputs) {
  Layer layer(3, 5);
  const Tensor x = numbers({2, 4, 3}, 4);
  const LSTMResult all = lstm(x, layer.kernel, layer.recurrent_kernel, layer.bias);
  BOOST_TEST((all.output.shape() == Shape{2, 4, 5}));
  BOOST_TEST((all.h.shape() == Shape{2, 5}));
  const LSTMResult last =
      lstm(x, layer.kernel, layer.recurrent_kernel, layer.bias, {.return_sequences = false});
  BOOST_TEST((last.output.shape() == Shape{2, 5}));
  BOOST_TEST(weighted_sum(last.output) == weighted_sum(all.output.select(1, 3)));
  BOOST_TEST(weighted_sum(last.h) == weighted_sum(all.h));
  BOOST_TEST(!all.output.requires_grad());
}

// Whether sequences are returned, masked, backwards, from a state: gradients by central
// differences along one direction a parameter.
BOOST_AUTO_TEST_CASE(gradients_of_every_input_through_the_engine) {
  for (int variant = 0; variant < 16; ++variant) {
    Layer layer(3, 5);
    Tensor x = numbers({3, 4, 3}, 4), h0 = numbers({3, 5}, 5, .5), c0 = numbers({3, 5}, 6, .5);
    const auto run = [&] {
      RecurrentOptions options{.return_sequences = (variant & 1) != 0};
      options.spec.go_backwards = (variant & 4) != 0;
      if (variant & 2) options.mask = first_steps_mask(3, 4);
      if (variant & 8) options.initial_h = h0, options.initial_c = c0;
      return loss(lstm(x, layer.kernel, layer.recurrent_kernel, layer.bias, options));
    };
    std::vector<Tensor*> inputs = layer.parameters();
    inputs.push_back(&x);
    if (variant & 8) inputs.insert(inputs.end(), {&h0, &c0});
    for (Tensor* input : inputs) {
      const Tensor value = *input, direction = numbers(value.shape(), 12);
      Tensor moving = value.clone();
      moving.set_requires_grad();
      *input = moving;
      const double got = (grad(run(), {moving})[0] * direction).sum().item();
      *input = value + direction * 1e-5;
      const double above = run().item();
      *input = value - direction * 1e-5;
      const double expected = (above - run().item()) / 2e-5;
      *input = value;
      BOOST_TEST_CONTEXT("variant " << variant << " shape " << to_string(value.shape())) {
        BOOST_TEST(std::abs(got - expected) <= 1e-8 + 1e-5 * std::abs(expected));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_retained_graph_gives_the_same_bits_again) {
  Layer layer(3, 17);
  for (Tensor* p : layer.parameters()) p->set_requires_grad();
  const Tensor x = numbers({2, 6, 3}, 4);
  const auto out = lstm(x, layer.kernel, layer.recurrent_kernel, layer.bias).output;
  const Tensor cotangent = numbers(out.shape(), 9);
  const auto kept = grad(std::span(&out, 1), std::span(&layer.kernel, 1),
                         {.cotangents = {cotangent}, .retain_graph = true});
  const auto consumed =
      grad(std::span(&out, 1), std::span(&layer.kernel, 1), {.cotangents = {cotangent}});
  BOOST_TEST(kept[0].to_vector<double>() == consumed[0].to_vector<double>());
  const std::string second = text_of([&] { out.backward(cotangent); });
  BOOST_TEST(second.find("[lstm] backward a second time") == 0u);
}

BOOST_AUTO_TEST_CASE(two_layers_share_no_state) {
  Layer first(3, 6), second(6, 4);
  for (Tensor* p : first.parameters()) p->set_requires_grad();
  const Tensor x = numbers({2, 5, 3}, 4);
  const auto run = [&] {
    const Tensor between = lstm(x, first.kernel, first.recurrent_kernel, first.bias).output;
    return loss(lstm(between, second.kernel, second.recurrent_kernel, second.bias));
  };
  const double got = (grad(run(), {first.kernel})[0] * numbers({3, 24}, 12)).sum().item();
  const Tensor kernel = first.kernel.detach(), direction = numbers({3, 24}, 12);
  first.kernel = kernel + direction * 1e-5;
  const double above = run().item();
  first.kernel = kernel - direction * 1e-5;
  const double expected = (above - run().item()) / 2e-5;
  BOOST_TEST(std::abs(got - expected) <= 1e-8 + 1e-5 * std::abs(expected));
}

BOOST_AUTO_TEST_CASE(errors_name_what_is_wrong) {
  Layer l(3, 5);
  const Tensor x = numbers({2, 4, 3}, 4);
  const auto text = [&](const Tensor& input, const RecurrentOptions& options = {}) {
    return text_of([&] { lstm(input, l.kernel, l.recurrent_kernel, l.bias, options); });
  };
  BOOST_TEST(text(numbers({4, 3}, 1)) ==
             "[lstm] x must be (batch, time, features), got (4, 3); one feature a step: "
             "x.unsqueeze(-1), one sequence: x.unsqueeze(0)");
  BOOST_TEST(text(numbers({2, 0, 3}, 1)) == "[lstm] x has no time steps: (2, 0, 3)");
  BOOST_TEST(text(numbers({0, 4, 3}, 1)) == "[lstm] x has no rows: (0, 4, 3)");
  BOOST_TEST(text(numbers({2, 4, 2}, 1)) == "[lstm] kernel must be (2, 20), got (3, 20)");
  BOOST_TEST(text(x.to(f32)) == "[lstm] kernel must be f32, got f64 (3, 20)");
  BOOST_TEST(text(x.to(i64)) == "[lstm] takes f32 or f64, got i64 (2, 4, 3)");
  BOOST_TEST(text(x, {.mask = first_steps_mask(2, 5)}) == "[lstm] mask must be (2, 4), got (2, 5)");
  BOOST_TEST(text(x, {.initial_h = numbers({2, 4}, 1)}) ==
             "[lstm] initial_h must be (2, 5), got (2, 4)");
  l.recurrent_kernel = numbers({5, 19}, 1);
  BOOST_TEST(text(x) == "[lstm] recurrent_kernel must be (units, 4 * units), got (5, 19)");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace carousel
