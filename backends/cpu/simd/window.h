// Windows of a sliding kernel: `taps` point to the pixels that the first one sees, of n channels
// each.
#pragma once

#include <cstdint>

#include <carousel/backends/cpu/level.h>

namespace carousel::cpu {

// Neighbours that see alike: their taps are x_step elements apart, their results y_step.
struct WindowRun {
  std::int64_t count, x_step, y_step;
};

struct WindowFunctions {
  using Taps = const void* const*;
  using OutTaps = void* const*;
  // y = the largest tap, a channel; NaN wins.
  void (*max)(WindowRun run, Taps x, int taps, std::int64_t n, void* y);
  // dy is added to dx where x is the first largest.
  void (*max_grad)(WindowRun run, Taps x, OutTaps dx, int taps, std::int64_t n, const void* dy);
  // y = the taps' sum times factor.
  void (*average)(WindowRun run, Taps x, int taps, std::int64_t n, double factor, void* y);
  // dx += dy factor, each tap.
  void (*spread)(WindowRun run, OutTaps dx, int taps, std::int64_t n, double factor,
                 const void* dy);
  // y += x
  void (*add)(const void* x, std::int64_t n, void* y);
  // y[c m + j] = the sum of x[c] w[c m + j] over taps, and its gradients (which add).
  void (*depthwise)(WindowRun run, Taps x, Taps w, int taps, std::int64_t n, std::int64_t m,
                    void* y);
  void (*depthwise_grad_x)(WindowRun run, OutTaps dx, Taps w, int taps, std::int64_t n,
                           std::int64_t m, const void* dy);
  void (*depthwise_grad_w)(WindowRun run, Taps x, OutTaps dw, int taps, std::int64_t n,
                           std::int64_t m, const void* dy);
};

struct WindowTable {
  WindowFunctions f32, f64;
};

CAROUSEL_SIMD_DECLARE(WindowTable, window_table)

}  // namespace carousel::cpu
