// Stable sort of rows.
#include <utility>

#include <carousel/backends/opencl/kernels.h>
#include <carousel/backends/opencl/launch.h>
#include <carousel/backends/opencl/workspace.h>

namespace carousel::opencl {
namespace {

// The Sorting of programs/sort.cl.
struct Sorting {
  std::int64_t rows, cols, width;
  std::int64_t x_begin;
  std::int64_t descending;
};

void sort(Context& context, const SortArgs& args) {
  Queue& queue = queue_of(context);
  const std::int64_t count = args.rows * args.cols;
  const auto bytes = static_cast<std::size_t>(count) * size_of(i64);
  const Workspace first(queue, bytes), second(queue, bytes);
  cl_mem from = first.memory(), to = second.memory();
  Sorting s{args.rows, args.cols, 1, begin_of(args.x, args.dtype), args.descending};
  Launch(queue, "sort", args.dtype, i64, "start_kernel").buffer(from).value(s).items(count);
  for (; s.width < args.cols; s.width *= 2) {
    Launch(queue, "sort", args.dtype, i64, "merge_kernel")
        .buffer(to)
        .buffer(from)
        .buffer(args.x)
        .value(s)
        .items(count);
    std::swap(from, to);
  }
  Launch(queue, "sort", args.dtype, i64, "finish_kernel")
      .buffer(args.values)
      .buffer(args.positions)
      .buffer(from)
      .buffer(args.x)
      .value(s)
      .value(begin_of(args.values, args.dtype))
      .value(begin_of(args.positions, i64))
      .items(count);
}

}  // namespace

void add_sort(KernelTables& tables, DType dtype) {
  tables.sort[static_cast<std::size_t>(dtype)] = sort;
}

}  // namespace carousel::opencl
