// Front ends of the optimizer kernels.
#include <vector>

#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>
#include <carousel/tensor/update_program.h>

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

constexpr int kGradient = 1, kFirstSlot = 2;

const Tensor& part_of(const OptimizerUpdate& update, int operand) {
  if (operand == 0) return update.parameter;
  if (operand == kGradient) return update.gradient;
  return update.slots[static_cast<std::size_t>(operand - kFirstSlot)];
}

// Calls body(operand number) for what the program reads or writes.
template <class Body>
void for_used(const UpdateProgram& program, const Body& body) {
  for (int k = 0; k < UpdateProgram::kOperands; ++k)
    if (program.used[static_cast<std::size_t>(k)]) body(k);
}

void check_updates(const UpdateProgram& program, std::span<const OptimizerUpdate> updates) {
  const char* op = name_of(Kernel::update);
  for (const OptimizerUpdate& update : updates) {
    check_takes(Kernel::update, update.parameter.dtype());
    for_used(program, [&](int k) {
      if (!part_of(update, k).defined())
        throw GraphError(op, "a slot that the program uses is not there");
      check_part(op, update.parameter, part_of(update, k));
    });
  }
}

OptimizerSpan span_of(const UpdateProgram& program, const OptimizerUpdate& update) {
  OptimizerSpan span{update.parameter.numel(), {}, {}, {}};
  for_used(program, [&](int k) {
    Operand& place = k == 0           ? span.parameter
                     : k == kGradient ? span.gradient
                                      : span.slots[static_cast<std::size_t>(k - kFirstSlot)];
    place = operand(part_of(update, k));
  });
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

void run_update(const UpdateProgram& program, std::span<const OptimizerUpdate> updates) {
  check_updates(program, updates);
  for (std::size_t first = 0; first < updates.size(); ++first) {
    const Tensor& model = updates[first].parameter;
    bool done = false;
    for (std::size_t i = 0; i < first; ++i) done = done || alike(updates[i].parameter, model);
    if (done) continue;
    auto& spans = spans_of_thread();
    for (const OptimizerUpdate& update : updates)
      if (alike(update.parameter, model)) spans.push_back(span_of(program, update));
    launch({Kernel::update, model.dtype(), spans, &program}, model.device());
  }
  for (const OptimizerUpdate& update : updates)
    for_used(program, [&](int k) {
      if (program.results[static_cast<std::size_t>(k)] != UpdateProgram::kNone)
        bump(part_of(update, k));
    });
}

void run_sum_squares(std::span<const Tensor> gradients, const Tensor& sums, std::int64_t at,
                     bool each) {
  if (gradients.empty()) return;
  OptimizerArgs args{Kernel::global_sum_squares, gradients.front().dtype(),
                     gradient_spans(Kernel::global_sum_squares, gradients)};
  args.sums = operand(sums);
  args.each = each, args.first_sum = at, args.sum_count = sums.numel();
  launch(args, sums.device());
}

void run_scale(std::span<const Tensor> gradients, double factor) {
  if (gradients.empty()) return;
  const auto spans = gradient_spans(Kernel::scale_gradients, gradients);
  launch({Kernel::scale_gradients, gradients.front().dtype(), spans, nullptr, factor},
         gradients.front().device());
  for (const Tensor& gradient : gradients) bump(gradient);
}

void run_clip(const char* op, std::span<const Tensor> gradients, const Tensor& sums,
              std::int64_t at, double norm, bool each) {
  if (gradients.empty()) return;
  OptimizerArgs args{Kernel::clip_gradients, gradients.front().dtype(),
                     gradient_spans(Kernel::clip_gradients, gradients)};
  args.factor = norm, args.op = op;
  args.sums = operand(sums);
  args.each = each, args.first_sum = at, args.sum_count = sums.numel();
  launch(args, sums.device());
  for (const Tensor& gradient : gradients) bump(gradient);
}

}  // namespace carousel::detail
