// Front ends of the optimizer kernels.
#include <vector>

#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel::detail {
namespace {

// Spans of the call that is being made; kept for the next one, so that a step allocates nothing.
std::vector<OptimizerSpan>& spans_of_thread() {
  static thread_local std::vector<OptimizerSpan> spans;
  spans.clear();
  return spans;
}

void check_part(const char* op, const Tensor& parameter, const Tensor& part) {
  check_same_dtype(op, parameter, part);
  check_same_device(op, parameter, part);
  if (!(parameter.shape() == part.shape()))
    throw ShapeError(op, "parameter " + to_string(parameter.shape()) + ", but its gradient or " +
                             "slot " + to_string(part.shape()));
  if (!part.is_contiguous())
    throw ShapeError(op, "operands of shape " + to_string(part.shape()) + " must be dense");
}

void check_updates(Kernel kernel, std::span<const OptimizerUpdate> updates) {
  for (const OptimizerUpdate& update : updates) {
    check_takes(kernel, update.parameter.dtype());
    check_part(name_of(kernel), update.parameter, update.parameter);
    check_part(name_of(kernel), update.parameter, update.gradient);
    for (const Tensor& slot : update.slots)
      if (slot.defined()) check_part(name_of(kernel), update.parameter, slot);
  }
}

OptimizerSpan span_of(const OptimizerUpdate& update) {
  OptimizerSpan span{
      update.parameter.numel(), operand(update.parameter), operand(update.gradient), {}};
  for (std::size_t i = 0; i < update.slots.size(); ++i)
    if (update.slots[i].defined()) span.slots[i] = operand(update.slots[i]);
  return span;
}

void launch(const OptimizerArgs& args, Device device) {
  if (device.kind == DeviceKind::meta) return;
  Backend& target = backend(device);
  const OptimizerFn fn = target.kernels().optimizer.at(args.kernel, args.dtype);
  if (fn == nullptr)
    throw DeviceError(name_of(args.kernel), std::string("no kernel for ") + to_string(args.dtype) +
                                                " on " + to_string(device));
  fn(target.context(), args);
}

bool alike(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.device() == b.device();
}

void bump(const Tensor& x) {
  if (x.defined() && x.impl().storage) x.impl().storage->bump_version();
}

// Gradients alone, as the kernels on them read no more.
std::span<const OptimizerSpan> gradient_spans(Kernel kernel, std::span<const Tensor> gradients) {
  auto& spans = spans_of_thread();
  for (const Tensor& gradient : gradients) {
    check_takes(kernel, gradient.dtype());
    check_same_dtype(name_of(kernel), gradients.front(), gradient);
    check_same_device(name_of(kernel), gradients.front(), gradient);
    check_part(name_of(kernel), gradient, gradient);
    spans.push_back({gradient.numel(), {}, operand(gradient), {}});
  }
  return spans;
}

}  // namespace

void run_optimizer(Kernel kernel, std::span<const OptimizerUpdate> updates,
                   const std::array<double, 8>& hyper) {
  check_updates(kernel, updates);
  for (std::size_t first = 0; first < updates.size(); ++first) {
    const Tensor& model = updates[first].parameter;
    bool done = false;
    for (std::size_t i = 0; i < first; ++i) done = done || alike(updates[i].parameter, model);
    if (done) continue;
    auto& spans = spans_of_thread();
    for (const OptimizerUpdate& update : updates)
      if (alike(update.parameter, model)) spans.push_back(span_of(update));
    launch({kernel, model.dtype(), spans, hyper, {}}, model.device());
  }
  for (const OptimizerUpdate& update : updates) {
    bump(update.parameter);
    for (const Tensor& slot : update.slots) bump(slot);
  }
}

void run_sum_squares(std::span<const Tensor> gradients, const Tensor& out, std::int64_t at) {
  if (gradients.empty()) return;
  const auto spans = gradient_spans(Kernel::global_sum_squares, gradients);
  Operand result = operand(out);
  result.offset += at;
  launch({Kernel::global_sum_squares, gradients.front().dtype(), spans, {}, result}, out.device());
}

void run_scale(std::span<const Tensor> gradients, double factor) {
  if (gradients.empty()) return;
  const auto spans = gradient_spans(Kernel::scale_gradients, gradients);
  launch({Kernel::scale_gradients, gradients.front().dtype(), spans, {factor}, {}},
         gradients.front().device());
  for (const Tensor& gradient : gradients) bump(gradient);
}

}  // namespace carousel::detail
