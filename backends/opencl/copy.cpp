// copy, fill and cast.
#include <carousel/backends/opencl/kernels.h>
#include <carousel/backends/opencl/launch.h>
#include <carousel/backends/opencl/layout.h>

namespace carousel::opencl {
namespace {

void copy(Context& context, const CopyArgs& args) {
  const auto layout = make_layout(args.layout, args.count, args.shape,
                                  {{args.out, args.dtype}, {args.x, args.dtype}});
  Launch(queue_of(context), "copy", args.dtype, args.dtype, "copy_kernel")
      .buffer(args.out)
      .buffer(args.x)
      .value(layout)
      .items(args.count);
}

void fill(Context& context, const CopyArgs& args) {
  const auto layout = make_layout(args.layout, args.count, args.shape, {{args.out, args.dtype}});
  Launch(queue_of(context), "copy", args.dtype, args.dtype, "fill_kernel")
      .buffer(args.out)
      .value(layout)
      .scalar(args.x.scalar, args.dtype)
      .items(args.count);
}

void cast(Context& context, const CastArgs& args) {
  const auto layout =
      make_layout(args.layout, args.count, args.shape, {{args.out, args.to}, {args.x, args.from}});
  Launch(queue_of(context), "copy", args.from, args.to, "cast_kernel")
      .buffer(args.out)
      .buffer(args.x)
      .value(layout)
      .items(args.count);
}

}  // namespace

void add_copies(KernelTables& tables, DType dtype) {
  tables.copy[static_cast<std::size_t>(dtype)] = copy;
  tables.fill[static_cast<std::size_t>(dtype)] = fill;
}

void add_casts(KernelTables& tables, DType from, DType to) {
  tables.cast[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)] = cast;
}

}  // namespace carousel::opencl
