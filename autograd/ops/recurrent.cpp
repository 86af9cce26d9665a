#include <carousel/autograd/ops/recurrent.h>

#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/dispatch_recurrent.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel {
namespace {

// The operation's inputs, first among the saved tensors of both nodes here; the mask has no
// gradient.
enum Kept { kX, kKernel, kRecurrentKernel, kBias, kInitialH, kInitialC, kMask, kAfterMask };
constexpr int kInputs = kMask;

struct Settings {
  RecurrentSpec spec;
  bool sequences;
};

detail::RecurrentInputs inputs_of(const Backward& b) {
  return {b.saved(kX),    b.saved(kKernel),   b.saved(kRecurrentKernel), b.saved(kBias),
          b.saved(kMask), b.saved(kInitialH), b.saved(kInitialC)};
}

// The gradient of the last output alone as one of all outputs.
Tensor spread(const Tensor& dy, std::int64_t time) {
  Tensor all = detail::empty({dy.dim(0), time, dy.dim(1)}, dy.dtype(), dy.device());
  detail::run_fill(all, 0);
  detail::run_copy_into(detail::view_select(all, 1, time - 1), dy);
  return all;
}

// Saved: the inputs, the mask, gates, cells, states.
void fused_backward(Backward& b, const Settings& settings) {
  if (GradMode::enabled())
    throw GraphError("lstm", "the gradient of the fused kernel has no graph; use lstm_composed");
  unsigned needs = 0;
  for (int i = 0; i < kInputs; ++i) needs |= b.needs(i) ? 1u << i : 0u;
  const bool consume = b.may_consume(kAfterMask);
  const detail::RecurrentInputs in = inputs_of(b);
  detail::RecurrentOutputs saved;
  saved.gates = b.saved(kAfterMask);
  saved.cells = b.saved(kAfterMask + 1);
  saved.states = b.saved(kAfterMask + 2);
  const Tensor dy = b.dy(0), dh = b.dy(1), dc = b.dy(2);
  const bool spreads = dy.defined() && !settings.sequences;
  auto g = detail::run_recurrent_backward(settings.spec, in, saved, consume,
                                          spreads ? spread(dy, in.x.dim(1)) : dy, dh, dc, needs);
  const Tensor* gradients[] = {&g.x,    &g.kernel,    &g.recurrent_kernel,
                               &g.bias, &g.initial_h, &g.initial_c};
  for (int i = 0; i < kInputs; ++i) b.grad(i) = *gradients[i];
}

}  // namespace

LSTMResult lstm(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                const Tensor& bias, const RecurrentOptions& options) {
  const Input inputs[] = {x, kernel, recurrent_kernel, bias, options.initial_h, options.initial_c};
  const Settings settings{options.spec, options.return_sequences};
  auto out = detail::run_recurrent_forward(
      options.spec,
      {x, kernel, recurrent_kernel, bias, options.mask, options.initial_h, options.initial_c},
      options.return_sequences, detail::wants_gradient(inputs), "lstm");
  record("lstm", {&out.output, &out.h, &out.c},
         {x, kernel, recurrent_kernel, bias, options.initial_h, options.initial_c},
         {x, kernel, recurrent_kernel, bias, options.initial_h, options.initial_c, options.mask,
          out.gates, out.cells, out.states},
         [settings](Backward& b) { fused_backward(b, settings); });
  return {out.output, out.h, out.c};
}

}  // namespace carousel
