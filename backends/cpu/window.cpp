// Sliding windows: pooling, depthwise convolution, and the rows that other convolutions multiply.
#include <algorithm>
#include <cstring>
#include <vector>

#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/loops.h>
#include <carousel/backends/cpu/simd/window.h>
#include <carousel/backends/cpu/team.h>
#include <carousel/backends/cpu/workspace.h>

namespace carousel::cpu {
namespace {

using std::int64_t;

const WindowFunctions& functions_of(DType dtype) {
  const WindowTable& table = CAROUSEL_SIMD_SELECT(window_table);
  return dtype == carousel::f32 ? table.f32 : table.f64;
}

template <class T>
T* memory(const Operand& operand) {
  return reinterpret_cast<T*>(operand.storage->host()) + operand.offset;
}

int64_t pixels(const std::array<int64_t, 3>& sizes) { return sizes[0] * sizes[1] * sizes[2]; }

// The part of one axis that a window covers: inputs first + k step, taps k in [begin, end).
struct Span {
  int64_t first, step, begin, end;
};
Span span_of(const WindowGeometry& g, std::size_t axis, int64_t i) {
  const int64_t in = g.in[axis], out = g.out[axis];
  if (g.stride[axis] == 0) {
    const int64_t first = i * in / out, end = ((i + 1) * in + out - 1) / out;
    return {first, 1, 0, end - first};
  }
  const int64_t step = g.dilation[axis], first = i * g.stride[axis] - g.before[axis];
  const int64_t begin = first >= 0 ? 0 : (-first + step - 1) / step;
  const int64_t end = first >= in ? 0 : (in - first + step - 1) / step;
  return {first, step, begin, std::min(end, g.size[axis])};
}

// What a window sees: input pixels, and which of the window's places they stand at.
struct Seen {
  std::vector<int64_t> pixel, place;
  int count() const { return static_cast<int>(pixel.size()); }
};

// The windows of one image in the order of the output.
class Windows {
 public:
  explicit Windows(const WindowGeometry& geometry) : g_(geometry) {}

  int64_t count() const { return pixels(g_.out); }
  void see(int64_t window, Seen& seen) const {
    const int64_t column = window % g_.out[2], line = window / g_.out[2];
    const Span d = span_of(g_, 0, line / g_.out[1]), h = span_of(g_, 1, line % g_.out[1]),
               w = span_of(g_, 2, column);
    seen.pixel.clear(), seen.place.clear();
    for (int64_t i = d.begin; i < d.end; ++i)
      for (int64_t j = h.begin; j < h.end; ++j)
        for (int64_t k = w.begin; k < w.end; ++k) {
          seen.pixel.push_back(((d.first + i * d.step) * g_.in[1] + h.first + j * h.step) *
                                   g_.in[2] +
                               w.first + k * w.step);
          seen.place.push_back((i * g_.size[1] + j) * g_.size[2] + k);
        }
  }

