// The rows that convolutions multiply, and back: im2col, col2im.
#include <cstring>

#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/simd/window.h>
#include <carousel/backends/cpu/windows.h>

namespace carousel::cpu {
namespace {

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

// Pixels side by side that are so in the row, too.
struct Piece {
  int64_t pixel, place, count;
};

void find_pieces(const Seen& seen, bool join, std::vector<Piece>& pieces) {
  pieces.clear();
  for (int t = 0; t < seen.count(); ++t) {
    const int64_t pixel = seen.pixel(t), place = seen.place(t);
    if (join && !pieces.empty()) {
      Piece& last = pieces.back();
      if (pixel == last.pixel + last.count && place == last.place + last.count) {
        ++last.count;
        continue;
      }
    }
    pieces.push_back({pixel, place, 1});
  }
}

// Calls begin(row, rows, seen) for neighbours, then body(pixels, places, elements) for all they
// see.
template <class T, class Begin, class Body>
void for_pieces(const WindowArgs& args, int64_t first, int64_t last, const Operand& images,
                const Operand& rows, const Begin& begin, const Body& body) {
  const WindowGeometry& g = args.geometry;
  const Windows windows(g);
  const int64_t channels = args.group_channels, width = pixels(g.size) * channels;
  std::vector<Piece> pieces;
  for_runs(windows, args.first_row + first, args.first_row + last,
           [&](int64_t image, int64_t window, int64_t count, const Seen& seen) {
             T* from =
                 window_memory<T>(images) + image * pixels(g.in) * g.channels + args.first_channel;
             T* row = window_memory<T>(rows) +
                      (image * windows.count() + window - args.first_row) * width;
             begin(row, count, seen);
             find_pieces(seen, channels == g.channels, pieces);
             for (int64_t i = 0; i < count; ++i, from += g.stride[2] * g.channels, row += width)
               for (const Piece& piece : pieces)
                 body(from + piece.pixel * g.channels, row + piece.place * channels,
                      piece.count * channels);
           });
}

template <class T>
void im2col(Context&, const WindowArgs& args) {
  const int64_t places = pixels(args.geometry.size), width = places * args.group_channels;
  const auto clear = [&](T* row, int64_t count, const Seen& seen) {
    if (seen.count() < places) std::fill(row, row + count * width, T(0));
  };
  const auto copy = [](const T* pixel, T* place, int64_t count) {
    std::memcpy(place, pixel, static_cast<std::size_t>(count) * sizeof(T));
  };
  parallel_for(args.rows, std::max<int64_t>(1, kLightGrain / 2 / (width + 16)),
               [&](int64_t begin, int64_t end) {
                 for_pieces<T>(args, begin, end, args.x, args.out, clear, copy);
               });
}

// Rows of whole images; what they add comes on top of what is there.
template <class T>
void col2im(Context&, const WindowArgs& args) {
  const WindowTable& table = CAROUSEL_SIMD_SELECT(window_table);
  const WindowFunctions& f = args.dtype == carousel::f32 ? table.f32 : table.f64;
  const auto add = [&](T* pixel, const T* place, int64_t count) { f.add(place, count, pixel); };
  const int64_t each = pixels(args.geometry.out);
  parallel_for(args.rows / each, 1, [&](int64_t begin, int64_t end) {
    for_pieces<T>(
        args, begin * each, end * each, args.out, args.x, [](T*, int64_t, const Seen&) {}, add);
  });
}

}  // namespace

Windows::Windows(const WindowGeometry& geometry) : g_(geometry) {
  if (g_.stride[2] == 0) return;
  const int64_t room = g_.in[2] - 1 - (g_.size[2] - 1) * g_.dilation[2] + g_.before[2];
  first_inside_ = (g_.before[2] + g_.stride[2] - 1) / g_.stride[2];
  end_inside_ = room < 0 ? 0 : std::min(room / g_.stride[2] + 1, g_.out[2]);
}

void Windows::see(int64_t window, Seen& seen) const {
  const int64_t column = window % g_.out[2], line = window / g_.out[2];
  const Span d = span_of(g_, 0, line / g_.out[1]), h = span_of(g_, 1, line % g_.out[1]),
             w = span_of(g_, 2, column);
  seen.clear();
  for (int64_t i = d.begin; i < d.end; ++i)
    for (int64_t j = h.begin; j < h.end; ++j)
      for (int64_t k = w.begin; k < w.end; ++k)
        seen.add(((d.first + i * d.step) * g_.in[1] + h.first + j * h.step) * g_.in[2] + w.first +
                     k * w.step,
                 (i * g_.size[1] + j) * g_.size[2] + k);
}

void add_window_row_kernels(KernelTables& tables) {
  tables.window.at(Kernel::im2col, f32) = im2col<float>;
  tables.window.at(Kernel::im2col, f64) = im2col<double>;
  tables.window.at(Kernel::col2im, f32) = col2im<float>;
  tables.window.at(Kernel::col2im, f64) = col2im<double>;
}

}  // namespace carousel::cpu
