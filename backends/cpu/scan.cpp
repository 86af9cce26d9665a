// Running sums and products along an axis. Floating sums are carried in f64, integers wrap.
#include <algorithm>

#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/loops.h>
#include <carousel/backends/cpu/team.h>

namespace carousel::cpu {
namespace {

constexpr std::int64_t kColumns = 64;

template <class T>
struct CarryOf {
  using Type = double;
};
template <>
struct CarryOf<std::int32_t> {
  using Type = std::uint32_t;
};
template <>
struct CarryOf<std::int64_t> {
  using Type = std::uint64_t;
};

// Columns [column, column + n) of one (length, inner) matrix.
template <class T, bool product>
void scan_columns(const ScanArgs& args, const T* x, T* out, std::int64_t n) {
  using Carry = typename CarryOf<T>::Type;
  Carry carry[kColumns];
  for (std::int64_t c = 0; c < n; ++c) carry[c] = product ? 1 : 0;
  for (std::int64_t i = 0; i < args.length; ++i) {
    const std::int64_t row = (args.reverse ? args.length - 1 - i : i) * args.inner;
    for (std::int64_t c = 0; c < n; ++c) {
      const auto value = static_cast<Carry>(x[row + c]);
      carry[c] = product ? carry[c] * value : carry[c] + value;
      out[row + c] = static_cast<T>(carry[c]);
    }
  }
}

template <class T, bool product>
void scan(Context&, const ScanArgs& args) {
  if (args.outer * args.length * args.inner == 0) return;
  std::int64_t none = 0;
  const auto* x = reinterpret_cast<const T*>(resolve(args.x, args.dtype, none).data);
  auto* out = reinterpret_cast<T*>(resolve(args.out, args.dtype, none).data);
  const std::int64_t strips = (args.inner + kColumns - 1) / kColumns;
  const std::int64_t work = args.length * std::min(args.inner, kColumns);
  parallel_for(args.outer * strips, std::max<std::int64_t>(1, kLightGrain / work),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t u = begin; u < end; ++u) {
                   const std::int64_t column = u % strips * kColumns;
                   const std::int64_t at = u / strips * args.length * args.inner + column;
                   scan_columns<T, product>(args, x + at, out + at,
                                            std::min(kColumns, args.inner - column));
                 }
               });
}

template <class T>
void add(KernelTables& tables) {
  tables.scan.at(Kernel::cumsum, dtype_of<T>) = scan<T, false>;
  tables.scan.at(Kernel::cumprod, dtype_of<T>) = scan<T, true>;
}

}  // namespace

void add_scan_kernels(KernelTables& tables) {
  add<float>(tables);
  add<double>(tables);
  add<std::int32_t>(tables);
  add<std::int64_t>(tables);
}

}  // namespace carousel::cpu
