#include <carousel/backends/cpu/recurrent_transposed.h>

namespace carousel::cpu {
namespace {

using std::int64_t;

struct Buffers {
  Workspace recurrent_kernel, projection, rows;
};
Buffers& buffers() {
  thread_local Buffers mine;
  return mine;
}

}  // namespace

template <class T>
RecurrentTransposed<T>::RecurrentTransposed(const RecurrentBackward<T>& args,
                                            const GateLayout& layout,
                                            const GateLayout& state_layout, const LiveRows& live,
                                            const T* dgates, const T* dstates)
    : a_(args),
      gemm_(gemm_kernels<T>()),
      layout_(layout),
      state_layout_(state_layout),
      live_(live),
      width_(2 * layout.lanes),
      dgates_(dgates) {
  const RecurrentSizes& s = args.sizes;
  const std::int64_t panels = std::max(layout.panels, state_layout.panels);
  T* packed = buffers().recurrent_kernel.template get<T>(layout.columns * panels * width_);
  for (const CellPhase& phase : layout_.cell->phases) {
    const auto add = [&](const CellProduct& columns) {
      const Product made = product_of(phase, columns, packed);
      products_.items[products_.count++] = made;
      packed += made.k * made.panels * width_;
    };
    if (!args.recurrent_mask.by_gate()) add(phase.product);
    for (int i = 0; i < phase.product.count && args.recurrent_mask.by_gate(); ++i)
      add({{phase.product[i]}, 1});
  }
  if (!layout_.cell->projects) return;
  const std::int64_t k = state_layout.padded, n_panels = (s.units + width_ - 1) / width_;
  projection_ = {0,       state_layout.cell->input,
                 dstates, state_layout.gate_stride,
                 k,       buffers().projection.template get<T>(k * n_panels * width_),
                 s.units, n_panels,
                 nullptr};
}

template <class T>
auto RecurrentTransposed<T>::product_of(const CellPhase& phase, const CellProduct& columns,
                                        T* packed) const -> Product {
  const int64_t n = phase.source == CellSource::state ? a_.sizes.state : a_.sizes.units;
  return {static_cast<int>(&phase - layout_.cell->phases.begin()),
          columns,
          dgates_ + layout_.begin[columns[0].section],
          layout_.gate_stride,
          layout_.product_columns(columns),
          packed,
          n,
          (n + width_ - 1) / width_,
          a_.recurrent_mask.of(columns[0].first)};
}

template <class T>
void RecurrentTransposed<T>::prepare(int64_t begin, int64_t end, int64_t h_begin,
                                     int64_t h_end) const {
  for (const Product& p : products_) {
    const bool of_state = layout_.cell->phases[p.phase].source == CellSource::state;
    pack_transposed(layout_, p.columns, p.n, a_.recurrent_kernel, of_state ? h_begin : begin,
                    std::min(of_state ? h_end : end, p.panels), p.packed);
  }
  if (layout_.cell->projects)
    pack_transposed(state_layout_, projection_.columns, projection_.n, a_.projection, begin,
                    std::min(end, projection_.panels), projection_.packed);
}

template <class T>
void RecurrentTransposed<T>::add(int phase, int64_t t, Panels panels, T* d) const {
  for (const Product& p : products_)
    if (p.phase == phase) add(p, t, panels, d);
}

template <class T>
void RecurrentTransposed<T>::add_to_state(int64_t t, Panels panels, T* d) const {
  for (const Product& p : products_)
    if (layout_.cell->phases[p.phase].source == CellSource::state) add(p, t, panels, d);
}

template <class T>
void RecurrentTransposed<T>::add_projected(int64_t t, Panels panels, T* d) const {
  add(projection_, t, panels, d);
}

template <class T>
void RecurrentTransposed<T>::add(const Product& p, int64_t t, Panels panels, T* d) const {
  panels.end = std::min(panels.end, p.panels);
  if (panels.begin >= panels.end || live_.count(t) == 0) return;
  if (!live_.rows(t) && !p.mask) return multiply(p, t, panels, d);
  for (int64_t panel = panels.begin; panel < panels.end; ++panel, d += live_.batch * width_) {
    T* const to = begin_rows(t, p.mask != nullptr, d);
    multiply(p, t, {panel, panel + 1}, to);
    end_rows(t, p, panel, to, d);
  }
}

template <class T>
void RecurrentTransposed<T>::multiply(const Product& p, int64_t t, Panels panels, T* to) const {
  const T* from = p.rows + live_.begin(t) * p.stride;
  for (int64_t kb = 0; kb < block_count_k(p.k); ++kb) {
    const int64_t size = block_size_k(p.k, kb);
    const T* packed = p.packed + panel_offset(p.k, p.panels, width_, kb, panels.begin);
    gemm_.block({live_.count(t), (panels.end - panels.begin) * width_, size,
                 from + kb * kGemmBlockK, p.stride, packed, width_ * size, width_, to, width_,
                 true});
  }
}

// The rows of d that count side by side; zeros where the sum is to be masked.
template <class T>
T* RecurrentTransposed<T>::begin_rows(int64_t t, bool masked, const T* d) const {
  const int64_t count = live_.count(t);
  const std::int32_t* rows = live_.rows(t);
  T* const to = buffers().rows.template get<T>(count * width_);
  if (masked) {
    std::fill_n(to, count * width_, T(0));
    return to;
  }
  for (int64_t i = 0; i < count; ++i) std::copy_n(d + rows[i] * width_, width_, to + i * width_);
  return to;
}

template <class T>
void RecurrentTransposed<T>::end_rows(int64_t t, const Product& p, int64_t panel, const T* from,
                                      T* d) const {
  const std::int32_t* rows = live_.rows(t);
  const int64_t real = std::clamp<int64_t>(p.n - panel * width_, 0, width_);
  for (int64_t i = 0; i < live_.count(t); ++i, from += width_) {
    const int64_t b = rows ? rows[i] : i;
    if (!p.mask) {
      std::copy_n(from, width_, d + b * width_);
      continue;
    }
    const T* factors = p.mask + b * p.n + panel * width_;
    for (int64_t u = 0; u < real; ++u) d[b * width_ + u] += from[u] * factors[u];
  }
}

template class RecurrentTransposed<float>;
template class RecurrentTransposed<double>;

}  // namespace carousel::cpu
