// The recurrent operations from primitive ones.
#include <vector>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/recurrent.h>
#include <carousel/tensor/dispatch_recurrent.h>
#include <carousel/tensor/impl.h>

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

// One step of rows that all count.
State lstm_step(const RecurrentSpec& spec, const Tensor& sums, const State& before) {
  const std::int64_t units = before.h.dim(1);
  const auto gate = [&](int k) { return sums.slice(1, k * units, (k + 1) * units); };
  const Tensor i = apply(spec.recurrent_activation, gate(0));
  const Tensor f = apply(spec.recurrent_activation, gate(1));
  const Tensor g = apply(spec.activation, gate(2));
  const Tensor o = apply(spec.recurrent_activation, gate(3));
  const Tensor c = f * before.c + i * g;
  return {o * apply(spec.activation, c), c};
}

}  // namespace

LSTMResult lstm_composed(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                         const Tensor& bias, const RecurrentOptions& options) {
  detail::check_recurrent(
      {x, kernel, recurrent_kernel, bias, options.mask, options.initial_h, options.initial_c},
      "lstm");
  const std::int64_t time = x.dim(1);
  const Tensor zero =
      zeros({x.dim(0), recurrent_kernel.dim(0)}, {.dtype = x.dtype(), .device = x.device()});
  const std::vector<Tensor> steps = split(x, time, 1);
  State state{options.initial_h.defined() ? options.initial_h : zero,
              options.initial_c.defined() ? options.initial_c : zero};
  Tensor output = zero;
  std::vector<Tensor> outputs;
  for (std::int64_t t = 0; t < time; ++t) {
    const std::int64_t xt = options.spec.go_backwards ? time - 1 - t : t;
    const Tensor step = steps[static_cast<std::size_t>(xt)].reshape({x.shape()[0], x.shape()[2]});
    Tensor sums = matmul(step, kernel) + matmul(state.h, recurrent_kernel);
    if (bias.defined()) sums = sums + bias;
    State next = lstm_step(options.spec, sums, state);
    if (options.mask.defined()) {
      const Tensor counts = options.mask.select(1, xt).unsqueeze(-1);
      output = where(counts, next.h, options.spec.zero_output_for_mask ? zero : output);
      state = {where(counts, next.h, state.h), where(counts, next.c, state.c)};
    } else {
      state = next;
      output = next.h;
    }
    if (options.return_sequences) outputs.push_back(output);
  }
  return {options.return_sequences ? stack(outputs, 1) : output, state.h, state.c};
}

}  // namespace carousel
