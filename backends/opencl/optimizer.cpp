// Updates of parameters, a launch for each; norms and scaling of gradients.
#include <cmath>

#include <carousel/backends/opencl/kernels.h>
#include <carousel/backends/opencl/launch.h>
#include <carousel/backends/opencl/workspace.h>

namespace carousel::opencl {
namespace {

// The Span of programs/optimizer.cl.
struct Span {
  std::int64_t count;
  std::int64_t parameter, gradient;
  std::int64_t slots[3];
};

Span describe(const OptimizerSpan& span, DType dtype) {
  Span s{span.count, begin_of(span.parameter, dtype), begin_of(span.gradient, dtype), {}};
  for (std::size_t i = 0; i < 3; ++i) s.slots[i] = begin_of(span.slots[i], dtype);
  return s;
}

void sgd(Context& context, const OptimizerArgs& args) {
  Queue& queue = queue_of(context);
  const auto [rate, momentum, nesterov, decay, a, b, c, d] = args.hyper;
  for (const OptimizerSpan& span : args.spans)
    Launch(queue, "optimizer", args.dtype, args.dtype, "sgd_kernel")
        .buffer(queue.error_word())
        .buffer(span.parameter)
        .buffer(span.gradient)
        .buffer(span.slots[0])
        .value(describe(span, args.dtype))
        .scalar(rate, args.dtype)
        .scalar(momentum, args.dtype)
        .value(static_cast<cl_int>(span.slots[0].storage != nullptr))
        .value(static_cast<cl_int>(nesterov != 0))
        .scalar(1 - rate * decay, args.dtype)
        .items(span.count);
}

void adam(Context& context, const OptimizerArgs& args) {
  Queue& queue = queue_of(context);
  const auto [rate, beta1, beta2, epsilon, decay, step, a, b] = args.hyper;
  const double corrected =
      rate * std::sqrt(1 - std::pow(beta2, step)) / (1 - std::pow(beta1, step));
  for (const OptimizerSpan& span : args.spans)
    Launch(queue, "optimizer", args.dtype, args.dtype, "adam_kernel")
        .buffer(queue.error_word())
        .buffer(span.parameter)
        .buffer(span.gradient)
        .buffer(span.slots[0])
        .buffer(span.slots[1])
        .value(describe(span, args.dtype))
        .scalar(corrected, args.dtype)
        .scalar(1 - beta1, args.dtype)
        .scalar(1 - beta2, args.dtype)
        .scalar(epsilon, args.dtype)
        .scalar(1 - rate * decay, args.dtype)
        .items(span.count);
}

void rmsprop(Context& context, const OptimizerArgs& args) {
  Queue& queue = queue_of(context);
  const auto [rate, rho, momentum, epsilon, centered, decay, a, b] = args.hyper;
  for (const OptimizerSpan& span : args.spans)
    Launch(queue, "optimizer", args.dtype, args.dtype, "rmsprop_kernel")
        .buffer(queue.error_word())
        .buffer(span.parameter)
        .buffer(span.gradient)
        .buffer(span.slots[0])
        .buffer(span.slots[1])
        .buffer(span.slots[2])
        .value(describe(span, args.dtype))
        .scalar(rate, args.dtype)
        .scalar(rho, args.dtype)
        .scalar(1 - rho, args.dtype)
        .scalar(momentum, args.dtype)
        .scalar(epsilon, args.dtype)
        .value(static_cast<cl_int>(centered != 0))
        .scalar(1 - rate * decay, args.dtype)
        .items(span.count);
}

void scale_gradients(Context& context, const OptimizerArgs& args) {
  Queue& queue = queue_of(context);
  for (const OptimizerSpan& span : args.spans)
    Launch(queue, "optimizer", args.dtype, args.dtype, "scale_gradients_kernel")
        .buffer(queue.error_word())
        .buffer(span.gradient)
        .value(describe(span, args.dtype))
        .scalar(args.hyper[0], args.dtype)
        .items(span.count);
}

void global_sum_squares(Context& context, const OptimizerArgs& args) {
  constexpr std::int64_t kChunk = 64 * kGroup;  // SQUARE_CHUNK
  Queue& queue = queue_of(context);
  const auto groups = [](const OptimizerSpan& span) { return (span.count + kChunk - 1) / kChunk; };
  std::int64_t total = 0;
  for (const OptimizerSpan& span : args.spans) total += groups(span);
  const Workspace partials(queue, static_cast<std::size_t>(total) * sizeof(double));
  std::int64_t first = 0;
  for (const OptimizerSpan& span : args.spans) {
    Launch(queue, "optimizer", args.dtype, args.dtype, "squares_kernel")
        .buffer(partials.memory())
        .buffer(span.gradient)
        .value(describe(span, args.dtype))
        .value(first)
        .groups(groups(span));
    first += groups(span);
  }
  Launch(queue, "optimizer", args.dtype, args.dtype, "total_kernel")
      .buffer(args.result)
      .buffer(partials.memory())
      .value(total)
      .value(begin_of(args.result, f64))
      .groups(1);
}

}  // namespace

void add_optimizers(KernelTables& tables, DType dtype, bool has_f64) {
  tables.optimizer.at(Kernel::sgd, dtype) = sgd;
  tables.optimizer.at(Kernel::adam, dtype) = adam;
  tables.optimizer.at(Kernel::adamw, dtype) = adam;
  tables.optimizer.at(Kernel::rmsprop, dtype) = rmsprop;
  tables.optimizer.at(Kernel::scale_gradients, dtype) = scale_gradients;
  if (has_f64) tables.optimizer.at(Kernel::global_sum_squares, dtype) = global_sum_squares;
}

}  // namespace carousel::opencl
