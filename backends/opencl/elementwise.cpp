// unary, predicate, binary, compare and ternary kernels: one OpenCL kernel each, for any layout.
#include <carousel/backends/opencl/kernels.h>
#include <carousel/backends/opencl/launch.h>
#include <carousel/backends/opencl/layout.h>

#include <cmath>
#include <string>

namespace carousel::opencl {
namespace {

std::string entry(Kernel kernel) { return std::string(name_of(kernel)) + "_kernel"; }

// Bounds of integers are integers inside the interval.
double low_bound(const UnaryArgs& args) {
  return args.kernel == Kernel::clip && is_integer(args.dtype) ? std::ceil(args.alpha) : args.alpha;
}
double high_bound(const UnaryArgs& args) {
  return args.kernel == Kernel::clip && is_integer(args.dtype) ? std::floor(args.beta) : args.beta;
}

void unary(Context& context, const UnaryArgs& args) {
  const auto layout = make_layout(args.layout, args.count, args.shape,
                                  {{args.out, args.dtype}, {args.x, args.dtype}});
  Launch(queue_of(context), "unary", args.dtype, args.dtype, entry(args.kernel))
      .buffer(args.out)
      .buffer(args.x)
      .value(layout)
      .scalar(low_bound(args), args.dtype)
      .scalar(high_bound(args), args.dtype)
      .items(args.count);
}

void predicate(Context& context, const UnaryArgs& args) {
  const auto layout =
      make_layout(args.layout, args.count, args.shape, {{args.out, boolean}, {args.x, args.dtype}});
  Launch(queue_of(context), "predicate", args.dtype, boolean, entry(args.kernel))
      .buffer(args.out)
      .buffer(args.x)
      .value(layout)
      .items(args.count);
}

void binary(Context& context, const BinaryArgs& args) {
  const auto layout =
      make_layout(args.layout, args.count, args.shape,
                  {{args.out, args.dtype}, {args.a, args.dtype}, {args.b, args.dtype}});
  Launch(queue_of(context), "binary", args.dtype, args.dtype, entry(args.kernel))
      .buffer(args.out)
      .buffer(args.a)
      .buffer(args.b)
      .value(layout)
      .scalar(args.a.scalar, args.dtype)
      .scalar(args.b.scalar, args.dtype)
      .scalar(args.alpha, args.dtype)
      .scalar(args.beta, args.dtype)
      .items(args.count);
}

void compare(Context& context, const BinaryArgs& args) {
  const auto layout =
      make_layout(args.layout, args.count, args.shape,
                  {{args.out, boolean}, {args.a, args.dtype}, {args.b, args.dtype}});
  Launch(queue_of(context), "compare", args.dtype, boolean, entry(args.kernel))
      .buffer(args.out)
      .buffer(args.a)
      .buffer(args.b)
      .value(layout)
      .scalar(args.a.scalar, args.dtype)
      .scalar(args.b.scalar, args.dtype)
      .items(args.count);
}

void where(Context& context, const TernaryArgs& args) {
  const auto layout = make_layout(args.layout, args.count, args.shape,
                                  {{args.out, args.dtype},
                                   {args.condition, boolean},
                                   {args.a, args.dtype},
                                   {args.b, args.dtype}});
  Launch(queue_of(context), "compare", args.dtype, boolean, "where_kernel")
      .buffer(args.out)
      .buffer(args.condition)
      .buffer(args.a)
      .buffer(args.b)
      .value(layout)
      .scalar(args.a.scalar, args.dtype)
      .scalar(args.b.scalar, args.dtype)
      .items(args.count);
}

}  // namespace

void add_elementwise(KernelTables& tables, DType dtype) {
  for (std::size_t i = 0; i < kKernelCount; ++i) {
    const auto kernel = static_cast<Kernel>(i);
    if (!takes(kernel, dtype)) continue;
    switch (kind_of(kernel)) {
      case KernelKind::unary:
        tables.unary.at(kernel, dtype) = unary;
        break;
      case KernelKind::predicate:
        tables.unary.at(kernel, dtype) = predicate;
        break;
      case KernelKind::binary:
        tables.binary.at(kernel, dtype) = binary;
        break;
      case KernelKind::compare:
        tables.binary.at(kernel, dtype) = compare;
        break;
      case KernelKind::ternary:
        tables.ternary.at(kernel, dtype) = where;
        break;
      default:
        break;
    }
  }
}

}  // namespace carousel::opencl
