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

// Dense operands or immediates, few enough for one thread: nothing to plan.
template <class Args>
bool is_plain(const Args& args) {
  return args.layout <= Layout::scalar_b && args.count < 2 * kGrain;
}

// Kernels that are done before memory is.
bool is_light(Kernel kernel) {
  switch (kernel) {
    case Kernel::neg:
    case Kernel::abs:
    case Kernel::sign:
    case Kernel::square:
    case Kernel::relu:
    case Kernel::leaky_relu:
    case Kernel::hard_sigmoid:
    case Kernel::clip:
    case Kernel::add:
    case Kernel::sub:
    case Kernel::mul:
    case Kernel::minimum:
    case Kernel::maximum:
    case Kernel::tanh_grad:
    case Kernel::sigmoid_grad:
    case Kernel::relu_grad:
    case Kernel::leaky_relu_grad:
    case Kernel::hard_sigmoid_grad:
    case Kernel::clip_grad:
      return true;
    default:
      return kind_of(kernel) == KernelKind::predicate || kind_of(kernel) == KernelKind::compare;
  }
}
std::int64_t grain_of(Kernel kernel) { return is_light(kernel) ? kLightGrain : kGrain; }

template <bool to_bool>
void unary(Context&, const UnaryArgs& args) {
  const Inner inner = table_of(args.dtype).of(args.kernel);
  const DType out = to_bool ? boolean : args.dtype;
  if (is_plain(args))
    return inner({memory_of(args.out, out),
                  {memory_of(args.x, args.dtype), nullptr, nullptr},
                  args.count,
                  {1, 1, 1},
                  args.alpha,
                  args.beta});
  std::int64_t x = 0, none = 0;
  Loop loop;
  loop.inner = inner;
  loop.inputs = 1;
  loop.out = resolve(args.out, out, none);
  loop.in[0] = resolve(args.x, args.dtype, x);
  loop.alpha = args.alpha;
  loop.beta = args.beta;
  loop.grain = grain_of(args.kernel);
  run_loop(loop, args.layout, args.shape, args.count);
}

template <bool to_bool>
void binary(Context&, const BinaryArgs& args) {
  const Inner inner = table_of(args.dtype).of(args.kernel);
  const DType out = to_bool ? boolean : args.dtype;
  std::int64_t a = 0, b = 0, none = 0;
  if (is_plain(args))
    return inner(
        {memory_of(args.out, out),
         {resolve(args.a, args.dtype, a).data, resolve(args.b, args.dtype, b).data, nullptr},
         args.count,
         {args.layout != Layout::scalar_a, args.layout != Layout::scalar_b, 1},
         args.alpha,
         args.beta});
  Loop loop;
  loop.inner = inner;
  loop.inputs = 2;
  loop.out = resolve(args.out, out, none);
  loop.in[0] = resolve(args.a, args.dtype, a);
  loop.in[1] = resolve(args.b, args.dtype, b);
  loop.alpha = args.alpha;
  loop.beta = args.beta;
  loop.grain = grain_of(args.kernel);
  run_loop(loop, args.layout, args.shape, args.count);
}

void where(Context&, const TernaryArgs& args) {
  std::int64_t condition = 0, a = 0, b = 0, none = 0;
  Loop loop;
  loop.inner = CAROUSEL_SIMD_SELECT(where_table).inner[static_cast<int>(args.dtype)];
  loop.inputs = 3;
  loop.out = resolve(args.out, args.dtype, none);
  loop.in[0] = resolve(args.condition, boolean, condition);
  loop.in[1] = resolve(args.a, args.dtype, a);
  loop.in[2] = resolve(args.b, args.dtype, b);
  loop.alpha = loop.beta = 0;
  loop.grain = kLightGrain;
  run_loop(loop, args.layout, args.shape, args.count);
}

void cast(Context&, const CastArgs& args) {
  const auto from = static_cast<int>(args.from), to = static_cast<int>(args.to);
  std::int64_t x = 0, none = 0;
  Loop loop;
  loop.inner = CAROUSEL_SIMD_SELECT(cast_table).inner[from][to];
  loop.inputs = 1;
  loop.out = resolve(args.out, args.to, none);
  loop.in[0] = resolve(args.x, args.from, x);
  loop.alpha = loop.beta = 0;
  loop.grain = kLightGrain;
  run_loop(loop, args.layout, args.shape, args.count);
}

}  // namespace

void add_elementwise_kernels(KernelTables& tables) {
  for (int k = 0; k < static_cast<int>(kKernelCount); ++k)
    for (DType dtype : {f32, f64, i32, i64, boolean}) {
      const auto kernel = static_cast<Kernel>(k);
      if (table_of(dtype).of(kernel) == nullptr) continue;
      switch (kind_of(kernel)) {
        case KernelKind::unary:
          tables.unary.at(kernel, dtype) = unary<false>;
          break;
        case KernelKind::predicate:
          tables.unary.at(kernel, dtype) = unary<true>;
          break;
        case KernelKind::binary:
          tables.binary.at(kernel, dtype) = binary<false>;
          break;
        default:
          tables.binary.at(kernel, dtype) = binary<true>;
      }
    }
  for (DType dtype : {f32, f64, i32, i64, boolean}) tables.ternary.at(Kernel::where, dtype) = where;
  for (auto& row : tables.cast)
    for (CastFn& entry : row) entry = cast;
}

}  // namespace carousel::cpu
