// The recurrent operations from primitive ones.
#include <vector>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/recurrent.h>
#include <carousel/tensor/dispatch_recurrent.h>
#include <carousel/tensor/impl.h>
#include <carousel/tensor/recurrent_cell.h>

namespace carousel {
namespace {

Tensor apply(Activation activation, const Tensor& x) {
  switch (activation) {
    case Activation::linear:
      return x;
    case Activation::tanh:
      return tanh(x);
    case Activation::sigmoid:
      return sigmoid(x);
    case Activation::relu:
      return relu(x);
    case Activation::hard_sigmoid:
      return hard_sigmoid(x);
    case Activation::softsign:
      return softsign(x);
    case Activation::softplus:
      return softplus(x);
    case Activation::elu:
      return elu(x);
    case Activation::selu:
      return selu(x);
    case Activation::exponential:
      return exp(x);
  }
  return x;
}

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

Tensor gate(const Tensor& sums, std::int64_t k, std::int64_t units) {
  return sums.slice(1, k * units, (k + 1) * units);
}

Tensor add_bias(const Tensor& sums, const Tensor& bias) {
  return bias.defined() ? sums + bias : sums;
}

// x W + h U + b.
Tensor sums_of(const Weights& w, const Tensor& x, const Tensor& h) {
  const Tensor masked = w.recurrent_mask.defined() ? h * w.recurrent_mask : h;
  return add_bias(matmul(x, w.kernel) + matmul(masked, w.recurrent_kernel), w.bias);
}

// Steps of rows that all count.
State lstm_step(const RecurrentSpec& spec, const Weights& w, const Tensor& x, const State& before) {
  const Tensor sums = sums_of(w, x, before.h);
  const std::int64_t units = before.c.dim(1);
  const Tensor i = apply(spec.recurrent_activation, gate(sums, 0, units));
  const Tensor f = apply(spec.recurrent_activation, gate(sums, 1, units));
  const Tensor g = apply(spec.activation, gate(sums, 2, units));
  const Tensor o = apply(spec.recurrent_activation, gate(sums, 3, units));
  const Tensor c = f * before.c + i * g;
  const Tensor m = o * apply(spec.activation, c);
  return {w.projection.defined() ? matmul(m, w.projection) : m, c};
}

State simple_rnn_step(const RecurrentSpec& spec, const Weights& w, const Tensor& x,
                      const State& before) {
  return {apply(spec.activation, sums_of(w, x, before.h)), {}};
}

State gru_step(const RecurrentSpec& spec, const Weights& w, const Tensor& x, const State& before) {
  const std::int64_t units = before.h.dim(1);
  const auto activate = [&](const Tensor& sums) { return apply(spec.activation, sums); };
  const auto activate_gate = [&](const Tensor& sums) {
    return apply(spec.recurrent_activation, sums);
  };
  Tensor z, r, n;
  if (spec.reset_after) {
    const bool has_bias = w.bias.defined();
    const Tensor of_x = add_bias(matmul(x, w.kernel), has_bias ? w.bias.select(0, 0) : w.bias);
    const Tensor of_h =
        add_bias(recurrent_product(w, before.h, 0, 3), has_bias ? w.bias.select(0, 1) : w.bias);
    z = activate_gate(gate(of_x, 0, units) + gate(of_h, 0, units));
    r = activate_gate(gate(of_x, 1, units) + gate(of_h, 1, units));
    n = activate(gate(of_x, 2, units) + r * gate(of_h, 2, units));
  } else {
    const Tensor of_x = add_bias(matmul(x, w.kernel), w.bias);
    const Tensor of_h = recurrent_product(w, before.h, 0, 2);
    z = activate_gate(gate(of_x, 0, units) + gate(of_h, 0, units));
    r = activate_gate(gate(of_x, 1, units) + gate(of_h, 1, units));
    n = activate(gate(of_x, 2, units) + recurrent_product(w, r * before.h, 2, 3));
  }
  return {z * before.h + (1 - z) * n, {}};
}

State next_state(const RecurrentSpec& spec, const Weights& w, const Tensor& x,
                 const State& before) {
  switch (spec.cell) {
    case CellKind::lstm:
      return lstm_step(spec, w, x, before);
    case CellKind::gru:
      return gru_step(spec, w, x, before);
    case CellKind::simple_rnn:
      return simple_rnn_step(spec, w, x, before);
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
  const std::vector<Tensor> steps = split(x, time, 1);
  State state{options.initial_h.defined() ? options.initial_h : zero, options.initial_c};
  if (recurrent_cell(spec).has_cell_state && !state.c.defined()) state.c = zero_c;
  Tensor output = zero;
  std::vector<Tensor> outputs;
  for (std::int64_t t = 0; t < time; ++t) {
    const std::int64_t xt = spec.go_backwards ? time - 1 - t : t;
    Tensor step = steps[static_cast<std::size_t>(xt)].reshape({x.shape()[0], x.shape()[2]});
    Tensor counts;
    State before = state;
    if (options.mask.defined()) {
      // Rows that don't count take no part, be they NaN: 0 times that is NaN in gradients.
      counts = options.mask.select(1, xt).unsqueeze(-1);
      step = where(counts, step, zeros_like(step));
      before = where_rows(counts, state, {zero, zero_c});
    }
    const State next = next_state(spec, weights, step, before);
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
