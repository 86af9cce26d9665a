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

// A gate of the matrix of weights, for one block of units.
struct GateVector {
  int64_t gate, block;
};

// The vector at an interleaved column of a product.
GateVector vector_at(const GateLayout& layout, const CellProduct& product, int64_t column) {
  const CellColumns* part = product.begin();
  for (; column >= layout.gates(part->section) * layout.padded; ++part)
    column -= layout.gates(part->section) * layout.padded;
  const int64_t vector = column / layout.lanes, gates = layout.gates(part->section);
  return {part->first + vector % gates, vector / gates};
}

}  // namespace

GateLayout::GateLayout(const RecurrentCell& cell_, int64_t units_, int64_t lanes_)
    : cell(&cell_),
      units(units_),
      lanes(lanes_),
      padded(recurrent_padded_units(units_)),
      blocks(padded / lanes_),
      panels((padded + 2 * lanes_ - 1) / (2 * lanes_)),
      columns(cell_.gates * padded),
      begin{},
      gate_begin{},
      gate_step{},
      group(1),
      gate_stride(recurrent_gate_stride(cell_, units_)),
      state_stride(recurrent_state_stride(units_)) {
  for (int s = 0, before = 0; s < cell->sections.count; before += gates(s++)) {
    begin[s] = before * padded;
    for (int gate = 0; gate < gates(s); ++gate) {
      gate_begin[before + gate] = begin[s] + gate * lanes;
      gate_step[before + gate] = gates(s) * lanes;
    }
    if (gates(s) % 2 != 0) group = 2;
  }
}

int64_t GateLayout::product_columns(const CellProduct& product) const {
  int64_t sum = 0;
  for (const CellColumns& part : product) sum += gates(part.section) * padded;
  return sum;
}

int64_t pack_size(const GateLayout& layout, const CellProduct& product, int64_t k) {
  int64_t sum = 0;
  for (const CellColumns& part : product)
    sum += section_panels(layout, part.section) * 2 * layout.lanes * k;
  return sum;
}

template <class T>
void pack_gate_columns(const GateLayout& layout, const CellProduct& product, int64_t k,
                       const T* weights, int64_t begin, int64_t end, T* packed) {
  constexpr int64_t kRows = 16;  // read side by side: as many streams as a prefetcher follows
  const int64_t lanes = layout.lanes, width = 2 * lanes;
  const int64_t row = layout.cell->kernel_gates * layout.units;
  for (const auto& [section, first_gate] : product) {
    const int64_t gates = layout.gates(section), panels = section_panels(layout, section);
    // The vector beside the last one, if any, is of no gate.
    const int64_t end_vector = end == layout.blocks ? 2 * panels : end * gates;
    for (int64_t first = 0; first < k; first += kRows) {
      const int64_t kb = first / kGemmBlockK, rows = std::min(kRows, k - first);
      for (int64_t gate = 0; gate < gates; ++gate)
        for (int64_t vector = begin * gates + gate; vector < end_vector; vector += gates) {
          T* to = packed + panel_offset(k, panels, width, kb, vector / 2) + vector % 2 * lanes +
                  (first - kb * kGemmBlockK) * width;
          const int64_t block = vector / gates, real = layout.real(block);
          const T* from =
              weights + first * row + (first_gate + gate) * layout.units + block * lanes;
          if (real > 0) copy_columns(rows, real, from, row, to, width);
          clear_columns(rows, lanes - real, to + real, width);
        }
    }
    packed += panels * width * k;
  }
}

template <class T>
void pack_transposed(const GateLayout& layout, const CellProduct& product, int64_t n,
                     const T* weights, int64_t begin, int64_t end, T* packed) {
  const int64_t lanes = layout.lanes, width = 2 * lanes, k = layout.product_columns(product);
  const int64_t panels = (n + width - 1) / width, row = layout.cell->kernel_gates * layout.units;
  for (int64_t kb = 0; kb < block_count_k(k); ++kb)
    for (int64_t panel = begin; panel < end; ++panel) {
      T* to = packed + panel_offset(k, panels, width, kb, panel);
      const int64_t columns = std::min(width, n - panel * width);
      for (int64_t p = 0; p < block_size_k(k, kb); p += lanes, to += lanes * width) {
        const GateVector vector = vector_at(layout, product, kb * kGemmBlockK + p);
        const int64_t real = layout.real(vector.block);
        const T* from =
            weights + panel * width * row + vector.gate * layout.units + vector.block * lanes;
        gemm_kernels<T>().pack_b(real, columns, from, 1, row, to);
        std::fill(to + real * width, to + lanes * width, T(0));
      }
    }
}

template <class T>
void add_interleaved(const GateLayout& layout, const CellProduct& product, const T* keras,
                     int64_t begin, int64_t end, T* row) {
  for (const auto& [section, first] : product)
    for (int64_t block = begin; block < end; ++block)
      for (int64_t gate = 0; gate < layout.gates(section); ++gate) {
        T* to = row + layout.at(section, block) + gate * layout.lanes;
        const T* from = keras + (first + gate) * layout.units + block * layout.lanes;
        for (int64_t lane = 0; lane < layout.real(block); ++lane) to[lane] += from[lane];
      }
}

template <class T>
void deinterleave(const GateLayout& layout, const CellProduct& product, const T* row, int64_t begin,
                  int64_t end, T* keras) {
  for (const auto& [section, first] : product)
    for (int64_t block = begin; block < end; ++block)
      for (int64_t gate = 0; gate < layout.gates(section); ++gate)
        std::copy_n(row + layout.at(section, block) + gate * layout.lanes, layout.real(block),
                    keras + (first + gate) * layout.units + block * layout.lanes);
}

template <class T>
void pack_section_columns(const GateLayout& layout, int section, int64_t k, const T* rows,
                          int64_t first, int64_t n, T* packed) {
  const int64_t lanes = layout.lanes, width = 2 * lanes;
  for (int64_t j = 0; j < n; j += width, packed += width * k) {
    const int64_t columns = std::min(width, n - j);
    for (int64_t done = 0; done < columns;) {
      const int64_t gate = (first + j + done) / layout.units;
      const int64_t unit = (first + j + done) % layout.units, lane = unit % lanes;
      const int64_t run = std::min({columns - done, lanes - lane, layout.units - unit});
      const T* from = rows + layout.at(section, unit / lanes) + gate * lanes + lane;
      copy_columns(k, run, from, layout.gate_stride, packed + done, width);
      done += run;
    }
    clear_columns(k, width - columns, packed + columns, width);
  }
}

#define CAROUSEL_INSTANTIATE(T)                                                                    \
  template void pack_gate_columns(const GateLayout&, const CellProduct&, int64_t, const T*,        \
                                  int64_t, int64_t, T*);                                           \
  template void pack_transposed(const GateLayout&, const CellProduct&, int64_t, const T*, int64_t, \
                                int64_t, T*);                                                      \
  template void add_interleaved(const GateLayout&, const CellProduct&, const T*, int64_t, int64_t, \
                                T*);                                                               \
  template void deinterleave(const GateLayout&, const CellProduct&, const T*, int64_t, int64_t,    \
                             T*);                                                                  \
  template void pack_section_columns(const GateLayout&, int, int64_t, const T*, int64_t, int64_t,  \
                                     T*);
CAROUSEL_INSTANTIATE(float)
CAROUSEL_INSTANTIATE(double)
#undef CAROUSEL_INSTANTIATE

}  // namespace carousel::cpu
