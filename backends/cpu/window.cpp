// Pooling and depthwise convolution, window by window.
#include <algorithm>

#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/simd/window.h>
#include <carousel/backends/cpu/windows.h>
#include <carousel/backends/cpu/workspace.h>
#include <carousel/tensor/window_geometry.h>

namespace carousel::cpu {
namespace {

const WindowFunctions& functions_of(DType dtype) {
  const WindowTable& table = CAROUSEL_SIMD_SELECT(window_table);
  return dtype == carousel::f32 ? table.f32 : table.f64;
}

template <class T>
T* memory(const Operand& operand) {
  return window_memory<T>(operand);
}

// Runs of all windows, several a thread.
template <class Body>
void for_windows(const WindowArgs& args, const Windows& windows, const Body& body) {
  const int64_t count = args.geometry.batch * windows.count();
  const int64_t work = args.geometry.channels * pixels(args.geometry.size) + 16;
  parallel_for(count, std::max<int64_t>(1, kLightGrain / 2 / work),
               [&](int64_t begin, int64_t end) { for_runs(windows, begin, end, body); });
}

// Image by image and 64 channels at a time: what overlapping windows add to one pixel is added by
// one thread, in order. body(image, first channel, channels).
template <class Body>
void for_images(const WindowArgs& args, const Body& body) {
  constexpr int64_t kChannels = 64;
  const int64_t channels = args.geometry.channels;
  const int64_t parts = (channels + kChannels - 1) / kChannels;
  parallel_for(args.geometry.batch * parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t first = i % parts * kChannels;
      body(i / parts, first, std::min(kChannels, channels - first));
    }
  });
}

template <class T>
void clear(T* image, int64_t count, int64_t stride, int64_t channels) {
  for (int64_t p = 0; p < count; ++p, image += stride) std::fill(image, image + channels, T(0));
}

// What a run of `count` windows is to the functions: `outs` elements a window.
WindowRun run_of(const WindowGeometry& g, int64_t count, int64_t outs) {
  return {count, g.stride[2] * g.channels, outs};
}

template <class T>
void pool(Context&, const WindowArgs& args) {
  const WindowFunctions& f = functions_of(args.dtype);
  const WindowGeometry& g = args.geometry;
  const Windows windows(g);
  for_windows(args, windows, [&](int64_t image, int64_t window, int64_t count, Seen& seen) {
    const auto x = seen.x_of(memory<T>(args.x) + image * pixels(g.in) * g.channels, g.channels);
    T* y = memory<T>(args.out) + (image * windows.count() + window) * g.channels;
    const WindowRun run = run_of(g, count, g.channels);
    if (args.kernel == Kernel::max_pool)
      f.max(run, x, seen.count(), g.channels, y);
    else
      f.average(run, x, seen.count(), g.channels, 1.0 / seen.count(), y);
  });
}

template <class T>
void pool_grad(Context&, const WindowArgs& args) {
  const WindowFunctions& f = functions_of(args.dtype);
  const WindowGeometry& g = args.geometry;
  const Windows windows(g);
  for_images(args, [&](int64_t image, int64_t first, int64_t channels) {
    const int64_t at = image * pixels(g.in) * g.channels + first, each = windows.count();
    T* dx = memory<T>(args.out) + at;
    clear(dx, pixels(g.in), g.channels, channels);
    for_runs(windows, image * each, (image + 1) * each,
             [&](int64_t, int64_t window, int64_t count, Seen& seen) {
               const auto out = seen.out_at_pixels(dx, g.channels);
               const T* dy = memory<T>(args.dy) + (image * each + window) * g.channels + first;
               const WindowRun run = run_of(g, count, g.channels);
               if (args.kernel == Kernel::max_pool_grad) {
                 const auto x = seen.x_of(memory<T>(args.x) + at, g.channels);
                 f.max_grad(run, x, out, seen.count(), channels, dy);
               } else {
                 f.spread(run, out, seen.count(), channels, 1.0 / seen.count(), dy);
               }
             });
  });
}

template <class T>
void depthwise(Context&, const WindowArgs& args) {
  const WindowFunctions& f = functions_of(args.dtype);
  const WindowGeometry& g = args.geometry;
  const Windows windows(g);
  const int64_t width = g.channels * args.multiplier;
  for_windows(args, windows, [&](int64_t image, int64_t window, int64_t count, Seen& seen) {
    const auto x = seen.x_of(memory<T>(args.x) + image * pixels(g.in) * g.channels, g.channels);
    f.depthwise(run_of(g, count, width), x, seen.weights_of(memory<T>(args.weights), width),
                seen.count(), g.channels, args.multiplier,
                memory<T>(args.out) + (image * windows.count() + window) * width);
  });
}

