#include <carousel/backends/cpu/simd/norm.h>

#include <carousel/backends/cpu/simd/row_tools.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

template <class T>
const T* in(const void* p) {
  return static_cast<const T*>(p);
}
template <class T>
T* out(void* p) {
  return static_cast<T*>(p);
}

// The first `n` lanes of v, the others 0.
template <class T>
CAROUSEL_INLINE Vec<T> first_lanes(Vec<T> v, std::int64_t n) {
  if (n == kLanes<T>) return v;
  static constexpr T kLane[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return xsimd::select(load(kLane) < Vec<T>(static_cast<T>(n)), v, Vec<T>(T(0)));
}

template <class T>
T root(T x) {
  alignas(64) T lanes[kLanes<T>];
  xsimd::sqrt(Vec<T>(x)).store_aligned(lanes);
  return lanes[0];
}

template <class T>
void row(const void* x_at, const void* scale_at, const void* offset_at, std::int64_t n,
         double epsilon, bool centred, void* y_at, void* mean_at, void* rdev_at) {
  const T *x = in<T>(x_at), *scale = in<T>(scale_at), *offset = in<T>(offset_at);
  const T count = static_cast<T>(n);
  T mean = 0;
  if (centred)
    mean = sum_of<T>(n, [&](std::int64_t i, std::int64_t k) { return load_n(x + i, k); }) / count;
  const Vec<T> m(mean);
  const T squares = sum_of<T>(n, [&](std::int64_t i, std::int64_t k) {
    const Vec<T> d = first_lanes(load_n(x + i, k) - m, k);
    return d * d;
  });
  const T rdev = T(1) / root(squares / count + static_cast<T>(epsilon));
  const Vec<T> r(rdev);
  write(out<T>(y_at), n, [&](std::int64_t i, std::int64_t k) {
    Vec<T> v = (load_n(x + i, k) - m) * r;
    if (scale != nullptr) v = v * load_n(scale + i, k);
    if (offset != nullptr) v = v + load_n(offset + i, k);
    return v;
  });
  *out<T>(mean_at) = mean;
  *out<T>(rdev_at) = rdev;
}

// With g = dy scale: dx = rdev (g - mean(g) - xhat mean(g xhat)), without mean(g) if not centred.
template <class T>
void row_grad(const void* x_at, const void* scale_at, const void* dy_at, std::int64_t n,
              const void* mean_at, const void* rdev_at, bool centred, void* dx_at, void* dscale_at,
              void* doffset_at) {
  const T *x = in<T>(x_at), *scale = in<T>(scale_at), *dy = in<T>(dy_at);
  const Vec<T> m(*in<T>(mean_at)), r(*in<T>(rdev_at));
  const T count = static_cast<T>(n);
  const auto slope = [&](std::int64_t i, std::int64_t k) {
    const Vec<T> g = load_n(dy + i, k);
    return scale == nullptr ? g : g * load_n(scale + i, k);
  };
  const auto normal = [&](std::int64_t i, std::int64_t k) { return (load_n(x + i, k) - m) * r; };
  const Vec<T> along(
      sum_of<T>(n, [&](std::int64_t i, std::int64_t k) { return slope(i, k) * normal(i, k); }) /
      count);
  Vec<T> level(T(0));
  if (centred) level = Vec<T>(sum_of<T>(n, slope) / count);
  if (dx_at != nullptr)
    write(out<T>(dx_at), n, [&](std::int64_t i, std::int64_t k) {
      return r * ((slope(i, k) - level) - normal(i, k) * along);
    });
  T *dscale = out<T>(dscale_at), *doffset = out<T>(doffset_at);
  if (dscale != nullptr)
    write(dscale, n, [&](std::int64_t i, std::int64_t k) {
      return load_n(dscale + i, k) + load_n(dy + i, k) * normal(i, k);
    });
  if (doffset != nullptr)
    write(doffset, n, [&](std::int64_t i, std::int64_t k) {
      return load_n(doffset + i, k) + load_n(dy + i, k);
    });
}

// `count` vectors of neighbouring columns from `at` on, each with `last` numbers.
template <class T, int count>
struct Columns {
  std::int64_t at, last;
};
// Calls body with all columns, by four and two vectors and one.
template <class T, class Body>
CAROUSEL_INLINE void for_columns(std::int64_t cols, const Body& body) {
  constexpr std::int64_t kWidth = kLanes<T>;
  std::int64_t c = 0;
  for (; c + 4 * kWidth <= cols; c += 4 * kWidth) body(Columns<T, 4>{c, kWidth});
  for (; c + 2 * kWidth <= cols; c += 2 * kWidth) body(Columns<T, 2>{c, kWidth});
  for (; c < cols; c += kWidth) body(Columns<T, 1>{c, cols - c < kWidth ? cols - c : kWidth});
}

// Sums over rows, in registers: term(sum so far, place in the rows, column, numbers).
template <class T, class Term>
CAROUSEL_INLINE void sum_columns(std::int64_t rows, std::int64_t cols, T* sums, const Term& term) {
  for_columns<T>(cols, [&]<int count>(Columns<T, count> at) {
    Vec<T> sum[count];
    for (Vec<T>& v : sum) v = Vec<T>(T(0));
    for (std::int64_t row = 0; row < rows; ++row)
#pragma GCC unroll 4
      for (int i = 0; i < count; ++i) {
        const std::int64_t c = at.at + i * kLanes<T>;
        sum[i] = term(sum[i], row * cols + c, c, at.last);
      }
#pragma GCC unroll 4
    for (int i = 0; i < count; ++i) store_n(sums + at.at + i * kLanes<T>, sum[i], at.last);
  });
}

template <class T>
void column_sums(const void* x_at, const void* mean_at, std::int64_t rows, std::int64_t cols,
                 void* sums_at) {
  const T *x = in<T>(x_at), *mean = in<T>(mean_at);
  if (mean == nullptr)
    return sum_columns(rows, cols, out<T>(sums_at),
                       [&](Vec<T> sum, std::int64_t at, std::int64_t, std::int64_t k) {
                         return sum + load_n(x + at, k);
                       });
  sum_columns(rows, cols, out<T>(sums_at),
              [&](Vec<T> sum, std::int64_t at, std::int64_t c, std::int64_t k) {
                const Vec<T> d = load_n(x + at, k) - load_n(mean + c, k);
                return fma(d, d, sum);
              });
}

template <class T>
void column_map(const void* x_at, const void* mean_at, const void* slope_at, const void* offset_at,
                std::int64_t rows, std::int64_t cols, void* y_at) {
  const T *x = in<T>(x_at), *mean = in<T>(mean_at), *slope = in<T>(slope_at);
  const T* offset = in<T>(offset_at);
  T* y = out<T>(y_at);
  for (std::int64_t row = 0; row < rows; ++row, x += cols, y += cols)
    write(y, cols, [&](std::int64_t c, std::int64_t k) {
      const Vec<T> d = load_n(x + c, k) - load_n(mean + c, k);
      return offset == nullptr ? d * load_n(slope + c, k)
                               : fma(d, load_n(slope + c, k), load_n(offset + c, k));
    });
}

template <class T>
void column_grad_sums(const void* x_at, const void* dy_at, const void* mean_at, const void* rdev_at,
                      std::int64_t rows, std::int64_t cols, void* dscale_at, void* doffset_at) {
  const T *x = in<T>(x_at), *dy = in<T>(dy_at), *mean = in<T>(mean_at), *rdev = in<T>(rdev_at);
  T *dscale = out<T>(dscale_at), *doffset = out<T>(doffset_at);
  for_columns<T>(cols, [&]<int count>(Columns<T, count> at) {
    Vec<T> along[count], level[count];
    for (int i = 0; i < count; ++i) along[i] = level[i] = Vec<T>(T(0));
    for (std::int64_t row = 0; row < rows; ++row)
#pragma GCC unroll 4
      for (int i = 0; i < count; ++i) {
        const std::int64_t c = at.at + i * kLanes<T>, k = at.last;
        const Vec<T> d = load_n(dy + row * cols + c, k);
        const Vec<T> centred = load_n(x + row * cols + c, k) - load_n(mean + c, k);
        along[i] = fma(centred * load_n(rdev + c, k), d, along[i]);
        level[i] = level[i] + d;
      }
    for (int i = 0; i < count; ++i) {
      store_n(dscale + at.at + i * kLanes<T>, along[i], at.last);
      store_n(doffset + at.at + i * kLanes<T>, level[i], at.last);
    }
  });
}

template <class T>
void column_grad_map(const void* x_at, const void* dy_at, const void* mean_at, const void* gain_at,
                     const void* slope_at, const void* a_at, const void* b_at, std::int64_t rows,
                     std::int64_t cols, void* dx_at) {
  const T *x = in<T>(x_at), *dy = in<T>(dy_at), *mean = in<T>(mean_at), *gain = in<T>(gain_at);
  const T *slope = in<T>(slope_at), *a = in<T>(a_at), *b = in<T>(b_at);
  T* dx = out<T>(dx_at);
  for (std::int64_t row = 0; row < rows; ++row, x += cols, dy += cols, dx += cols)
    write(dx, cols, [&](std::int64_t c, std::int64_t k) {
      const Vec<T> d = load_n(x + c, k) - load_n(mean + c, k);
      const Vec<T> g = load_n(dy + c, k), scaled = gain == nullptr ? g : g * load_n(gain + c, k);
      return load_n(slope + c, k) * ((scaled - load_n(a + c, k)) - d * load_n(b + c, k));
    });
}

template <class T>
constexpr NormFunctions functions() {
  return {row<T>,        row_grad<T>,         column_sums<T>,
          column_map<T>, column_grad_sums<T>, column_grad_map<T>};
}

}  // namespace

const NormTable& norm_table() {
  static constexpr NormTable table{functions<float>(), functions<double>()};
  return table;
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
