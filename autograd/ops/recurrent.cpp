#include <carousel/autograd/ops/recurrent.h>

#include <vector>

#include <carousel/autograd/engine.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/dispatch_recurrent.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>
#include <carousel/tensor/recurrent_cell.h>

namespace carousel {
namespace {

// The operation's inputs, first among the saved tensors of both nodes here; the masks have no
// gradient.
enum Kept {
  kX,
  kKernel,
  kRecurrentKernel,
  kBias,
  kInitialH,
  kInitialC,
  kProjection,
  kMask,
  kRecurrentMask,
  kAfterMasks
};
constexpr int kInputs = kMask;
// Of the gradient's node: dy, dh, dc after the mask.
constexpr int kCotangents = 3;

struct Settings {
  RecurrentSpec spec;
  bool sequences;
};

detail::RecurrentInputs inputs_of(const Backward& b) {
  return {b.saved(kX),        b.saved(kKernel),   b.saved(kRecurrentKernel),
          b.saved(kBias),     b.saved(kMask),     b.saved(kRecurrentMask),
          b.saved(kInitialH), b.saved(kInitialC), b.saved(kProjection)};
}

// meta has no kernels, and needs none.
bool is_fused(const RecurrentOptions& options, const Tensor& x) {
  return x.device().kind == DeviceKind::meta ||
         detail::runs_fused(recurrent_cell(options.spec).name, Kernel::recurrent_forward, x);
}

const char* gradient_name(const RecurrentSpec& spec) {
  switch (spec.cell) {
    case CellKind::lstm:
      return "lstm_grad";
    case CellKind::gru:
      return "gru_grad";
    case CellKind::simple_rnn:
      return "simple_rnn_grad";
  }
  return "recurrent_grad";
}

// The gradient of the last output alone as one of all outputs.
Tensor spread(const Tensor& dy, std::int64_t time) {
  Tensor all = detail::empty({dy.dim(0), time, dy.dim(1)}, dy.dtype(), dy.device());
  detail::run_fill(all, 0);
  detail::run_copy_into(detail::view_select(all, 1, time - 1), dy);
  return all;
}

// A leaf with the same data; undefined stays undefined.
Tensor as_leaf(const Tensor& x) {
  if (!x.defined()) return x;
  Tensor leaf = x.detach();
  leaf.set_requires_grad();
  return leaf;
}

// gradients[i] with cotangents[i], without pairs that don't depend on anything.
struct Pairs {
  std::vector<Tensor> outputs, cotangents;
  void add(const Tensor& output, const Tensor& cotangent) {
    if (!output.defined() || !cotangent.defined() || !output.requires_grad()) return;
    outputs.push_back(output);
    cotangents.push_back(cotangent);
  }
};

// The derivative of the gradients by the inputs and by dy, dh, dc: through the composed twin, on a
// graph of its own.
void second_derivative(Backward& b, const Settings& settings) {
  const std::string name = recurrent_cell(settings.spec).name;
  if (GradMode::enabled())
    throw GraphError(name, "has no third derivative; " + name + "_composed has");
  const EnableGrad recording;
  std::vector<Tensor> inputs;
  for (int i = 0; i < kInputs; ++i) inputs.push_back(as_leaf(b.saved(i)));
  for (int k = 0; k < kCotangents; ++k) inputs.push_back(as_leaf(b.saved(kAfterMasks + k)));
  const RecurrentResult result = recurrent_composed(
      inputs[kX], inputs[kKernel], inputs[kRecurrentKernel], inputs[kBias],
      {settings.spec, settings.sequences, b.saved(kMask), b.saved(kRecurrentMask),
       inputs[kInitialH], inputs[kInitialC], inputs[kProjection]});
  const Tensor outputs[] = {result.output, result.h, result.c};
  Pairs first;
  for (int k = 0; k < kCotangents; ++k)
    first.add(outputs[k], inputs[static_cast<std::size_t>(kInputs + k)]);
  std::vector<Tensor> leaves;
  std::vector<int> numbers;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].defined()) continue;
    leaves.push_back(inputs[i]);
    numbers.push_back(static_cast<int>(i));
  }
  const auto gradients =
      grad(first.outputs, leaves,
           {.cotangents = first.cotangents, .create_graph = true, .allow_unused = true});
  Pairs second;
  for (std::size_t i = 0; i < leaves.size(); ++i)
    if (numbers[i] < kInputs) second.add(gradients[i], b.dy(numbers[i]));
  if (second.outputs.empty()) return;
  const auto results =
      grad(second.outputs, leaves, {.cotangents = second.cotangents, .allow_unused = true});
  for (std::size_t i = 0; i < leaves.size(); ++i) b.grad(numbers[i]) = results[i];
}

