#include <carousel/autograd/ops/lstm_gates.h>

#include <string>
#include <vector>

#include <carousel/autograd/engine.h>
#include <carousel/autograd/ops.h>
#include <carousel/autograd/ops/recurrent_activation.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/dispatch_gates.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel {
namespace {

constexpr const char* kOp = "lstm_gates";

void check(const char* op, const Tensor& sums, const Tensor& c) {
  detail::check_floating(op, sums);
  if (sums.rank() == 0 || sums.dim(-1) % 4 != 0)
    throw ShapeError(op, "sums must be (..., 4 * units), got " + to_string(sums.shape()));
  Shape wanted = sums.shape();
  wanted[sums.rank() - 1] /= 4;
  if (c.shape() != wanted)
    throw ShapeError(op, "c must be " + to_string(wanted) + " for sums " + to_string(sums.shape()) +
                             ", got " + to_string(c.shape()));
  if (c.dtype() != sums.dtype())
    throw DTypeError(op, std::string("c must be ") + to_string(sums.dtype()) + ", got " +
                             to_string(c.dtype()) + " " + to_string(c.shape()));
  if (!(c.device() == sums.device()))
    throw DeviceError(op, "c is on " + to_string(c.device()) + ", the sums on " +
                              to_string(sums.device()) + "; move one with .to(...)");
}

// The gradients' graph, on leaves: the gates' values are taken for variables, of which they all are
// functions.
struct Gradients {
  Tensor gates, c, dh, dc;  // leaves
  Tensor dsums, dc_before;
};
Gradients gradients_of(const RecurrentSpec& spec, const Tensor& gates, const Tensor& c,
                       const Tensor& dh, const Tensor& dc) {
  const auto leaf = [&](const Tensor& x) {
    return (x.defined() ? x.detach() : zeros_like(c.detach())).set_requires_grad();
  };
  const auto slope = [&](const Tensor& y) { return detail::activation_slope(spec.activation, y); };
  const auto gate_slope = [&](const Tensor& y) {
    return detail::activation_slope(spec.recurrent_activation, y);
  };
  Gradients g{leaf(gates), leaf(c), leaf(dh), leaf(dc), {}, {}};
  const auto parts = split(g.gates, 4, -1);
  const Tensor &i = parts[0], &f = parts[1], &n = parts[2], &o = parts[3];
  const Tensor a = detail::activate(spec.activation, f * g.c + i * n);
  const Tensor d = g.dc + g.dh * o * slope(a);
  g.dsums = concat(
      {d * n * gate_slope(i), d * g.c * gate_slope(f), d * i * slope(n), g.dh * a * gate_slope(o)},
      -1);
  g.dc_before = d * f;
  return g;
}

// Saved: the gates' values, c, dh, dc; inputs sums, c, dh, dc; outputs dsums, dc.
void second_derivative(Backward& b, const RecurrentSpec& spec) {
  if (GradMode::enabled())
    throw GraphError(kOp, "has no third derivative; lstm_gates_composed has");
  const EnableGrad recording;
  const Tensor gates = b.saved(0);
  const Gradients g = gradients_of(spec, gates, b.saved(1), b.saved(2), b.saved(3));
  std::vector<Tensor> outputs, cotangents;
  const auto add = [&](const Tensor& output, const Tensor& cotangent) {
    if (cotangent.defined()) outputs.push_back(output), cotangents.push_back(cotangent);
  };
  add(g.dsums, b.dy(0));
  add(g.dc_before, b.dy(1));
  const Tensor inputs[] = {g.gates, g.c, g.dh, g.dc};
  const auto results = grad(outputs, inputs, {.cotangents = cotangents, .allow_unused = true});
  const NoGrad done;
  for (int k = 1; k < 4; ++k)
    if (b.needs(k)) b.grad(k) = results[static_cast<std::size_t>(k)];
  const auto parts = split(gates, 4, -1);
  std::vector<Tensor> slopes;
  for (std::size_t k = 0; k < parts.size(); ++k)
    slopes.push_back(
        detail::activation_slope(k == 2 ? spec.activation : spec.recurrent_activation, parts[k]));
  b.grad(0) = results[0] * concat(slopes, -1);
}

// Where x stands in the graph, with data of `other`: x's own need not be kept.
Tensor place_of(const Tensor& x, const Tensor& other) {
  Tensor place = detail::make_view(other, x.shape(), Strides{}, 0);
  place.impl().slot = x.impl().slot;
  return place;
}

// Saved: the gates' values, c before and after, the place of the sums.
void backward(Backward& b, const RecurrentSpec& spec) {
  const Tensor gates = b.saved(0), c = b.saved(1), dh = b.dy(0), dc = b.dy(1);
  auto g =
      detail::run_lstm_gates_grad(spec, {{}, b.saved(2), gates}, c, dh, dc, b.needs(0), b.needs(1));
  if (GradMode::enabled())
    record("lstm_gates_grad", {&g.sums, &g.c}, {b.saved(3), c, dh, dc}, {gates, c, dh, dc},
           [spec](Backward& again) { second_derivative(again, spec); });
  b.grad(0) = g.sums;
  b.grad(1) = g.c;
}

}  // namespace

LSTMGates lstm_gates_composed(const Tensor& sums, const Tensor& c, const RecurrentSpec& spec) {
  check("lstm_gates_composed", sums, c);
  const auto activate = [&](const Tensor& x) { return detail::activate(spec.activation, x); };
  const auto gate = [&](const Tensor& x) { return detail::activate(spec.recurrent_activation, x); };
  const auto parts = split(sums, 4, -1);
  const Tensor after = gate(parts[1]) * c + gate(parts[0]) * activate(parts[2]);
  return {gate(parts[3]) * activate(after), after};
}

LSTMGates lstm_gates(const Tensor& sums, const Tensor& c, const RecurrentSpec& spec) {
  check(kOp, sums, c);
  const bool fused = sums.device().kind == DeviceKind::meta ||
                     detail::runs_fused(kOp, Kernel::recurrent_forward, sums);
  if (sums.numel() == 0 || !fused) return lstm_gates_composed(sums, c, spec);
  const Input inputs[] = {sums, c};
  const bool saves = detail::wants_gradient(inputs);
  auto out = detail::run_lstm_gates(spec, sums, c, saves);
  if (saves)
    record(kOp, {&out.h, &out.c}, {sums, c}, {out.gates, c, saved_output(1), place_of(sums, c)},
           [spec](Backward& b) { backward(b, spec); });
  return {out.h, out.c};
}

}  // namespace carousel
