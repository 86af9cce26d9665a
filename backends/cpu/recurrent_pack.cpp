#include <carousel/backends/cpu/recurrent_pack.h>

#include <cstring>

namespace carousel::cpu {
namespace {

using std::int64_t;

// n columns of k rows; whole vectors of the usual widths as constant-size copies.
template <int W, class T>
void copy_whole(int64_t k, const T* from, int64_t from_stride, T* to, int64_t to_stride) {
  for (int64_t p = 0; p < k; ++p)
    std::memcpy(to + p * to_stride, from + p * from_stride, W * sizeof(T));
}

template <class T>
void copy_columns(int64_t k, int64_t n, const T* from, int64_t from_stride, T* to,
                  int64_t to_stride) {
  if (n == 16) return copy_whole<16>(k, from, from_stride, to, to_stride);
  if (n == 8) return copy_whole<8>(k, from, from_stride, to, to_stride);
  if (n == 4) return copy_whole<4>(k, from, from_stride, to, to_stride);
  for (int64_t p = 0; p < k; ++p)
    for (int64_t j = 0; j < n; ++j) to[p * to_stride + j] = from[p * from_stride + j];
}

template <class T>
void clear_columns(int64_t k, int64_t n, T* to, int64_t to_stride) {
  for (int64_t p = 0; p < k && n > 0; ++p) std::fill_n(to + p * to_stride, n, T(0));
}

}  // namespace

template <class T>
void pack_gate_columns(const GateLayout& layout, int64_t k, const T* weights, int64_t begin,
                       int64_t end, T* packed) {
  constexpr int64_t kRows = 16;  // read side by side: as many streams as a prefetcher follows
  const int64_t lanes = layout.lanes, width = 2 * lanes, row = kGates * layout.units;
  for (int64_t first = 0; first < k; first += kRows) {
    const int64_t kb = first / kGemmBlockK, rows = std::min(kRows, k - first);
    for (int64_t gate = 0; gate < kGates; ++gate)
      for (int64_t block = begin; block < end; ++block) {
        T* to = packed + panel_offset(k, layout.blocks, 2 * width, kb, block) +
                gate / 2 * width * block_size_k(k, kb) + gate % 2 * lanes +
                (first - kb * kGemmBlockK) * width;
        const int64_t real = layout.real(block);
        const T* from = weights + first * row + gate * layout.units + block * lanes;
        if (real > 0) copy_columns(rows, real, from, row, to, width);
        clear_columns(rows, lanes - real, to + real, width);
      }
  }
}

template <class T>
void pack_transposed(const GateLayout& layout, int64_t n, const T* weights, int64_t begin,
                     int64_t end, T* packed) {
  const int64_t lanes = layout.lanes, width = 2 * lanes, k = layout.columns;
  const int64_t panels = (n + width - 1) / width;
  for (int64_t kb = 0; kb < block_count_k(k); ++kb)
    for (int64_t panel = begin; panel < end; ++panel) {
      T* to = packed + panel_offset(k, panels, width, kb, panel);
      const int64_t columns = std::min(width, n - panel * width);
      for (int64_t p = 0; p < block_size_k(k, kb); p += lanes, to += lanes * width) {
        const int64_t vector = (kb * kGemmBlockK + p) / lanes;  // one gate of one block of units
        const int64_t block = vector / kGates, real = layout.real(block);
        const T* from = weights + panel * width * kGates * layout.units +
                        vector % kGates * layout.units + block * lanes;
        std::fill_n(to, lanes * width, T(0));
        for (int64_t j = 0; j < columns; ++j, from += kGates * layout.units)
          for (int64_t lane = 0; lane < real; ++lane) to[lane * width + j] = from[lane];
      }
    }
}

template <class T>
void interleave_row(const GateLayout& layout, const T* keras, int64_t begin, int64_t end, T* row) {
  for (int64_t block = begin; block < end; ++block)
    for (int64_t gate = 0; gate < kGates; ++gate) {
      T* to = row + (block * kGates + gate) * layout.lanes;
      const int64_t real = layout.real(block);
      std::copy_n(keras + gate * layout.units + block * layout.lanes, real, to);
      std::fill_n(to + real, layout.lanes - real, T(0));
    }
}

template <class T>
void deinterleave_row(const GateLayout& layout, const T* row, int64_t begin, int64_t end,
                      T* keras) {
  for (int64_t block = begin; block < end; ++block)
    for (int64_t gate = 0; gate < kGates; ++gate)
      std::copy_n(row + (block * kGates + gate) * layout.lanes, layout.real(block),
                  keras + gate * layout.units + block * layout.lanes);
}

template <class T>
void pack_keras_columns(const GateLayout& layout, int64_t k, const T* rows, int64_t row_stride,
                        int64_t first, int64_t n, T* packed) {
  const int64_t lanes = layout.lanes, width = 2 * lanes;
  for (int64_t j = 0; j < n; j += width, packed += width * k) {
    const int64_t columns = std::min(width, n - j);
    for (int64_t done = 0; done < columns;) {
      const int64_t gate = (first + j + done) / layout.units;
      const int64_t unit = (first + j + done) % layout.units, lane = unit % lanes;
      const int64_t run = std::min({columns - done, lanes - lane, layout.units - unit});
      const int64_t column = (unit / lanes * kGates + gate) * lanes + lane;
      copy_columns(k, run, rows + column, row_stride, packed + done, width);
      done += run;
    }
    clear_columns(k, width - columns, packed + columns, width);
  }
}

#define CAROUSEL_INSTANTIATE(T)                                                                \
  template void pack_gate_columns(const GateLayout&, int64_t, const T*, int64_t, int64_t, T*); \
  template void pack_transposed(const GateLayout&, int64_t, const T*, int64_t, int64_t, T*);   \
  template void interleave_row(const GateLayout&, const T*, int64_t, int64_t, T*);             \
  template void deinterleave_row(const GateLayout&, const T*, int64_t, int64_t, T*);           \
  template void pack_keras_columns(const GateLayout&, int64_t, const T*, int64_t, int64_t,     \
                                   int64_t, T*);
CAROUSEL_INSTANTIATE(float)
CAROUSEL_INSTANTIATE(double)
#undef CAROUSEL_INSTANTIATE

}  // namespace carousel::cpu