// Saved: the inputs, the mask, gates, cells, states, scratch.
void fused_backward(Backward& b, const Settings& settings) {
  unsigned needs = 0;
  for (int i = 0; i < kInputs; ++i) needs |= b.needs(i) ? 1u << i : 0u;
  const bool consume = b.may_consume(kAfterMasks);
  const detail::RecurrentInputs in = inputs_of(b);
  detail::RecurrentOutputs saved;
  saved.gates = b.saved(kAfterMasks);
  saved.cells = b.saved(kAfterMasks + 1);
  saved.states = b.saved(kAfterMasks + 2);
  saved.scratch = b.saved(kAfterMasks + 3);
  const bool has_c = recurrent_cell(settings.spec).has_cell_state;
  const Tensor dy = b.dy(0), dh = b.dy(1), dc = has_c ? b.dy(2) : Tensor();
  const bool spreads = dy.defined() && !settings.sequences;
  auto g = detail::run_recurrent_backward(settings.spec, in, saved, consume,
                                          spreads ? spread(dy, in.x.dim(1)) : dy, dh, dc, needs);
  if (GradMode::enabled())
    record(
        gradient_name(settings.spec),
        {&g.x, &g.kernel, &g.recurrent_kernel, &g.bias, &g.initial_h, &g.initial_c, &g.projection},
        {in.x, in.kernel, in.recurrent_kernel, in.bias, in.initial_h, in.initial_c, in.projection,
         dy, dh, dc},
        {in.x, in.kernel, in.recurrent_kernel, in.bias, in.initial_h, in.initial_c, in.projection,
         in.mask, in.recurrent_mask, dy, dh, dc},
        [settings](Backward& again) { second_derivative(again, settings); });
  const Tensor* gradients[] = {&g.x,         &g.kernel,    &g.recurrent_kernel, &g.bias,
                               &g.initial_h, &g.initial_c, &g.projection};
  for (int i = 0; i < kInputs; ++i) b.grad(i) = *gradients[i];
}

}  // namespace

RecurrentResult recurrent(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                          const Tensor& bias, const RecurrentOptions& options) {
  if (!is_fused(options, x)) return recurrent_composed(x, kernel, recurrent_kernel, bias, options);
  const Input inputs[] = {
      x, kernel, recurrent_kernel, bias, options.initial_h, options.initial_c, options.projection};
  const Settings settings{options.spec, options.return_sequences};
  const RecurrentCell& cell = recurrent_cell(options.spec);
  auto out = detail::run_recurrent_forward(
      options.spec,
      {x, kernel, recurrent_kernel, bias, options.mask, options.recurrent_mask, options.initial_h,
       options.initial_c, options.projection},
      options.return_sequences, detail::wants_gradient(inputs));
  const Save saved[] = {x,
                        kernel,
                        recurrent_kernel,
                        bias,
                        options.initial_h,
                        options.initial_c,
                        options.projection,
                        options.mask,
                        options.recurrent_mask,
                        out.gates,
                        out.cells,
                        out.states,
                        out.scratch};
  Tensor* const outputs[] = {&out.output, &out.h, &out.c};
  detail::record_outputs(cell.name, std::span(outputs, cell.has_cell_state ? 3 : 2), inputs, saved,
                         [settings](Backward& b) { fused_backward(b, settings); });
  return {out.output, out.h, out.c};
}

namespace {
RecurrentOptions of_cell(RecurrentOptions options, CellKind cell) {
  options.spec.cell = cell;
  return options;
}
}  // namespace

#define CAROUSEL_DEFINE_CELL(name)                                                            \
  RecurrentResult name(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, \
                       const Tensor& bias, const RecurrentOptions& options) {                 \
    return recurrent(x, kernel, recurrent_kernel, bias, of_cell(options, CellKind::name));    \
  }                                                                                           \
  RecurrentResult name##_composed(const Tensor& x, const Tensor& kernel,                      \
                                  const Tensor& recurrent_kernel, const Tensor& bias,         \
                                  const RecurrentOptions& options) {                          \
    return recurrent_composed(x, kernel, recurrent_kernel, bias,                              \
                              of_cell(options, CellKind::name));                              \
  }
CAROUSEL_DEFINE_CELL(lstm)
CAROUSEL_DEFINE_CELL(gru)
CAROUSEL_DEFINE_CELL(simple_rnn)
#undef CAROUSEL_DEFINE_CELL

}  // namespace carousel
