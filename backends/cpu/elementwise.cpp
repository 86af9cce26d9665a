// Kernels of one or two operands, element by element: arithmetic, activations and their
// derivatives, comparisons, predicates, selection, casts.
#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/loops.h>
#include <carousel/backends/cpu/simd/tables.h>

namespace carousel::cpu {
namespace {

const InnerTable& table_of(DType dtype) {
  switch (dtype) {
    case f32:
      return CAROUSEL_SIMD_SELECT(elementwise_f32);
    case f64:
      return CAROUSEL_SIMD_SELECT(elementwise_f64);
    case i32:
      return CAROUSEL_SIMD_SELECT(elementwise_i32);
    case i64:
      return CAROUSEL_SIMD_SELECT(elementwise_i64);
    case boolean:
      break;
  }
  return CAROUSEL_SIMD_SELECT(elementwise_bool);
}

bool gives_bool(Kernel kernel) {
  const KernelKind kind = kind_of(kernel);
  return kind == KernelKind::predicate || kind == KernelKind::compare;
}

void unary(Context&, const UnaryArgs& args) {
  std::int64_t x = 0, none = 0;
  const DType out = gives_bool(args.kernel) ? boolean : args.dtype;
  const Loop loop{
      table_of(args.dtype).of(args.kernel),     1,          resolve(args.out, out, none),
      {resolve(args.x, args.dtype, x), {}, {}}, args.alpha, args.beta};
  run_loop(loop, args.layout, args.shape, args.count);
}

void binary(Context&, const BinaryArgs& args) {
  std::int64_t a = 0, b = 0, none = 0;
  const DType out = gives_bool(args.kernel) ? boolean : args.dtype;
  const Loop loop{table_of(args.dtype).of(args.kernel),
                  2,
                  resolve(args.out, out, none),
                  {resolve(args.a, args.dtype, a), resolve(args.b, args.dtype, b), {}},
                  args.alpha,
                  args.beta};
  run_loop(loop, args.layout, args.shape, args.count);
}

void where(Context&, const TernaryArgs& args) {
  std::int64_t condition = 0, a = 0, b = 0, none = 0;
  const Loop loop{CAROUSEL_SIMD_SELECT(where_table).inner[static_cast<int>(args.dtype)],
                  3,
                  resolve(args.out, args.dtype, none),
                  {resolve(args.condition, boolean, condition), resolve(args.a, args.dtype, a),
                   resolve(args.b, args.dtype, b)}};
  run_loop(loop, args.layout, args.shape, args.count);
}

void cast(Context&, const CastArgs& args) {
  std::int64_t x = 0, none = 0;
  const auto from = static_cast<int>(args.from), to = static_cast<int>(args.to);
  const Loop loop{CAROUSEL_SIMD_SELECT(cast_table).inner[from][to],
                  1,
                  resolve(args.out, args.to, none),
                  {resolve(args.x, args.from, x), {}, {}}};
  run_loop(loop, args.layout, args.shape, args.count);
}

}  // namespace

void add_elementwise_kernels(KernelTables& tables) {
  for (int k = 0; k < static_cast<int>(kKernelCount); ++k)
    for (DType dtype : {f32, f64, i32, i64, boolean}) {
      const auto kernel = static_cast<Kernel>(k);
      if (table_of(dtype).of(kernel) == nullptr) continue;
      const KernelKind kind = kind_of(kernel);
      if (kind == KernelKind::unary || kind == KernelKind::predicate)
        tables.unary.at(kernel, dtype) = unary;
      else
        tables.binary.at(kernel, dtype) = binary;
    }
  for (DType dtype : {f32, f64, i32, i64, boolean}) tables.ternary.at(Kernel::where, dtype) = where;
  for (auto& row : tables.cast)
    for (CastFn& entry : row) entry = cast;
}

}  // namespace carousel::cpu
