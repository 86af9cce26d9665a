#include <carousel/backends/cpu/simd/reduce.h>

#include <carousel/backends/cpu/simd/float_bits.h>
#include <carousel/backends/cpu/simd/part.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

// How a kernel sees an element, and how two accumulators become one.
template <class T>
struct Sum {
  static constexpr T kNeutral = 0;
  static Vec<T> map(Vec<T> x) { return x; }
  template <class V>
  static V join(V a, V b) {
    return a + b;
  }
};
template <class T>
struct SumSquares : Sum<T> {
  static Vec<T> map(Vec<T> x) { return x * x; }
};
template <class T>
struct Prod {
  static constexpr T kNeutral = 1;
  static Vec<T> map(Vec<T> x) { return x; }
  template <class V>
  static V join(V a, V b) {
    return a * b;
  }
};
// NaN in either operand wins.
template <class T>
struct Max {
  static constexpr T kNeutral = -Format<T>::kInfinity;
  static Vec<T> map(Vec<T> x) { return x; }
  static Vec<T> join(Vec<T> a, Vec<T> b) { return xsimd::select((a > b) | is_nan(a), a, b); }
  static T join(T a, T b) { return a > b || a != a ? a : b; }
};
template <class T>
struct Min {
  static constexpr T kNeutral = Format<T>::kInfinity;
  static Vec<T> map(Vec<T> x) { return x; }
  static Vec<T> join(Vec<T> a, Vec<T> b) { return xsimd::select((a < b) | is_nan(a), a, b); }
  static T join(T a, T b) { return a < b || a != a ? a : b; }
};

// The first n elements of x, neutral elements behind them.
template <class T, class Op>
Vec<T> padded(const T* x, std::int64_t n) {
  alignas(64) T values[kLanes<T>];
  for (std::int64_t i = 0; i < kLanes<T>; ++i) values[i] = i < n ? x[i] : Op::kNeutral;
  const Vec<T> v = Op::map(Vec<T>::load_aligned(values));
  if constexpr (Op::kNeutral * Op::kNeutral == Op::kNeutral) return v;
  v.store_aligned(values);
  for (std::int64_t i = n; i < kLanes<T>; ++i) values[i] = Op::kNeutral;
  return Vec<T>::load_aligned(values);
}

template <class T, class Op>
T across(Vec<T> v) {
  alignas(64) T values[kLanes<T>];
  v.store_aligned(values);
  for (int width = kLanes<T> / 2; width > 0; width /= 2)
    for (int i = 0; i < width; ++i) values[i] = Op::join(values[i], values[i + width]);
  return values[0];
}

template <class T, class Op>
void run(const void* data, std::int64_t n, void* acc) {
  constexpr std::int64_t lanes = kLanes<T>;
  const auto* x = static_cast<const T*>(data);
  Vec<T> a(Op::kNeutral), b = a, c = a, d = a;
  for (; n >= 4 * lanes; n -= 4 * lanes, x += 4 * lanes) {
    a = Op::join(a, Op::map(load(x)));
    b = Op::join(b, Op::map(load(x + lanes)));
    c = Op::join(c, Op::map(load(x + 2 * lanes)));
    d = Op::join(d, Op::map(load(x + 3 * lanes)));
  }
  for (; n >= lanes; n -= lanes, x += lanes) a = Op::join(a, Op::map(load(x)));
  if (n > 0) b = Op::join(b, padded<T, Op>(x, n));
  *static_cast<T*>(acc) = across<T, Op>(Op::join(Op::join(a, b), Op::join(c, d)));
}

template <class T, class Op>
void rows(const void* data, std::int64_t stride, std::int64_t count, std::int64_t cols, void* acc) {
  const auto* x = static_cast<const T*>(data);
  auto* out = static_cast<T*>(acc);
  for (; cols >= kLanes<T>; cols -= kLanes<T>, x += kLanes<T>, out += kLanes<T>) {
    Vec<T> sum = Op::map(load(x));
    for (std::int64_t r = 1; r < count; ++r) sum = Op::join(sum, Op::map(load(x + r * stride)));
    store(out, sum);
  }
  if (cols == 0) return;
  Vec<T> sum = Op::map(load_part(x, cols));
  for (std::int64_t r = 1; r < count; ++r)
    sum = Op::join(sum, Op::map(load_part(x + r * stride, cols)));
  store_part(out, sum, cols);
}