// Whether each pixel of dx is a sum over a window of dy: that of a convolution turned around.
bool is_turned(const WindowArgs& args) {
  return args.multiplier == 1 && carousel::detail::has_turned(args.geometry);
}

template <class T>
void depthwise_turned(const WindowArgs& args) {
  const WindowFunctions& f = functions_of(args.dtype);
  const WindowGeometry g = carousel::detail::turned(args.geometry, args.geometry.channels);
  const Windows windows(g);
  const int64_t places = carousel::detail::places_of(g);
  for_windows(args, windows, [&](int64_t image, int64_t window, int64_t count, Seen& seen) {
    const auto dy = seen.x_of(memory<T>(args.dy) + image * pixels(g.in) * g.channels, g.channels);
    f.depthwise(run_of(g, count, g.channels), dy,
                seen.turned_weights_of(memory<T>(args.weights), places, g.channels), seen.count(),
                g.channels, 1,
                memory<T>(args.out) + (image * windows.count() + window) * g.channels);
  });
}

template <class T>
void depthwise_grad_x(Context&, const WindowArgs& args) {
  if (is_turned(args)) return depthwise_turned<T>(args);
  const WindowFunctions& f = functions_of(args.dtype);
  const WindowGeometry& g = args.geometry;
  const Windows windows(g);
  const int64_t width = g.channels * args.multiplier, each = windows.count();
  for_images(args, [&](int64_t image, int64_t first, int64_t channels) {
    T* dx = memory<T>(args.out) + image * pixels(g.in) * g.channels + first;
    clear(dx, pixels(g.in), g.channels, channels);
    const T* dy = memory<T>(args.dy) + image * each * width + first * args.multiplier;
    for_runs(windows, image * each, (image + 1) * each,
             [&](int64_t, int64_t window, int64_t count, Seen& seen) {
               const T* weights = memory<T>(args.weights) + first * args.multiplier;
               f.depthwise_grad_x(run_of(g, count, width), seen.out_at_pixels(dx, g.channels),
                                  seen.weights_of(weights, width), seen.count(), channels,
                                  args.multiplier, dy + window * width);
             });
  });
}

// Each image's sums by themselves, then added in order.
template <class T>
void depthwise_grad_w(Context&, const WindowArgs& args) {
  const WindowFunctions& f = functions_of(args.dtype);
  const WindowGeometry& g = args.geometry;
  const Windows windows(g);
  const int64_t width = g.channels * args.multiplier, count = pixels(g.size) * width;
  const int64_t each = windows.count();
  thread_local Workspace workspace;
  T* const parts = workspace.get<T>(g.batch * count);
  parallel_for(g.batch, 1, [&](int64_t begin, int64_t end) {
    std::fill(parts + begin * count, parts + end * count, T(0));
    for_runs(windows, begin * each, end * each,
             [&](int64_t image, int64_t window, int64_t run, Seen& seen) {
               const auto x =
                   seen.x_of(memory<T>(args.x) + image * pixels(g.in) * g.channels, g.channels);
               f.depthwise_grad_w(run_of(g, run, width), x,
                                  seen.out_at_places(parts + image * count, width), seen.count(),
                                  g.channels, args.multiplier,
                                  memory<T>(args.dy) + (image * each + window) * width);
             });
  });
  T* dw = memory<T>(args.out);
  for (int64_t i = 0; i < count; ++i) {
    double sum = 0;
    for (int64_t image = 0; image < g.batch; ++image)
      sum += static_cast<double>(parts[image * count + i]);
    dw[i] = static_cast<T>(sum);
  }
}

template <class T>
void add(KernelTables& tables, DType dtype) {
  tables.window.at(Kernel::max_pool, dtype) = pool<T>;
  tables.window.at(Kernel::average_pool, dtype) = pool<T>;
  tables.window.at(Kernel::max_pool_grad, dtype) = pool_grad<T>;
  tables.window.at(Kernel::average_pool_grad, dtype) = pool_grad<T>;
  tables.window.at(Kernel::depthwise_conv, dtype) = depthwise<T>;
  tables.window.at(Kernel::depthwise_conv_grad_x, dtype) = depthwise_grad_x<T>;
  tables.window.at(Kernel::depthwise_conv_grad_w, dtype) = depthwise_grad_w<T>;
}

}  // namespace

void add_window_kernels(KernelTables& tables) {
  add<float>(tables, f32);
  add<double>(tables, f64);
  add_window_row_kernels(tables);
}

}  // namespace carousel::cpu
