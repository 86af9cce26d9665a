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
};

Tensor gate(const Tensor& sums, std::int64_t k, std::int64_t units) {
  return sums.slice(1, k * units, (k + 1) * units);
}

Tensor add_bias(const Tensor& sums, const Tensor& bias) {
  return bias.defined() ? sums + bias : sums;
}

// x W + h U + b.
Tensor sums_of(const Weights& w, const Tensor& x, const Tensor& h) {
  return add_bias(matmul(x, w.kernel) + matmul(h, w.recurrent_kernel), w.bias);
}

// Steps of rows that all count.
State lstm_step(const RecurrentSpec& spec, const Weights& w, const Tensor& x, const State& before) {
  const Tensor sums = sums_of(w, x, before.h);
  const std::int64_t units = before.h.dim(1);
  const Tensor i = apply(spec.recurrent_activation, gate(sums, 0, units));
  const Tensor f = apply(spec.recurrent_activation, gate(sums, 1, units));
  const Tensor g = apply(spec.activation, gate(sums, 2, units));
  const Tensor o = apply(spec.recurrent_activation, gate(sums, 3, units));
  const Tensor c = f * before.c + i * g;
  return {o * apply(spec.activation, c), c};
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
        add_bias(matmul(before.h, w.recurrent_kernel), has_bias ? w.bias.select(0, 1) : w.bias);
    z = activate_gate(gate(of_x, 0, units) + gate(of_h, 0, units));
    r = activate_gate(gate(of_x, 1, units) + gate(of_h, 1, units));
    n = activate(gate(of_x, 2, units) + r * gate(of_h, 2, units));
  } else {
    const Tensor of_x = add_bias(matmul(x, w.kernel), w.bias);
    const Tensor of_h = matmul(before.h, w.recurrent_kernel.slice(1, 0, 2 * units));
    z = activate_gate(gate(of_x, 0, units) + gate(of_h, 0, units));
    r = activate_gate(gate(of_x, 1, units) + gate(of_h, 1, units));
    n = activate(gate(of_x, 2, units) + matmul(r * before.h, gate(w.recurrent_kernel, 2, units)));
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

}  // namespace

RecurrentResult recurrent_composed(const Tensor& x, const Tensor& kernel,
                                   const Tensor& recurrent_kernel, const Tensor& bias,
                                   const RecurrentOptions& options) {
  const RecurrentSpec& spec = options.spec;
  detail::check_recurrent(spec, {x, kernel, recurrent_kernel, bias, options.mask, options.initial_h,
                                 options.initial_c});
  const Weights weights{kernel, recurrent_kernel, bias};
  const std::int64_t time = x.dim(1);
  const Tensor zero =
      zeros({x.dim(0), recurrent_kernel.dim(0)}, {.dtype = x.dtype(), .device = x.device()});
  const std::vector<Tensor> steps = split(x, time, 1);
  State state{options.initial_h.defined() ? options.initial_h : zero,
              options.initial_c.defined() ? options.initial_c : zero};
  const bool has_c = recurrent_cell(spec).has_cell_state;
  Tensor output = zero;
  std::vector<Tensor> outputs;
  for (std::int64_t t = 0; t < time; ++t) {
    const std::int64_t xt = spec.go_backwards ? time - 1 - t : t;
    const Tensor step = steps[static_cast<std::size_t>(xt)].reshape({x.shape()[0], x.shape()[2]});
    const State next = next_state(spec, weights, step, state);
    if (options.mask.defined()) {
      const Tensor counts = options.mask.select(1, xt).unsqueeze(-1);
      output = where(counts, next.h, spec.zero_output_for_mask ? zero : output);
      state.h = where(counts, next.h, state.h);
      if (has_c) state.c = where(counts, next.c, state.c);
    } else {
      state = next;
      output = next.h;
    }
    if (options.return_sequences) outputs.push_back(output);
  }
  return {options.return_sequences ? stack(outputs, 1) : output, state.h,
          has_c ? state.c : Tensor()};
}

}  // namespace carousel
