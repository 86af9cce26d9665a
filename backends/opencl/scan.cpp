// Running sums, products, extremes and logarithms of sums.
#include <string>

#include <carousel/backends/opencl/kernels.h>
#include <carousel/backends/opencl/launch.h>

namespace carousel::opencl {
namespace {

// The Scan of programs/scan.cl.
struct Scan {
  std::int64_t outer, length, inner;
  std::int64_t x_begin, out_begin;
  std::int64_t reverse;
};

void scan(Context& context, const ScanArgs& args) {
  Launch(queue_of(context), "scan", args.dtype, args.dtype,
         std::string(name_of(args.kernel)) + "_kernel")
      .buffer(args.out)
      .buffer(args.x)
      .value(Scan{args.outer, args.length, args.inner, begin_of(args.x, args.dtype),
                  begin_of(args.out, args.dtype), args.reverse})
      .items(args.outer * args.inner);
}

}  // namespace

void add_scans(KernelTables& tables, DType dtype) {
  tables.scan.at(Kernel::cumsum, dtype) = scan;
  tables.scan.at(Kernel::cumprod, dtype) = scan;
  tables.scan.at(Kernel::cummax, dtype) = scan;
  tables.scan.at(Kernel::cummin, dtype) = scan;
  if (is_floating(dtype)) tables.scan.at(Kernel::logcumsumexp, dtype) = scan;
}

}  // namespace carousel::opencl
