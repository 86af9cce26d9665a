#include <carousel/backends/cpu/simd/window.h>

#include <carousel/backends/cpu/simd/row_tools.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

using Taps = WindowFunctions::Taps;
using OutTaps = WindowFunctions::OutTaps;

template <class T>
const T* in(const void* p) {
  return static_cast<const T*>(p);
}
template <class T>
T* out(void* p) {
  return static_cast<T*>(p);
}

// NaN wins.
template <class T>
Vec<T> larger(Vec<T> a, Vec<T> b) {
  return xsimd::select((a > b) | is_nan(a), a, b);
}

// Calls body(x offset, y offset) for each window.
template <class Body>
CAROUSEL_INLINE void for_windows(const WindowRun& run, const Body& body) {
  for (std::int64_t i = 0; i < run.count; ++i) body(i * run.x_step, i * run.y_step);
}

template <class T>
void max(WindowRun run, Taps x, int taps, std::int64_t n, void* y) {
  for_windows(run, [&](std::int64_t at, std::int64_t to) {
    write(out<T>(y) + to, n, [&](std::int64_t c, std::int64_t k) {
      Vec<T> m = load_n(in<T>(x[0]) + at + c, k);
      for (int t = 1; t < taps; ++t) m = larger(m, load_n(in<T>(x[t]) + at + c, k));
      return m;
    });
  });
}

// Finds the place of the first largest a lane, then gives each place its part.
template <class T>
void max_grad(WindowRun run, Taps x, OutTaps dx, int taps, std::int64_t n, const void* dy) {
  const auto channels = [&](std::int64_t at, std::int64_t from, std::int64_t c, std::int64_t k) {
    Vec<T> most = load_n(in<T>(x[0]) + at + c, k), first(T(0));
    for (int t = 1; t < taps; ++t) {
      const Vec<T> value = load_n(in<T>(x[t]) + at + c, k);
      const Mask<T> wins = (value > most) | (is_nan(value) & (most == most));
      first = xsimd::select(wins, Vec<T>(static_cast<T>(t)), first);
      most = xsimd::select(wins, value, most);
    }
    const Vec<T> part = load_n(in<T>(dy) + from + c, k), none(T(0));
    for (int t = 0; t < taps; ++t) {
      T* to = out<T>(dx[t]) + at + c;
      const Mask<T> here = first == Vec<T>(static_cast<T>(t));
      store_n(to, load_n(to, k) + xsimd::select(here, part, none), k);
    }
  };
  for_windows(run, [&](std::int64_t at, std::int64_t from) {
    std::int64_t c = 0;
    for (; c + kLanes<T> <= n; c += kLanes<T>) channels(at, from, c, std::int64_t{kLanes<T>});
    if (c < n) channels(at, from, c, n - c);
  });
}

template <class T>
void average(WindowRun run, Taps x, int taps, std::int64_t n, double factor, void* y) {
  const Vec<T> f(static_cast<T>(factor));
  for_windows(run, [&](std::int64_t at, std::int64_t to) {
    write(out<T>(y) + to, n, [&](std::int64_t c, std::int64_t k) {
      Vec<T> sum = load_n(in<T>(x[0]) + at + c, k);
      for (int t = 1; t < taps; ++t) sum = sum + load_n(in<T>(x[t]) + at + c, k);
      return sum * f;
    });
  });
}

template <class T>
void spread(WindowRun run, OutTaps dx, int taps, std::int64_t n, double factor, const void* dy) {
  const Vec<T> f(static_cast<T>(factor));
  for_windows(run, [&](std::int64_t at, std::int64_t from) {
    for (int t = 0; t < taps; ++t) {
      T* to = out<T>(dx[t]) + at;
      write(to, n, [&](std::int64_t c, std::int64_t k) {
        return fma(load_n(in<T>(dy) + from + c, k), f, load_n(to + c, k));
      });
    }
  });
}

template <class T>
void add(const void* x, std::int64_t n, void* y_at) {
  T* y = out<T>(y_at);
  write(y, n,
        [&](std::int64_t c, std::int64_t k) { return load_n(y + c, k) + load_n(in<T>(x) + c, k); });
}

