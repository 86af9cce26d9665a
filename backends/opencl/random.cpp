// Random numbers: tensor/philox.h defines them.
#include <cmath>
#include <string>

#include <carousel/backends/opencl/kernels.h>
#include <carousel/backends/opencl/launch.h>

namespace carousel::opencl {
namespace {

// The Draw of programs/random.cl.
struct Draw {
  std::int64_t count, out_begin;
  std::uint64_t seed, stream, offset;
};

double below(double beta, DType dtype) {
  if (dtype == f64) return std::nextafter(beta, -INFINITY);
  return std::nextafter(static_cast<float>(beta), -INFINITY);
}

void random(Context& context, const RandomArgs& args) {
  Launch launch(queue_of(context), "random", args.dtype, args.dtype,
                std::string(name_of(args.kernel)) + "_kernel");
  launch.buffer(args.out).value(
      Draw{args.count, begin_of(args.out, args.dtype), args.seed, args.stream, args.offset});
  if (args.kernel == Kernel::permutation) return launch.items(1);
  if (args.kernel == Kernel::uniform) {
    launch.scalar(args.alpha, args.dtype)
        .scalar(args.beta - args.alpha, args.dtype)
        .scalar(below(args.beta, args.dtype), args.dtype);
  } else if (args.kernel == Kernel::normal) {
    launch.scalar(args.alpha, args.dtype).scalar(args.beta, args.dtype);
  } else if (args.kernel == Kernel::bernoulli) {
    launch.value(static_cast<std::uint64_t>(args.alpha * 0x1p32));
  } else {
    const auto low = static_cast<std::int64_t>(args.alpha);
    launch.value(low).value(static_cast<std::uint64_t>(args.beta) -
                            static_cast<std::uint64_t>(low));
  }
  launch.items(args.count);
}

}  // namespace

void add_random(KernelTables& tables, DType dtype) {
  for (const Kernel kernel :
       {Kernel::uniform, Kernel::normal, Kernel::bernoulli, Kernel::randint, Kernel::permutation})
    if (takes(kernel, dtype)) tables.random.at(kernel, dtype) = random;
}

}  // namespace carousel::opencl
