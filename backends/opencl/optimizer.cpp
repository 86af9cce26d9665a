// Updates of parameters, a launch for each; norms and scaling of gradients.
#include <array>
#include <string>

#include <carousel/backends/opencl/kernels.h>
#include <carousel/backends/opencl/launch.h>
#include <carousel/backends/opencl/update_source.h>
#include <carousel/backends/opencl/workspace.h>

namespace carousel::opencl {
namespace {

// The Span and Constants of programs/update.cl.
struct Span {
  std::int64_t count;
  std::array<std::int64_t, UpdateProgram::kOperands> begin;
};
template <class T>
struct Constants {
  std::array<T, UpdateProgram::kConstants> c;
};

template <class T>
Constants<T> constants_of(const UpdateProgram& program) {
  Constants<T> constants{};
  for (int i = 0; i < program.constant_count; ++i)
    constants.c[static_cast<std::size_t>(i)] =
        static_cast<T>(program.constants[static_cast<std::size_t>(i)]);
  return constants;
}

void update(Context& context, const OptimizerArgs& args) {
  Queue& queue = queue_of(context);
  const std::string name = update_name(*args.program);
  for (const OptimizerSpan& span : args.spans) {
    Launch launch(queue, name, args.dtype, args.dtype, "update_kernel");
    launch.buffer(queue.error_word());
    Span places{span.count, {}};
    for (int k = 0; k < UpdateProgram::kOperands; ++k) {
      const Operand& operand = k == 0   ? span.parameter
                               : k == 1 ? span.gradient
                                        : span.slots[static_cast<std::size_t>(k - 2)];
      launch.buffer(operand);
      places.begin[static_cast<std::size_t>(k)] = begin_of(operand, args.dtype);
    }
    launch.value(places);
    if (args.dtype == f32)
      launch.value(constants_of<float>(*args.program));
    else
      launch.value(constants_of<double>(*args.program));
    launch.items(span.count);
  }
}

void scale_gradients(Context& context, const OptimizerArgs& args) {
  Queue& queue = queue_of(context);
  for (const OptimizerSpan& span : args.spans)
    Launch(queue, "optimizer", args.dtype, args.dtype, "scale_gradients_kernel")
        .buffer(queue.error_word())
        .buffer(span.gradient)
        .value(begin_of(span.gradient, args.dtype))
        .value(span.count)
        .scalar(args.factor, args.dtype)
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
        .value(begin_of(span.gradient, args.dtype))
        .value(span.count)
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
  tables.optimizer.at(Kernel::update, dtype) = update;
  tables.optimizer.at(Kernel::scale_gradients, dtype) = scale_gradients;
  if (has_f64) tables.optimizer.at(Kernel::global_sum_squares, dtype) = global_sum_squares;
}

}  // namespace carousel::opencl
