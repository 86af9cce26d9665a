// gather, index_select, scatter_add, index_add.
#include <algorithm>

#include <carousel/backends/opencl/checks.h>
#include <carousel/backends/opencl/kernels.h>
#include <carousel/backends/opencl/launch.h>

namespace carousel::opencl {
namespace {

// The Indexing of programs/index.cl.
struct Indexing {
  std::int64_t outer, length, inner, count;
  std::int64_t x_begin, index_begin, out_begin;
  std::int64_t one_each;
  std::int64_t parts;
};

// Work items that a scatter aims at, and the fewest elements of out that are worth one.
constexpr std::int64_t kScatterItems = 8192, kScatterPart = 16;

void check_indices(Queue& queue, const IndexArgs& args, bool one_each) {
  const std::int64_t count = one_each ? args.outer * args.count * args.inner : args.count;
  check_values(queue, args.op, args.index, args.index_dtype, count,
               {.what = args.from_end ? Checked::index : Checked::id,
                .low = args.from_end ? -args.length : 0,
                .high = args.length});
}

void index(Context& context, const IndexArgs& args) {
  const bool gathers = args.kernel == Kernel::gather || args.kernel == Kernel::index_select;
  const bool one_each = args.kernel == Kernel::gather || args.kernel == Kernel::scatter_add;
  Queue& queue = queue_of(context);
  check_indices(queue, args, one_each);
  if (args.length == 0) return;  // every index is out of range, and nothing can be read
  const std::int64_t columns = args.outer * args.inner;
  Indexing s{args.outer,
             args.length,
             args.inner,
             args.count,
             begin_of(args.x, args.dtype),
             begin_of(args.index, args.index_dtype),
             begin_of(args.out, args.dtype),
             one_each,
             1};
  if (!gathers && columns > 0)
    s.parts = std::clamp<std::int64_t>(kScatterItems / columns, 1,
                                       std::max<std::int64_t>(1, args.length / kScatterPart));
  Launch(queue, "index", args.dtype, args.index_dtype, gathers ? "gather_kernel" : "scatter_kernel")
      .buffer(args.out)
      .buffer(args.x)
      .buffer(args.index)
      .value(s)
      .items(gathers ? columns * args.count : columns * s.parts);
}

}  // namespace

void add_indexing(KernelTables& tables, DType dtype) {
  for (const Kernel kernel :
       {Kernel::gather, Kernel::index_select, Kernel::scatter_add, Kernel::index_add})
    if (takes(kernel, dtype)) tables.index.at(kernel, dtype) = index;
}

}  // namespace carousel::opencl
