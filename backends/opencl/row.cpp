// softmax and its relatives over the last axis.
#include <string>

#include <carousel/backends/opencl/checks.h>
#include <carousel/backends/opencl/kernels.h>
#include <carousel/backends/opencl/launch.h>

namespace carousel::opencl {
namespace {

// The Row of programs/row.cl.
struct Row {
  std::int64_t cols;
  std::int64_t in_begin[4], out_begin[2];
  std::int64_t ignore;
};

bool takes_labels(Kernel kernel) {
  return kernel == Kernel::cross_entropy || kernel == Kernel::cross_entropy_grad;
}

std::size_t input_count(Kernel kernel) {
  switch (kernel) {
    case Kernel::softmax_grad:
    case Kernel::log_softmax_grad:
    case Kernel::cross_entropy:
      return 2;
    case Kernel::cross_entropy_grad:
      return 4;
    default:
      return 1;
  }
}

void row(Context& context, const RowArgs& args) {
  Queue& queue = queue_of(context);
  const bool labels = takes_labels(args.kernel);
  if (args.kernel == Kernel::cross_entropy)  // its gradient sees the same labels
    check_values(queue, args.op, args.inputs[1], args.label_dtype, args.rows,
                 {.what = Checked::label, .low = 0, .high = args.cols, .ignore = args.ignore});
  Row r{args.cols, {}, {}, args.ignore};
  for (std::size_t i = 0; i < 4; ++i)
    r.in_begin[i] = begin_of(args.inputs[i], labels && i == 1 ? args.label_dtype : args.dtype);
  for (std::size_t i = 0; i < 2; ++i) r.out_begin[i] = begin_of(args.outputs[i], args.dtype);
  Launch launch(queue, "row", args.dtype, labels ? args.label_dtype : i64,
                std::string(name_of(args.kernel)) + "_kernel");
  launch.buffer(args.outputs[0]);
  if (args.kernel == Kernel::cross_entropy) launch.buffer(args.outputs[1]);
  for (std::size_t i = 0; i < input_count(args.kernel); ++i) launch.buffer(args.inputs[i]);
  launch.value(r).groups(args.rows);
}

}  // namespace

void add_rows(KernelTables& tables, DType dtype) {
  for (std::size_t i = 0; i < kKernelCount; ++i) {
    const auto kernel = static_cast<Kernel>(i);
    if (kind_of(kernel) == KernelKind::row) tables.row.at(kernel, dtype) = row;
  }
}

}  // namespace carousel::opencl
