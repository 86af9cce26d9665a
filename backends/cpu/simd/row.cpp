#include <carousel/backends/cpu/simd/row.h>

#include <carousel/backends/cpu/simd/row_tools.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

// The first n < kLanes elements, `fill` behind them.
template <class T>
Vec<T> load_part_or(const T* p, std::int64_t n, T fill) {
  static constexpr T kLane[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return xsimd::select(load(kLane) < Vec<T>(static_cast<T>(n)), load_part(p, n), Vec<T>(fill));
}

// NaN wins.
template <class T>
Vec<T> larger(Vec<T> a, Vec<T> b) {
  return xsimd::select((a > b) | is_nan(a), a, b);
}
template <class T>
T max_of(const T* x, std::int64_t n) {
  constexpr T lowest = -Format<T>::kInfinity;
  Vec<T> m(lowest);
  for (; n >= kLanes<T>; n -= kLanes<T>, x += kLanes<T>) m = larger(m, load(x));
  if (n > 0) m = larger(m, load_part_or(x, n, lowest));
  alignas(64) T lanes[kLanes<T>];
  m.store_aligned(lanes);
  T largest = lanes[0];
  for (T lane : lanes) largest = largest > lane || largest != largest ? largest : lane;
  return largest;
}

// Sum of e^(x - m), each term also passed to `keep`.
template <class T, class Keep>
CAROUSEL_INLINE T sum_exp(const T* x, std::int64_t n, T m, const Keep& keep) {
  return sum_of<T>(n, [&](std::int64_t i, std::int64_t count) {
    const Vec<T> v =
        count == kLanes<T> ? load(x + i) : load_part_or(x + i, count, -Format<T>::kInfinity);
    const Vec<T> e = exp(v - Vec<T>(m));
    keep(i, count, e);
    return e;
  });
}
template <class T>
T sum_exp(const T* x, std::int64_t n, T m) {
  return sum_exp(x, n, m, [](std::int64_t, std::int64_t, Vec<T>) {});
}

// The scalar logarithm, by the vector code.
template <class T>
T log_of(T x) {
  alignas(64) T lanes[kLanes<T>];
  log(Vec<T>(x)).store_aligned(lanes);
  return lanes[0];
}

template <class T>
void softmax(const void* from, std::int64_t n, void* to) {
  const auto* x = static_cast<const T*>(from);
  auto* y = static_cast<T*>(to);
  const T sum = sum_exp(x, n, max_of(x, n), [&](std::int64_t i, std::int64_t count, Vec<T> e) {
    store_n(y + i, e, count);
  });
  write(y, n,
        [&](std::int64_t i, std::int64_t count) { return load_n(y + i, count) / Vec<T>(sum); });
}

template <class T>
void log_softmax(const void* from, std::int64_t n, void* to) {
  const auto* x = static_cast<const T*>(from);
  const T m = max_of(x, n), log_sum = log_of(sum_exp(x, n, m));
  write(static_cast<T*>(to), n, [&](std::int64_t i, std::int64_t count) {
    return (load_n(x + i, count) - Vec<T>(m)) - Vec<T>(log_sum);
  });
}

template <class T>
void logsumexp(const void* from, std::int64_t n, void* to) {
  const auto* x = static_cast<const T*>(from);
  const T m = max_of(x, n);
  const bool finite = m - m == 0;  // else the maximum is the answer
  *static_cast<T*>(to) = finite ? m + log_of(sum_exp(x, n, m)) : m;
}

// The result sums to 0 but for the rounding of its elements: the mean that is taken off is found
// in two steps, since what the first one's rounding leaves has one sign in the whole row.
template <class T>
void softmax_grad(const void* output, const void* gradient, std::int64_t n, void* to) {
  const auto* y = static_cast<const T*>(output);
  const auto* dy = static_cast<const T*>(gradient);
  auto* dx = static_cast<T*>(to);
  const T mean = sum_of<T>(n, [&](std::int64_t i, std::int64_t count) {
    return load_n(y + i, count) * load_n(dy + i, count);
  });
  const T rest = sum_of<T>(n, [&](std::int64_t i, std::int64_t count) {
    const Vec<T> centred = load_n(dy + i, count) - Vec<T>(mean);
    return load_n(y + i, count) * centred;
  });
  write(dx, n, [&](std::int64_t i, std::int64_t count) {
    return load_n(y + i, count) * ((load_n(dy + i, count) - Vec<T>(mean)) - Vec<T>(rest));
  });
}

template <class T>
void log_softmax_grad(const void* output, const void* gradient, std::int64_t n, void* to) {
  const auto* y = static_cast<const T*>(output);
  const auto* dy = static_cast<const T*>(gradient);
  const T sum =
      sum_of<T>(n, [&](std::int64_t i, std::int64_t count) { return load_n(dy + i, count); });
  write(static_cast<T*>(to), n, [&](std::int64_t i, std::int64_t count) {
    return load_n(dy + i, count) - exp(load_n(y + i, count)) * Vec<T>(sum);
  });
}

template <class T>
void cross_entropy_grad(const void* logits, const void* logsumexp_of, const void* dloss,
                        std::int64_t label, std::int64_t n, void* to) {
  const auto* x = static_cast<const T*>(logits);
  const T log_sum = *static_cast<const T*>(logsumexp_of), g = *static_cast<const T*>(dloss);
  auto* dx = static_cast<T*>(to);
  write(dx, n, [&](std::int64_t i, std::int64_t count) {
    return exp(load_n(x + i, count) - Vec<T>(log_sum)) * Vec<T>(g);
  });
  alignas(64) T p[kLanes<T>];
  exp(Vec<T>(x[label] - log_sum)).store_aligned(p);
  dx[label] = (p[0] - 1) * g;
}

template <class T>
constexpr RowFunctions functions() {
  return {softmax<T>,      log_softmax<T>,      logsumexp<T>,
          softmax_grad<T>, log_softmax_grad<T>, cross_entropy_grad<T>};
}

}  // namespace

const RowTable& row_table() {
  static constexpr RowTable table{functions<float>(), functions<double>()};
  return table;
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
