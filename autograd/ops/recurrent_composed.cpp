// The recurrent operations from primitive ones.
#include <vector>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/recurrent.h>
#include <carousel/autograd/ops/recurrent_activation.h>
#include <carousel/tensor/dispatch_recurrent.h>
#include <carousel/tensor/impl.h>
#include <carousel/tensor/recurrent_cell.h>

namespace carousel {
namespace {

using detail::activate;

struct State {
  Tensor h, c;
};

struct Weights {
  Tensor kernel, recurrent_kernel, bias;
  Tensor recurrent_mask, projection;  // (B, H), (H, P), or undefined
};

// h U, h masked; of U the columns [first, end), in units.
Tensor recurrent_product(const Weights& w, const Tensor& h, std::int64_t first, std::int64_t end) {
  const std::int64_t units = h.dim(1);
  if (w.recurrent_mask.defined() && w.recurrent_mask.rank() == 3) {
    std::vector<Tensor> gates;
    for (std::int64_t k = first; k < end; ++k)
      gates.push_back(matmul(h * w.recurrent_mask.select(0, k),
                             w.recurrent_kernel.slice(1, k * units, (k + 1) * units)));
    return concat(gates, -1);
  }
  const Tensor masked = w.recurrent_mask.defined() ? h * w.recurrent_mask : h;
  if (first == 0 && end * units == w.recurrent_kernel.dim(1))
    return matmul(masked, w.recurrent_kernel);
  return matmul(masked, w.recurrent_kernel.slice(1, first * units, end * units));
}

// h U, whatever the size of h.
Tensor state_product(const Weights& w, const Tensor& h) {
  return matmul(w.recurrent_mask.defined() ? h * w.recurrent_mask : h, w.recurrent_kernel);
}

Tensor add_bias(const Tensor& sums, const Tensor& bias) {
  return bias.defined() ? sums + bias : sums;
}

// x W + b of all steps, (B, T, nH), as one product. Steps that don't count take no part, be they
// NaN: 0 times that is NaN in gradients.
Tensor input_sums(const Weights& w, const Tensor& x, const Tensor& mask, const Tensor& bias) {
  const Tensor counting = mask.defined() ? where(mask.unsqueeze(-1), x, zeros_like(x)) : x;
  const Tensor rows = matmul(counting.reshape({x.dim(0) * x.dim(1), x.dim(2)}), w.kernel);
  return add_bias(rows, bias).reshape({x.dim(0), x.dim(1), w.kernel.dim(1)});
}

// Steps of rows that all count, from x W + b.
State lstm_step(const RecurrentSpec& spec, const Weights& w, const Tensor& of_x,
                const State& before) {
  const auto gates = split(of_x + state_product(w, before.h), 4, 1);
  const Tensor i = activate(spec.recurrent_activation, gates[0]);
  const Tensor f = activate(spec.recurrent_activation, gates[1]);
  const Tensor g = activate(spec.activation, gates[2]);
  const Tensor o = activate(spec.recurrent_activation, gates[3]);
  const Tensor c = f * before.c + i * g;
  const Tensor m = o * activate(spec.activation, c);
  return {w.projection.defined() ? matmul(m, w.projection) : m, c};
}

State simple_rnn_step(const RecurrentSpec& spec, const Weights& w, const Tensor& of_x,
                      const State& before) {
  return {activate(spec.activation, of_x + state_product(w, before.h)), {}};
}

State gru_step(const RecurrentSpec& spec, const Weights& w, const Tensor& of_x,
               const State& before) {
  const auto x = split(of_x, 3, 1);
  const auto activated = [&](const Tensor& sums) { return activate(spec.activation, sums); };
  const auto gate = [&](const Tensor& sums) { return activate(spec.recurrent_activation, sums); };
  Tensor z, r, n;
  if (spec.reset_after) {
    const Tensor of_h = add_bias(recurrent_product(w, before.h, 0, 3),
                                 w.bias.defined() ? w.bias.select(0, 1) : w.bias);
    const auto h = split(of_h, 3, 1);
    z = gate(x[0] + h[0]);
    r = gate(x[1] + h[1]);
    n = activated(x[2] + r * h[2]);
  } else {
    const auto h = split(recurrent_product(w, before.h, 0, 2), 2, 1);
    z = gate(x[0] + h[0]);
    r = gate(x[1] + h[1]);
    n = activated(x[2] + recurrent_product(w, r * before.h, 2, 3));
  }
  return {z * before.h + (1 - z) * n, {}};
}

State next_state(const RecurrentSpec& spec, const Weights& w, const Tensor& of_x,
                 const State& before) {
  switch (spec.cell) {
    case CellKind::lstm:
      return lstm_step(spec, w, of_x, before);
    case CellKind::gru:
      return gru_step(spec, w, of_x, before);
    case CellKind::simple_rnn:
      return simple_rnn_step(spec, w, of_x, before);
  }
  return before;
}

// `a` in rows that count, else `b`; of c where there is one.
State where_rows(const Tensor& counts, const State& a, const State& b) {
  return {where(counts, a.h, b.h), a.c.defined() ? where(counts, a.c, b.c) : Tensor()};
}

}  // namespace

RecurrentResult recurrent_composed(const Tensor& x, const Tensor& kernel,
                                   const Tensor& recurrent_kernel, const Tensor& bias,
                                   const RecurrentOptions& options) {
  const RecurrentSpec& spec = options.spec;
  detail::check_recurrent(spec,
                          {x, kernel, recurrent_kernel, bias, options.mask, options.recurrent_mask,
                           options.initial_h, options.initial_c, options.projection});
  const Weights weights{kernel, recurrent_kernel, bias, options.recurrent_mask, options.projection};
  const std::int64_t time = x.dim(1);
  const auto zeros_of = [&](std::int64_t size) {
    return zeros({x.dim(0), size}, {.dtype = x.dtype(), .device = x.device()});
  };
  const Tensor zero = zeros_of(recurrent_kernel.dim(0));
  const Tensor zero_c = options.projection.defined() ? zeros_of(options.projection.dim(0)) : zero;
  const bool two_biases = bias.defined() && recurrent_cell(spec).bias_rows == 2;
  const Tensor sums = input_sums(weights, x, options.mask, two_biases ? bias.select(0, 0) : bias);
  const std::vector<Tensor> steps = split(sums, time, 1);
  State state{options.initial_h.defined() ? options.initial_h : zero, options.initial_c};
  if (recurrent_cell(spec).has_cell_state && !state.c.defined()) state.c = zero_c;
  Tensor output = zero;
  std::vector<Tensor> outputs;
  for (std::int64_t t = 0; t < time; ++t) {
    const std::int64_t xt = spec.go_backwards ? time - 1 - t : t;
    const Tensor of_x = steps[static_cast<std::size_t>(xt)].squeeze({1});
    Tensor counts;
    State before = state;
    if (options.mask.defined()) {
      counts = options.mask.select(1, xt).unsqueeze(-1);
      before = where_rows(counts, state, {zero, zero_c});
    }
    const State next = next_state(spec, weights, of_x, before);
    if (counts.defined()) {
      output = where(counts, next.h, spec.zero_output_for_mask ? zero : output);
      state = where_rows(counts, next, state);
    } else {
      state = next;
      output = next.h;
    }
    if (options.return_sequences) outputs.push_back(output);
  }
  return {options.return_sequences ? stack(outputs, 1) : output, state.h, state.c};
}

}  // namespace carousel
