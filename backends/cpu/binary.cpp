// Element-wise kernels of two operands: arithmetic and the common derivatives.
#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/loops.h>
#include <carousel/backends/cpu/simd/tables.h>

namespace carousel::cpu {
namespace {

const InnerTable& table_of(DType dtype) {
  switch (dtype) {
    case f32:
      return CAROUSEL_SIMD_SELECT(binary_f32);
    case f64:
      return CAROUSEL_SIMD_SELECT(binary_f64);
    case i32:
      return CAROUSEL_SIMD_SELECT(binary_i32);
    default:
      return CAROUSEL_SIMD_SELECT(binary_i64);
  }
}

void binary(Context&, const BinaryArgs& args) {
  std::int64_t a = 0, b = 0, none = 0;
  const Inner inner = table_of(args.dtype).inner[static_cast<int>(args.kernel)];
  const Loop loop{inner,
                  2,
                  resolve(args.out, args.dtype, none),
                  {resolve(args.a, args.dtype, a), resolve(args.b, args.dtype, b), {}},
                  args.alpha,
                  args.beta};
  run_loop(loop, args.layout, args.shape, args.count);
}

}  // namespace

void add_binary_kernels(KernelTables& tables) {
  for (int k = 0; k < static_cast<int>(kKernelCount); ++k) {
    const auto kernel = static_cast<Kernel>(k);
    for (DType dtype : {f32, f64, i32, i64})
      if (table_of(dtype).inner[k] != nullptr) tables.binary.at(kernel, dtype) = binary;
  }
}

}  // namespace carousel::cpu
