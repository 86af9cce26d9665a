// One window of a sliding kernel: `taps` point to the pixels that it sees, of n channels each.
#pragma once

#include <cstdint>

#include <carousel/backends/cpu/level.h>

namespace carousel::cpu {

struct WindowFunctions {
  using Taps = const void* const*;
  using OutTaps = void* const*;
  // y = the largest tap, a channel; NaN wins.
  void (*max)(Taps x, int taps, std::int64_t n, void* y);
  // dy is added to dx where x is the first largest.
  void (*max_grad)(Taps x, OutTaps dx, int taps, std::int64_t n, const void* dy);
  // y = the taps' sum times factor.
  void (*average)(Taps x, int taps, std::int64_t n, double factor, void* y);
  // dx += dy factor, each tap.
  void (*spread)(OutTaps dx, int taps, std::int64_t n, double factor, const void* dy);
  // y += x
  void (*add)(const void* x, std::int64_t n, void* y);
  // y[c m + j] = the sum of x[c] w[c m + j] over taps, and its gradients (which add).
  void (*depthwise)(Taps x, Taps w, int taps, std::int64_t n, std::int64_t m, void* y);
  void (*depthwise_grad_x)(OutTaps dx, Taps w, int taps, std::int64_t n, std::int64_t m,
                           const void* dy);
  void (*depthwise_grad_w)(Taps x, OutTaps dw, int taps, std::int64_t n, std::int64_t m,
                           const void* dy);
};

struct WindowTable {
  WindowFunctions f32, f64;
};

CAROUSEL_SIMD_DECLARE(WindowTable, window_table)

}  // namespace carousel::cpu
