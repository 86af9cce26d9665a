// Running sums, products, extremes and logarithms of sums along an axis. Floating sums are carried
// in f64, integers wrap.
#include <algorithm>
#include <cmath>
#include <limits>

#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/loops.h>
#include <carousel/backends/cpu/team.h>

namespace carousel::cpu {
namespace {

constexpr std::int64_t kColumns = 64;

template <class T>
struct Wide {
  using Type = double;
};
template <>
struct Wide<std::int32_t> {
  using Type = std::uint32_t;
};
template <>
struct Wide<std::int64_t> {
  using Type = std::uint64_t;
};

// What a scan carries from element to element: its start, a step, and what stands in the result.
template <class T>
struct RunningSum {
  typename Wide<T>::Type total = 0;
  void step(T x) { total = total + static_cast<typename Wide<T>::Type>(x); }
  T value() const { return static_cast<T>(total); }
};

template <class T>
struct RunningProduct {
  typename Wide<T>::Type total = 1;
  void step(T x) { total = total * static_cast<typename Wide<T>::Type>(x); }
  T value() const { return static_cast<T>(total); }
};

// A NaN stays: nothing is larger.
template <class T>
struct RunningMax {
  T best = std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity()
                                                : std::numeric_limits<T>::lowest();
  void step(T x) { best = x > best || x != x ? x : best; }
  T value() const { return best; }
};

template <class T>
struct RunningMin {
  T best = std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity()
                                                : std::numeric_limits<T>::max();
  void step(T x) { best = x < best || x != x ? x : best; }
  T value() const { return best; }
};

// largest + log(total), where total is relative to the largest so far.
template <class T>
struct RunningLogSum {
  double largest = -std::numeric_limits<double>::infinity(), total = 0;
  void step(T given) {
    const auto x = static_cast<double>(given);
    if (x > largest) {
      total = total * std::exp(largest - x) + 1;
      largest = x;
    } else {
      total += x == largest ? 1 : std::exp(x - largest);  // infinities are equal, too
    }
  }
  T value() const { return static_cast<T>(largest + std::log(total)); }
};

// Columns [column, column + n) of one (length, inner) matrix.
template <class T, class Running>
void scan_columns(const ScanArgs& args, const T* x, T* out, std::int64_t n) {
  Running running[kColumns];
  for (std::int64_t i = 0; i < args.length; ++i) {
    const std::int64_t row = (args.reverse ? args.length - 1 - i : i) * args.inner;
    for (std::int64_t c = 0; c < n; ++c) {
      running[c].step(x[row + c]);
      out[row + c] = running[c].value();
    }
  }
}

template <class T, template <class> class Running>
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
                   scan_columns<T, Running<T>>(args, x + at, out + at,
                                               std::min(kColumns, args.inner - column));
                 }
               });
}

template <class T>
void add(KernelTables& tables) {
  const DType dtype = dtype_of<T>;
  tables.scan.at(Kernel::cumsum, dtype) = scan<T, RunningSum>;
  tables.scan.at(Kernel::cumprod, dtype) = scan<T, RunningProduct>;
  tables.scan.at(Kernel::cummax, dtype) = scan<T, RunningMax>;
  tables.scan.at(Kernel::cummin, dtype) = scan<T, RunningMin>;
  if constexpr (std::is_floating_point_v<T>)
    tables.scan.at(Kernel::logcumsumexp, dtype) = scan<T, RunningLogSum>;
}

}  // namespace

void add_scan_kernels(KernelTables& tables) {
  add<float>(tables);
  add<double>(tables);
  add<std::int32_t>(tables);
  add<std::int64_t>(tables);
}

}  // namespace carousel::cpu