template <class T, class Op>
void join(void* acc, const void* later, std::int64_t n) {
  auto* a = static_cast<T*>(acc);
  const auto* b = static_cast<const T*>(later);
  for (std::int64_t i = 0; i < n; ++i) a[i] = Op::join(a[i], b[i]);
}

// Integers and bool: plain loops.
struct AddWhole {
  static std::int64_t join(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  }
};
struct MultiplyWhole {
  static std::int64_t join(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  }
};
struct Larger {
  template <class T>
  static T join(T a, T b) {
    return a > b ? a : b;
  }
};
struct Smaller {
  template <class T>
  static T join(T a, T b) {
    return a < b ? a : b;
  }
};
struct Any {
  static bool join(bool a, bool b) { return (a | b) != 0; }
};
struct All {
  static bool join(bool a, bool b) { return (a & b) != 0; }
};

template <class T, class Acc, class Op>
void run_plain(const void* data, std::int64_t n, void* acc) {
  const auto* x = static_cast<const T*>(data);
  Acc sum = x[0];
  for (std::int64_t i = 1; i < n; ++i) sum = Op::join(sum, static_cast<Acc>(x[i]));
  *static_cast<Acc*>(acc) = sum;
}

template <class T, class Acc, class Op>
void rows_plain(const void* data, std::int64_t stride, std::int64_t count, std::int64_t cols,
                void* acc) {
  const auto* x = static_cast<const T*>(data);
  auto* __restrict out = static_cast<Acc*>(acc);
  for (std::int64_t c = 0; c < cols; ++c) out[c] = x[c];
  for (std::int64_t r = 1; r < count; ++r) {
    x += stride;
    for (std::int64_t c = 0; c < cols; ++c) out[c] = Op::join(out[c], static_cast<Acc>(x[c]));
  }
}

template <class T, class Op>
constexpr Reducer floating() {
  return {run<T, Op>, rows<T, Op>, join<T, Op>};
}
template <class T, class Acc, class Op>
constexpr Reducer plain() {
  return {run_plain<T, Acc, Op>, rows_plain<T, Acc, Op>, join<Acc, Op>};
}

template <class T>
constexpr void set_floating(ReduceTable& t) {
  constexpr DType d = dtype_of<T>;
  t.set(d, Kernel::sum, floating<T, Sum<T>>());
  t.set(d, Kernel::sum_squares, floating<T, SumSquares<T>>());
  t.set(d, Kernel::prod, floating<T, Prod<T>>());
  t.set(d, Kernel::max, floating<T, Max<T>>());
  t.set(d, Kernel::min, floating<T, Min<T>>());
}
template <class T>
constexpr void set_integer(ReduceTable& t) {
  constexpr DType d = dtype_of<T>;
  t.set(d, Kernel::sum, plain<T, std::int64_t, AddWhole>());
  t.set(d, Kernel::prod, plain<T, std::int64_t, MultiplyWhole>());
  t.set(d, Kernel::max, plain<T, T, Larger>());
  t.set(d, Kernel::min, plain<T, T, Smaller>());
}

constexpr ReduceTable make_table() {
  ReduceTable t;
  set_floating<float>(t);
  set_floating<double>(t);
  set_integer<std::int32_t>(t);
  set_integer<std::int64_t>(t);
  t.set(boolean, Kernel::sum, plain<bool, std::int64_t, AddWhole>());
  t.set(boolean, Kernel::any, plain<bool, bool, Any>());
  t.set(boolean, Kernel::all, plain<bool, bool, All>());
  return t;
}

}  // namespace

const ReduceTable& reduce_table() {
  static constexpr ReduceTable table = make_table();
  return table;
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