// `windows` of them together, so that a weight is loaded once for all; each sum in the order of the
// taps.
template <class T, int windows>
CAROUSEL_INLINE void depthwise_windows(std::int64_t step, Taps x, std::int64_t at, Taps w, int taps,
                                       std::int64_t n, T* y, std::int64_t y_step) {
  const auto channels = [&](std::int64_t c, std::int64_t k) __attribute__((always_inline)) {
    Vec<T> sum[windows];
#pragma GCC unroll 4
    for (int i = 0; i < windows; ++i) sum[i] = Vec<T>(T(0));
    for (int t = 0; t < taps; ++t) {
      const Vec<T> weight = load_n(in<T>(w[t]) + c, k);
      const T* pixel = in<T>(x[t]) + at + c;
#pragma GCC unroll 4
      for (int i = 0; i < windows; ++i) sum[i] = fma(load_n(pixel + i * step, k), weight, sum[i]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < windows; ++i) store_n(y + i * y_step + c, sum[i], k);
  };
  std::int64_t c = 0;
  for (; c + kLanes<T> <= n; c += kLanes<T>) channels(c, std::int64_t{kLanes<T>});
  if (c < n) channels(c, n - c);
}

template <class T>
void depthwise(WindowRun run, Taps x, Taps w, int taps, std::int64_t n, std::int64_t m,
               void* y_at) {
  T* y = out<T>(y_at);
  if (m == 1) {
    std::int64_t i = 0;
    for (; i + 4 <= run.count; i += 4)
      depthwise_windows<T, 4>(run.x_step, x, i * run.x_step, w, taps, n, y + i * run.y_step,
                              run.y_step);
    for (; i < run.count; ++i)
      depthwise_windows<T, 1>(run.x_step, x, i * run.x_step, w, taps, n, y + i * run.y_step,
                              run.y_step);
    return;
  }
  for_windows(run, [&](std::int64_t at, std::int64_t to) {
    for (std::int64_t c = 0; c < n; ++c)
      for (std::int64_t j = 0; j < m; ++j) {
        T sum = 0;
        for (int t = 0; t < taps; ++t) sum += in<T>(x[t])[at + c] * in<T>(w[t])[c * m + j];
        y[to + c * m + j] = sum;
      }
  });
}

template <class T>
void depthwise_grad_x(WindowRun run, OutTaps dx, Taps w, int taps, std::int64_t n, std::int64_t m,
                      const void* dy_at) {
  for_windows(run, [&](std::int64_t at, std::int64_t from) {
    const T* dy = in<T>(dy_at) + from;
    for (int t = 0; t < taps; ++t) {
      T* to = out<T>(dx[t]) + at;
      const T* weight = in<T>(w[t]);
      if (m == 1) {
        write(to, n, [&](std::int64_t c, std::int64_t k) {
          return fma(load_n(weight + c, k), load_n(dy + c, k), load_n(to + c, k));
        });
        continue;
      }
      for (std::int64_t c = 0; c < n; ++c)
        for (std::int64_t j = 0; j < m; ++j) to[c] += weight[c * m + j] * dy[c * m + j];
    }
  });
}

// Sums of `taps` places, at most nine, which stay in registers along the run. Each is still added
// up window by window.
template <class T, int taps>
CAROUSEL_INLINE void along_run(const WindowRun& run, Taps x, OutTaps dw, std::int64_t n,
                               const T* dy) {
  const auto channels = [&](std::int64_t c, std::int64_t k) __attribute__((always_inline)) {
    Vec<T> sum[taps];
#pragma GCC unroll 9
    for (int t = 0; t < taps; ++t) sum[t] = load_n(out<T>(dw[t]) + c, k);
    for_windows(run, [&](std::int64_t at, std::int64_t from) {
      const Vec<T> d = load_n(dy + from + c, k);
#pragma GCC unroll 9
      for (int t = 0; t < taps; ++t) sum[t] = fma(load_n(in<T>(x[t]) + at + c, k), d, sum[t]);
    });
#pragma GCC unroll 9
    for (int t = 0; t < taps; ++t) store_n(out<T>(dw[t]) + c, sum[t], k);
  };
  std::int64_t c = 0;
  for (; c + kLanes<T> <= n; c += kLanes<T>) channels(c, std::int64_t{kLanes<T>});
  if (c < n) channels(c, n - c);
}

template <class T>
void depthwise_grad_w(WindowRun run, Taps x, OutTaps dw, int taps, std::int64_t n, std::int64_t m,
                      const void* dy_at) {
  const T* dy = in<T>(dy_at);
  if (m == 1) {
    int t = 0;
    for (; t + 9 <= taps; t += 9) along_run<T, 9>(run, x + t, dw + t, n, dy);
    for (; t + 3 <= taps; t += 3) along_run<T, 3>(run, x + t, dw + t, n, dy);
    for (; t < taps; ++t) along_run<T, 1>(run, x + t, dw + t, n, dy);
    return;
  }
  for_windows(run, [&](std::int64_t at, std::int64_t from) {
    for (int t = 0; t < taps; ++t) {
      T* to = out<T>(dw[t]);
      const T* image = in<T>(x[t]) + at;
      for (std::int64_t c = 0; c < n; ++c)
        for (std::int64_t j = 0; j < m; ++j) to[c * m + j] += image[c] * dy[from + c * m + j];
    }
  });
}

template <class T>
constexpr WindowFunctions functions() {
  return {max<T>, max_grad<T>,  average<T>,          spread<T>,
          add<T>, depthwise<T>, depthwise_grad_x<T>, depthwise_grad_w<T>};
}

}  // namespace

const WindowTable& window_table() {
  static constexpr WindowTable table{functions<float>(), functions<double>()};
  return table;
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