 private:
  const WindowGeometry& g_;
};

// Pointers to what is seen, `stride` elements apart.
template <class T, class P>
void point(std::vector<P>& taps, T* base, const std::vector<int64_t>& at, int64_t stride) {
  taps.clear();
  for (const int64_t i : at) taps.push_back(base + i * stride);
}

// Calls body(image, window) for all, several windows a thread.
template <class Body>
void for_windows(const WindowArgs& args, const Body& body) {
  const int64_t each = Windows(args.geometry).count(), count = args.geometry.batch * each;
  const int64_t work = args.geometry.channels * pixels(args.geometry.size) + 16;
  parallel_for(count, std::max<int64_t>(1, kLightGrain / 2 / work),
               [&](int64_t begin, int64_t end) { body(begin, end, each); });
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

template <class T>
void pool(Context&, const WindowArgs& args) {
  const WindowFunctions& f = functions_of(args.dtype);
  const WindowGeometry& g = args.geometry;
  const Windows windows(g);
  for_windows(args, [&](int64_t begin, int64_t end, int64_t each) {
    Seen seen;
    std::vector<const void*> taps;
    for (int64_t i = begin; i < end; ++i) {
      windows.see(i % each, seen);
      point(taps, memory<T>(args.x) + i / each * pixels(g.in) * g.channels, seen.pixel, g.channels);
      T* y = memory<T>(args.out) + i * g.channels;
      if (args.kernel == Kernel::max_pool)
        f.max(taps.data(), seen.count(), g.channels, y);
      else
        f.average(taps.data(), seen.count(), g.channels, 1.0 / seen.count(), y);
    }
  });
}

template <class T>
void pool_grad(Context&, const WindowArgs& args) {
  const WindowFunctions& f = functions_of(args.dtype);
  const WindowGeometry& g = args.geometry;
  const Windows windows(g);
  for_images(args, [&](int64_t image, int64_t first, int64_t channels) {
    const int64_t at = image * pixels(g.in) * g.channels + first;
    T* dx = memory<T>(args.out) + at;
    clear(dx, pixels(g.in), g.channels, channels);
    Seen seen;
    std::vector<const void*> x_taps;
    std::vector<void*> taps;
    for (int64_t i = 0; i < windows.count(); ++i) {
      windows.see(i, seen);
      point(taps, dx, seen.pixel, g.channels);
      const T* dy = memory<T>(args.dy) + (image * windows.count() + i) * g.channels + first;
      if (args.kernel == Kernel::max_pool_grad) {
        point(x_taps, memory<T>(args.x) + at, seen.pixel, g.channels);
        f.max_grad(x_taps.data(), taps.data(), seen.count(), channels, dy);
      } else {
        f.spread(taps.data(), seen.count(), channels, 1.0 / seen.count(), dy);
      }
    }
  });
}

template <class T>
void depthwise(Context&, const WindowArgs& args) {
  const WindowFunctions& f = functions_of(args.dtype);
  const WindowGeometry& g = args.geometry;
  const Windows windows(g);
  const int64_t width = g.channels * args.multiplier;
  for_windows(args, [&](int64_t begin, int64_t end, int64_t each) {
    Seen seen;
    std::vector<const void*> taps, weights;
    for (int64_t i = begin; i < end; ++i) {
      windows.see(i % each, seen);
      point(taps, memory<T>(args.x) + i / each * pixels(g.in) * g.channels, seen.pixel, g.channels);
      point(weights, memory<T>(args.weights), seen.place, width);
      f.depthwise(taps.data(), weights.data(), seen.count(), g.channels, args.multiplier,
                  memory<T>(args.out) + i * width);
    }
  });
}

template <class T>
void depthwise_grad_x(Context&, const WindowArgs& args) {
  const WindowFunctions& f = functions_of(args.dtype);
  const WindowGeometry& g = args.geometry;
  const Windows windows(g);
  const int64_t width = g.channels * args.multiplier;
  for_images(args, [&](int64_t image, int64_t first, int64_t channels) {
    T* dx = memory<T>(args.out) + image * pixels(g.in) * g.channels + first;
    clear(dx, pixels(g.in), g.channels, channels);
    Seen seen;
    std::vector<const void*> weights;
    std::vector<void*> taps;
    for (int64_t i = 0; i < windows.count(); ++i) {
      windows.see(i, seen);
      point(taps, dx, seen.pixel, g.channels);
      point(weights, memory<T>(args.weights) + first * args.multiplier, seen.place, width);
      f.depthwise_grad_x(
          taps.data(), weights.data(), seen.count(), channels, args.multiplier,
          memory<T>(args.dy) + (image * windows.count() + i) * width + first * args.multiplier);
    }
  });
}

// Each image's sums by themselves, then added in order.
template <class T>
void depthwise_grad_w(Context&, const WindowArgs& args) {
  const WindowFunctions& f = functions_of(args.dtype);
  const WindowGeometry& g = args.geometry;
  const Windows windows(g);
  const int64_t width = g.channels * args.multiplier, count = pixels(g.size) * width;
  thread_local Workspace workspace;
  T* const parts = workspace.get<T>(g.batch * count);
  parallel_for(g.batch, 1, [&](int64_t begin, int64_t end) {
    Seen seen;
    std::vector<const void*> taps;
    std::vector<void*> sums;
    for (int64_t image = begin; image < end; ++image) {
      T* part = parts + image * count;
      std::fill(part, part + count, T(0));
      for (int64_t i = 0; i < windows.count(); ++i) {
        windows.see(i, seen);
        point(taps, memory<T>(args.x) + image * pixels(g.in) * g.channels, seen.pixel, g.channels);
        point(sums, part, seen.place, width);
        f.depthwise_grad_w(taps.data(), sums.data(), seen.count(), g.channels, args.multiplier,
                           memory<T>(args.dy) + (image * windows.count() + i) * width);
      }
    }
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
void im2col(Context&, const WindowArgs& args) {
  const WindowGeometry& g = args.geometry;
  const Windows windows(g);
  const int64_t each = windows.count(), width = pixels(g.size) * args.group_channels;
  const auto bytes = static_cast<std::size_t>(args.group_channels) * sizeof(T);
  const int64_t places = pixels(g.size);
  parallel_for(args.rows, std::max<int64_t>(1, kLightGrain / 2 / (width + 16)),
               [&](int64_t begin, int64_t end) {
                 Seen seen;
                 for (int64_t r = begin; r < end; ++r) {
                   const int64_t i = args.first_row + r;
                   windows.see(i % each, seen);
                   const T* image = memory<T>(args.x) + i / each * pixels(g.in) * g.channels +
                                    args.first_channel;
                   T* row = memory<T>(args.out) + r * width;
                   if (seen.count() < places)
                     std::memset(row, 0, static_cast<std::size_t>(width) * sizeof(T));
                   for (std::size_t t = 0; t < seen.pixel.size(); ++t)
                     std::memcpy(row + seen.place[t] * args.group_channels,
                                 image + seen.pixel[t] * g.channels, bytes);
                 }
               });
}

// Rows of whole images; what they add comes on top of what is there.
template <class T>
void col2im(Context&, const WindowArgs& args) {
  const WindowFunctions& f = functions_of(args.dtype);
  const WindowGeometry& g = args.geometry;
  const Windows windows(g);
  const int64_t each = windows.count(), width = pixels(g.size) * args.group_channels;
  parallel_for(args.rows / each, 1, [&](int64_t begin, int64_t end) {
    Seen seen;
    for (int64_t r = begin * each; r < end * each; ++r) {
      const int64_t i = args.first_row + r;
      windows.see(i % each, seen);
      T* image = memory<T>(args.out) + i / each * pixels(g.in) * g.channels + args.first_channel;
      const T* row = memory<T>(args.x) + r * width;
      for (std::size_t t = 0; t < seen.pixel.size(); ++t)
        f.add(row + seen.place[t] * args.group_channels, args.group_channels,
              image + seen.pixel[t] * g.channels);
    }
  });
}

template <class T>
void add(KernelTables& tables, DType dtype) {
  tables.window.at(Kernel::im2col, dtype) = im2col<T>;
  tables.window.at(Kernel::col2im, dtype) = col2im<T>;
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
}

}  // namespace carousel::cpu
