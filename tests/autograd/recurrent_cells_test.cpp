// Every cell's fused operation against its composed twin: values, gradients, second derivatives.
#include <carousel/autograd/engine.h>
#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/recurrent.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/host_write.h>
#include <carousel/tensor/recurrent_cell.h>

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

struct Layer {
  RecurrentOptions options;
  std::vector<Tensor> inputs;  // x, kernel, recurrent kernel, bias, h0, c0, projection
};

// A cell, and what its h is projected to, if it is.
struct Kind {
  const char* name;
  CellKind cell;
  bool reset_after = true;
  std::int64_t projected = 0;
};
constexpr Kind kKinds[] = {{"lstm", CellKind::lstm},
                           {"lstm, projected", CellKind::lstm, true, 4},
                           {"simple rnn", CellKind::simple_rnn},
                           {"gru", CellKind::gru},
                           {"gru, reset before", CellKind::gru, false}};

// 3 features, 5 units.
Layer make_layer(const Kind& kind) {
  Layer layer;
  layer.options.spec = {.cell = kind.cell, .reset_after = kind.reset_after};
  const RecurrentCell& cell = recurrent_cell(layer.options.spec);
  const std::int64_t columns = cell.kernel_gates * 5;
  const std::int64_t state = kind.projected > 0 ? kind.projected : 5;
  layer.inputs = {numbers({3, 4, 3}, 4), numbers({3, columns}, 1, .5),
                  numbers({state, columns}, 2, .5),
                  numbers(cell.bias_rows == 2 ? Shape{2, columns} : Shape{columns}, 3, .2),
                  numbers({3, state}, 5, .5)};
  if (cell.has_cell_state) layer.inputs.push_back(numbers({3, 5}, 6, .5));
  if (kind.projected > 0) layer.inputs.push_back(numbers({5, state}, 10, .5));
  for (Tensor& input : layer.inputs) input.set_requires_grad();
  return layer;
}

void for_each_cell(const std::function<void(Layer&)>& check) {
  for (const Kind& kind : kKinds) BOOST_TEST_CONTEXT(kind.name) {
      Layer layer = make_layer(kind);
      check(layer);
    }
}

using Function = decltype(&recurrent);

// Of every output.
Tensor loss(Function f, const Layer& layer) {
  RecurrentOptions options = layer.options;
  const std::vector<Tensor>& in = layer.inputs;
  options.initial_h = in[4];
  if (in.size() > 5) options.initial_c = in[5];
  if (in.size() > 6) options.projection = in[6];
  const RecurrentResult r = f(in[0], in[1], in[2], in[3], options);
  Tensor sum =
      (r.output * numbers(r.output.shape(), 9)).sum() + (r.h * numbers(r.h.shape(), 8)).sum();
  return r.c.defined() ? sum + (r.c * numbers(r.c.shape(), 7)).sum() : sum;
}

// NaN in one but not the other counts as infinitely far.
double difference(const Tensor& a, const Tensor& b) {
  const auto x = a.to_vector<double>(), y = b.to_vector<double>();
  double worst = x.size() == y.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (std::isnan(x[i]) && std::isnan(y[i])) continue;
    worst = std::isnan(x[i] - y[i]) ? INFINITY : std::max(worst, std::abs(x[i] - y[i]));
  }
  return worst;
}

void check_equal(const Layer& layer) {
  const Tensor fused = loss(recurrent, layer), composed = loss(recurrent_composed, layer);
  BOOST_TEST(difference(fused, composed) <= 1e-12);
  const auto expected = grad(std::span(&composed, 1), layer.inputs);
  const auto got = grad(std::span(&fused, 1), layer.inputs);
  for (std::size_t i = 0; i < got.size(); ++i) BOOST_TEST_CONTEXT("input " << i) {
      BOOST_TEST(difference(got[i], expected[i]) <= 1e-12);
    }
}

// sum of <gradient, direction> over the inputs.
Tensor gradient_sum(Function f, const Layer& layer) {
  const Tensor l = loss(f, layer);
  Tensor sum;
  for (const Tensor& g : grad(std::span(&l, 1), layer.inputs, {.create_graph = true})) {
    const Tensor part = (g * numbers(g.shape(), 12)).sum();
    sum = sum.defined() ? sum + part : part;
  }
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recurrent_cells)

BOOST_AUTO_TEST_CASE(fused_and_composed_agree_in_every_variant) {
  for_each_cell([](Layer& layer) {
    for (int variant = 0; variant < 16; ++variant) {
      layer.options.mask = variant & 1 ? holes(3, 4) : Tensor();
      layer.options.return_sequences = (variant & 2) != 0;
      layer.options.spec.go_backwards = (variant & 4) != 0;
      layer.options.spec.zero_output_for_mask = (variant & 8) != 0;
      BOOST_TEST_CONTEXT("variant " << variant) { check_equal(layer); }
    }
  });
}

