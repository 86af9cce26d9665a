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

template <class T>
void max(Taps x, int taps, std::int64_t n, void* y) {
  write(out<T>(y), n, [&](std::int64_t c, std::int64_t k) {
    Vec<T> m = load_n(in<T>(x[0]) + c, k);
    for (int t = 1; t < taps; ++t) m = larger(m, load_n(in<T>(x[t]) + c, k));
    return m;
  });
}

template <class T>
void max_grad(Taps x, OutTaps dx, int taps, std::int64_t n, const void* dy_at) {
  const T* dy = in<T>(dy_at);
  for (std::int64_t c = 0; c < n; ++c) {
    int first = 0;
    T most = in<T>(x[0])[c];
    for (int t = 1; t < taps; ++t) {
      const T value = in<T>(x[t])[c];
      if (value > most || (value != value && most == most)) first = t, most = value;
    }
    out<T>(dx[first])[c] += dy[c];
  }
}

template <class T>
void average(Taps x, int taps, std::int64_t n, double factor, void* y) {
  const Vec<T> f(static_cast<T>(factor));
  write(out<T>(y), n, [&](std::int64_t c, std::int64_t k) {
    Vec<T> sum = load_n(in<T>(x[0]) + c, k);
    for (int t = 1; t < taps; ++t) sum = sum + load_n(in<T>(x[t]) + c, k);
    return sum * f;
  });
}

template <class T>
void spread(OutTaps dx, int taps, std::int64_t n, double factor, const void* dy) {
  const Vec<T> f(static_cast<T>(factor));
  for (int t = 0; t < taps; ++t) {
    T* to = out<T>(dx[t]);
    write(to, n, [&](std::int64_t c, std::int64_t k) {
      return fma(load_n(in<T>(dy) + c, k), f, load_n(to + c, k));
    });
  }
}

template <class T>
void add(const void* x, std::int64_t n, void* y_at) {
  T* y = out<T>(y_at);
  write(y, n,
        [&](std::int64_t c, std::int64_t k) { return load_n(y + c, k) + load_n(in<T>(x) + c, k); });
}

template <class T>
void depthwise(Taps x, Taps w, int taps, std::int64_t n, std::int64_t m, void* y_at) {
  T* y = out<T>(y_at);
  if (m == 1)
    return write(y, n, [&](std::int64_t c, std::int64_t k) {
      Vec<T> sum(T(0));
      for (int t = 0; t < taps; ++t)
        sum = fma(load_n(in<T>(x[t]) + c, k), load_n(in<T>(w[t]) + c, k), sum);
      return sum;
    });
  for (std::int64_t c = 0; c < n; ++c)
    for (std::int64_t j = 0; j < m; ++j) {
      T sum = 0;
      for (int t = 0; t < taps; ++t) sum += in<T>(x[t])[c] * in<T>(w[t])[c * m + j];
      y[c * m + j] = sum;
    }
}

template <class T>
void depthwise_grad_x(OutTaps dx, Taps w, int taps, std::int64_t n, std::int64_t m,
                      const void* dy_at) {
  const T* dy = in<T>(dy_at);
  for (int t = 0; t < taps; ++t) {
    T* to = out<T>(dx[t]);
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
}

template <class T>
void depthwise_grad_w(Taps x, OutTaps dw, int taps, std::int64_t n, std::int64_t m,
                      const void* dy_at) {
  const T* dy = in<T>(dy_at);
  for (int t = 0; t < taps; ++t) {
    T* to = out<T>(dw[t]);
    const T* from = in<T>(x[t]);
    if (m == 1) {
      write(to, n, [&](std::int64_t c, std::int64_t k) {
        return fma(load_n(from + c, k), load_n(dy + c, k), load_n(to + c, k));
      });
      continue;
    }
    for (std::int64_t c = 0; c < n; ++c)
      for (std::int64_t j = 0; j < m; ++j) to[c * m + j] += from[c] * dy[c * m + j];
  }
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
