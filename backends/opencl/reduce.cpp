// Reductions over a set of axes.
#include <algorithm>
#include <memory>
#include <string>

#include <carousel/backends/opencl/kernels.h>
#include <carousel/backends/opencl/launch.h>
#include <carousel/backends/opencl/workspace.h>

namespace carousel::opencl {
namespace {

// The Reduction of programs/prelude.cl.
struct Reduction {
  std::int64_t kept_count, reduced_count;
  std::int64_t chunk, chunks;
  std::int64_t x_begin, out_begin;
  std::int64_t kept_rank = 0, reduced_rank = 0;
  std::int64_t kept_size[kMaxRank] = {}, kept_stride[kMaxRank] = {};
  std::int64_t reduced_size[kMaxRank] = {}, reduced_stride[kMaxRank] = {};
};

// Elements that one group reduces. Part of the order of sums: changing it changes results.
constexpr std::int64_t kChunk = 64 * kGroup;
// One item an output where the reduction is short, or not long and there are many outputs.
constexpr std::int64_t kShort = kGroup, kManyOutputs = 1024;

std::int64_t copy_axes(const Shape& shape, const Strides& strides, std::int64_t* size,
                       std::int64_t* stride) {
  for (int axis = 0; axis < shape.rank(); ++axis) {
    size[axis] = shape[axis];
    stride[axis] = strides[static_cast<std::size_t>(axis)];
  }
  return shape.rank();
}

Reduction describe(const ReduceArgs& args) {
  Reduction r{};
  r.kept_count = args.kept_count;
  r.reduced_count = args.reduced_count;
  r.x_begin = begin_of(args.x, args.dtype);
  r.kept_rank = copy_axes(args.kept, args.kept_strides, r.kept_size, r.kept_stride);
  r.reduced_rank = copy_axes(args.reduced, args.reduced_strides, r.reduced_size, r.reduced_stride);
  return r;
}

// What remains to be done with (kept, chunks) dense partial results.
Reduction over_partials(const Reduction& done) {
  Reduction r{};
  r.kept_count = done.kept_count;
  r.reduced_count = done.chunks;
  r.kept_rank = r.reduced_rank = 1;
  r.kept_size[0] = done.kept_count;
  r.kept_stride[0] = done.chunks;
  r.reduced_size[0] = done.chunks;
  r.reduced_stride[0] = 1;
  return r;
}

// One launch, with a group for each chunk. Sets r's chunks.
void launch_chunks(Queue& queue, const std::string& name, DType from, DType to, cl_mem x,
                   cl_mem out, const Reduction& r) {
  Launch(queue, "reduce", from, to, name + "_kernel")
      .buffer(out)
      .buffer(x)
      .value(r)
      .groups(r.kept_count * r.chunks);
}

void split(Reduction& r) {
  r.chunk = kChunk;
  r.chunks = std::max<std::int64_t>(1, (r.reduced_count + kChunk - 1) / kChunk);
}

bool item_each(const Reduction& r) {
  return r.reduced_count <= kShort || (r.kept_count >= kManyOutputs && r.reduced_count <= kChunk);
}

void reduce(Context& context, const ReduceArgs& args) {
  Queue& queue = queue_of(context);
  std::string name = name_of(args.kernel);
  Reduction r = describe(args);
  const std::int64_t out_begin = begin_of(args.out, args.out_dtype);
  if (item_each(r)) {
    r.out_begin = out_begin;
    Launch(queue, "reduce", args.dtype, args.out_dtype, name + "_each_kernel")
        .buffer(args.out)
        .buffer(args.x)
        .value(r)
        .items(r.kept_count);
    return;
  }
  DType from = args.dtype;
  cl_mem x = memory_of(args.x);
  std::unique_ptr<Workspace> partials;
  for (split(r); r.chunks > 1; split(r)) {
    const auto count = static_cast<std::size_t>(r.kept_count * r.chunks);
    auto next = std::make_unique<Workspace>(queue, count * size_of(args.out_dtype));
    launch_chunks(queue, name, from, args.out_dtype, x, next->memory(), r);
    partials = std::move(next);
    x = partials->memory();
    from = args.out_dtype;
    if (args.kernel == Kernel::sum_squares) name = name_of(Kernel::sum);
    r = over_partials(r);
  }
  r.out_begin = out_begin;
  launch_chunks(queue, name, from, args.out_dtype, x, memory_of(args.out), r);
}

void search(Context& context, const ReduceArgs& args) {
  Reduction r = describe(args);
  r.out_begin = begin_of(args.out, i64);
  Launch(queue_of(context), "argreduce", args.dtype, i64,
         std::string(name_of(args.kernel)) + "_kernel")
      .buffer(args.out)
      .buffer(args.x)
      .value(r)
      .groups(args.kept_count);
}

}  // namespace

void add_reductions(KernelTables& tables, DType dtype) {
  for (const Kernel kernel : {Kernel::sum, Kernel::prod, Kernel::max, Kernel::min, Kernel::any,
                              Kernel::all, Kernel::sum_squares})
    if (takes(kernel, dtype)) tables.reduce.at(kernel, dtype) = reduce;
  for (const Kernel kernel : {Kernel::argmax, Kernel::argmin})
    if (takes(kernel, dtype)) tables.reduce.at(kernel, dtype) = search;
}

}  // namespace carousel::opencl