BOOST_AUTO_TEST_CASE(fused_and_composed_agree_with_dropout_of_the_state) {
  for_each_cell([](Layer& layer) {
    layer.options.recurrent_mask =
        Tensor{{0., 2., 2., 0., 2.}, {2., 0., 2., 2., 2.}, {0., 0., 2., 0., 2.}}.slice(
            1, 0, layer.inputs[4].dim(1));
    check_equal(layer);
    layer.options.mask = holes(3, 4);
    check_equal(layer);
  });
}

BOOST_AUTO_TEST_CASE(fused_and_composed_agree_with_a_mask_for_each_gate) {
  for_each_cell([](Layer& layer) {
    if (layer.options.spec.cell != CellKind::gru) return;
    const Tensor z{{0., 2., 2., 0., 2.}, {2., 0., 2., 2., 2.}, {0., 0., 2., 0., 2.}};
    layer.options.recurrent_mask = stack({z, 2. - z, flip(z, 1)});
    check_equal(layer);
    layer.options.mask = holes(3, 4);
    check_equal(layer);
    layer.options.recurrent_mask = stack({z, z, z});
    const Tensor by_gate = loss(recurrent, layer);
    layer.options.recurrent_mask = z;
    BOOST_TEST(difference(loss(recurrent, layer), by_gate) <= 1e-15);
  });
}

BOOST_AUTO_TEST_CASE(a_row_that_does_not_count_takes_no_part) {
  for_each_cell([](Layer& layer) {
    layer.options.mask = holes(3, 4);
    const Tensor l = loss(recurrent, layer);
    const auto expected = grad(std::span(&l, 1), layer.inputs);
    const auto counts = layer.options.mask.to_vector<bool>();
    {
      const NoGrad guard;
      const HostWrite<double> x(layer.inputs[0]);
      for (std::size_t i = 0; i < x.size(); ++i)
        if (!counts[i / 3]) x[i] = NAN;
    }
    for (const Function f : {recurrent, recurrent_composed}) {
      const Tensor again = loss(f, layer);
      const auto got = grad(std::span(&again, 1), layer.inputs);
      for (std::size_t i = 0; i < got.size(); ++i)
        BOOST_TEST(difference(got[i], expected[i]) <= 1e-12);
    }
  });
}

BOOST_AUTO_TEST_CASE(where_no_row_counts_gradients_are_zero) {
  for_each_cell([](Layer& layer) {
    layer.options.mask = zeros({3, 4}, {.dtype = boolean});
    check_equal(layer);
  });
}

BOOST_AUTO_TEST_CASE(fused_and_composed_agree_for_other_activations) {
  for_each_cell([](Layer& layer) {
    for (const Activation activation : {Activation::relu, Activation::softsign, Activation::elu}) {
      layer.options.spec.activation = activation;
      layer.options.spec.recurrent_activation = Activation::hard_sigmoid;
      check_equal(layer);
    }
  });
}

// Gates saturate, so gradients are 0 or, through 0 * infinity, NaN: in both in the same places.
BOOST_AUTO_TEST_CASE(fused_and_composed_agree_on_infinite_and_nan_inputs) {
  for_each_cell([](Layer& layer) {
    for (const double bad : {double{INFINITY}, -double{INFINITY}, double{NAN}}) {
      {
        const NoGrad guard;
        HostWrite<double>(layer.inputs[0])[4] = bad;
      }
      BOOST_TEST_CONTEXT(bad) { check_equal(layer); }
    }
  });
}

BOOST_AUTO_TEST_CASE(second_derivatives_are_the_composed_ones) {
  for_each_cell([](Layer& layer) {
    layer.options.mask = holes(3, 4);
    const Tensor fused = gradient_sum(recurrent, layer);
    const Tensor composed = gradient_sum(recurrent_composed, layer);
    const auto expected = grad(std::span(&composed, 1), layer.inputs);
    const auto got = grad(std::span(&fused, 1), layer.inputs);
    for (std::size_t i = 0; i < got.size(); ++i)
      BOOST_TEST(difference(got[i], expected[i]) <= 1e-11);
  });
}

BOOST_AUTO_TEST_CASE(a_third_derivative_names_the_twin) {
  for_each_cell([](Layer& layer) {
    const Tensor sum = gradient_sum(recurrent, layer);
    const std::string name = recurrent_cell(layer.options.spec).name;
    BOOST_CHECK_EXCEPTION(grad(std::span(&sum, 1), layer.inputs, {.create_graph = true}),
                          GraphError, [&](const Error& e) {
                            return e.what() == "[" + name + "] has no third derivative; " + name +
                                                   "_composed has";
                          });
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace carousel
