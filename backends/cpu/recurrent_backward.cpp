#include <carousel/backends/cpu/recurrent_plan.h>
#include <carousel/backends/cpu/recurrent_products.h>

namespace carousel::cpu {
namespace {

using std::int64_t;

struct Buffers {
  Workspace recurrent_kernel, states, dbias, first_steps, starts, live, product_rows;
};
Buffers& buffers() {
  thread_local Buffers mine;
  return mine;
}

template <class T>
class Backward {
 public:
  Backward(const RecurrentBackward<T>& args, T* dgates)
      : a_(args),
        s_(args.sizes),
        gemm_(gemm_kernels<T>()),
        kernels_(recurrent_kernels<T>()),
        cell_(recurrent_cell(args.spec, args.recurrent_mask.by_gate())),
        layout_(cell_, args.sizes.units, kernels_.lanes),
        width_(2 * kernels_.lanes),
        state_panels_((args.sizes.units + width_ - 1) / width_),
        step_(args.sizes.batch * layout_.state_stride),
        dgates_(dgates),
        live_(find_live_rows(args.spec, args.sizes, args.mask, buffers().starts, buffers().live)),
        initial_h_(buffers().states.get<T>(2 * step_ + 3 * panel_elements())),
        products_(args, layout_, live_, dgates, initial_h_) {
    Buffers& b = buffers();
    recurrent_kernel_ = b.recurrent_kernel.get<T>(pack_offset(cell_.phases.count));
    initial_c_ = initial_h_ + step_;
    dc_ = initial_c_ + step_;
    dh_ = dc_ + panel_elements();
    dh_kept_ = dh_ + panel_elements();
    dbias_ = b.dbias.get<T>(layout_.columns);
    if (a_.mask.data) {
      first_steps_ = b.first_steps.get<int64_t>(s_.batch);
      find_first_steps(a_.spec, s_, a_.mask, first_steps_);
    }
  }

  void run(Member& member) {
    const DenormalGuard<T> guard;
    const auto [first, last] = member.share(layout_.panels);
    begin_ = first;
    end_ = last;
    prepare();
    for (int64_t t = s_.time - 1; t >= 0; --t) step(member, t);
    member.barrier();
    finish_states();
    if (a_.dbias) store_bias();
    products_.run(member);
  }

 private:
  int64_t panel_elements() const { return s_.batch * layout_.panels * width_; }
  // Where the pack of a phase's transposed weights begins.
  int64_t pack_offset(int phase) const {
    int64_t columns = 0;
    for (int p = 0; p < phase; ++p) columns += layout_.product_columns(cell_.phases[p].product);
    return columns * layout_.panels * width_;
  }
  int64_t first_block() const { return std::min(layout_.blocks, 2 * begin_); }
  int64_t end_block() const { return std::min(layout_.blocks, 2 * end_); }
  int64_t gate_row(int64_t t) const { return live_.begin(t) * layout_.gate_stride; }
  const T* h(int64_t t) const { return t < 0 ? initial_h_ : a_.states + t * step_; }
  const T* c(int64_t t) const { return t < 0 ? initial_c_ : a_.cells + t * step_; }
  // A panel's (batch, width) scratch.
  T* panel_of(T* buffer, int64_t panel) const { return buffer + panel * s_.batch * width_; }
  int64_t panel_units(int64_t panel) const {
    return std::clamp<int64_t>(s_.units - panel * width_, 0, width_);
  }

  void prepare() {
    for (const CellPhase& phase : cell_.phases)
      for_products(phase, [&](const CellProduct& product, const T*, int64_t offset) {
        pack_transposed(layout_, product, s_.units, a_.recurrent_kernel, begin_,
                        std::min(end_, state_panels_), recurrent_kernel_ + offset);
      });
    const int64_t first = begin_ * s_.batch * width_, last = end_ * s_.batch * width_;
    std::fill(dc_ + first, dc_ + last, T(0));
    std::fill(dh_kept_ + first, dh_kept_ + last, T(0));
    for (int section = 0; section < cell_.sections.count; ++section)
      std::fill(dbias_ + layout_.at(section, first_block()),
                dbias_ + layout_.at(section, end_block()), T(0));
    for (int64_t panel = begin_; panel < end_; ++panel) {
      load_panel(a_.initial_h, panel, initial_h_ + panel * width_, layout_.state_stride);
      load_panel(a_.initial_c, panel, initial_c_ + panel * width_, layout_.state_stride);
      if (a_.dc_n) load_panel(a_.dc_n, panel, panel_of(dc_, panel), width_);
    }
  }

  // A panel's units of a dense (batch, units) matrix; zeros for none.
  void load_panel(const T* from, int64_t panel, T* to, int64_t stride) const {
    const int64_t units = panel_units(panel);
    const int64_t padded = std::min(width_, layout_.padded - panel * width_);
    for (int64_t b = 0; b < s_.batch; ++b) {
      std::fill_n(to + b * stride, padded, T(0));
      if (from) std::copy_n(from + b * s_.units + panel * width_, units, to + b * stride);
    }
  }

  // dh of the step before the product: from the output, from masked steps, from the end.
  void gather_dh(int64_t t, int64_t panel, T* dh) const {
    const int64_t units = panel_units(panel), unit = panel * width_;
    const int64_t xt = input_step(a_.spec, s_, t);
    const T* kept = panel_of(dh_kept_, panel);
    for (int64_t b = 0; b < s_.batch; ++b, dh += width_, kept += width_) {
      std::copy_n(kept, width_, dh);
      const bool counts = !a_.mask.data || a_.mask.data[b * a_.mask.batch + xt * a_.mask.time];
      if (a_.dy.data && (counts || !output_is_zero(a_.spec, counts, t, first_steps_[b]))) {
        const T* dy = a_.dy.data + b * a_.dy.batch + t * a_.dy.time + unit;
        for (int64_t u = 0; u < units; ++u) dh[u] += dy[u];
      }
      if (a_.dh_n && t == s_.time - 1)
        for (int64_t u = 0; u < units; ++u) dh[u] += a_.dh_n[b * s_.units + unit + u];
    }
  }

  // Calls f(product, mask, where its pack begins) for what the phase multiplies, once for each
  // mask.
  template <class F>
  void for_products(const CellPhase& phase, const F& f) const {
    int64_t offset = pack_offset(static_cast<int>(&phase - cell_.phases.begin()));
    if (!a_.recurrent_mask.by_gate()) return f(phase.product, a_.recurrent_mask.data, offset);
    for (const CellColumns& part : phase.product) {
      const CellProduct one{{part}, 1};
      f(one, a_.recurrent_mask.of(part.first), offset);
      offset += layout_.product_columns(one) * layout_.panels * width_;
    }
  }

  // d += dgates(t) U^T for one panel of units, where the phase multiplied what d is of.
  void product(const CellPhase& phase, int64_t t, int64_t panel, T* d) const {
    const int64_t count = live_.count(t);
    if (panel >= state_panels_ || count == 0) return;
    for_products(phase, [&](const CellProduct& product, const T* mask, int64_t offset) {
      const bool direct = !live_.rows(t) && !mask;
      T* const to = direct ? d : begin_product(live_.rows(t), count, mask != nullptr, d);
      const int64_t k = layout_.product_columns(product);
      const T* from = dgates_ + gate_row(t) + layout_.begin[product[0].section];
      for (int64_t kb = 0; kb < block_count_k(k); ++kb) {
        const int64_t size = block_size_k(k, kb);
        const T* pack =
            recurrent_kernel_ + offset + panel_offset(k, state_panels_, width_, kb, panel);
        gemm_.block({count, width_, size, from + kb * kGemmBlockK, layout_.gate_stride, pack,
                     width_ * size, width_, to, width_, true});
      }
      if (!direct) end_product(live_.rows(t), count, mask, panel, to, d);
    });
  }

  // The rows of d that count side by side; zeros where the sum is to be masked.
  T* begin_product(const std::int32_t* rows, int64_t count, bool masked, const T* d) const {
    T* const to = buffers().product_rows.template get<T>(count * width_);
    if (masked) {
      std::fill_n(to, count * width_, T(0));
      return to;
    }
    for (int64_t i = 0; i < count; ++i) std::copy_n(d + rows[i] * width_, width_, to + i * width_);
    return to;
  }

  void end_product(const std::int32_t* rows, int64_t count, const T* mask, int64_t panel,
                   const T* from, T* d) const {
    for (int64_t i = 0; i < count; ++i, from += width_) {
      const int64_t b = rows ? rows[i] : i;
      if (!mask) {
        std::copy_n(from, width_, d + b * width_);
        continue;
      }
      const T* factors = mask + b * s_.units + panel * width_;
      for (int64_t u = 0; u < panel_units(panel); ++u) d[b * width_ + u] += from[u] * factors[u];
    }
  }

  void products_of_state(int64_t t, int64_t panel, T* dh) const {
    for (const CellPhase& phase : cell_.phases)
      if (phase.source == CellSource::state) product(phase, t, panel, dh);
  }

  void step(Member& member, int64_t t) const {
    for (int p = cell_.phases.count - 1; p >= 0; --p) {
      member.barrier();  // all dgates that the phase multiplies are there
      for (int64_t panel = begin_; panel < end_; ++panel) {
        T* d = panel_of(dh_, panel);
        if (p + 1 == cell_.phases.count) {
          gather_dh(t, panel, d);
          if (t + 1 < s_.time) products_of_state(t + 1, panel, d);
          begin_dh_before(t, panel, d);
        } else {
          std::fill_n(d, s_.batch * width_, T(0));
          product(cell_.phases[p + 1], t, panel, d);
        }
        for (int64_t half = 0; half < 2 && 2 * panel + half < layout_.blocks; ++half)
          pointwise(cell_.phases[p], t, panel, half);
      }
    }
  }

  // Rows that don't count hand dh on as it is.
  void begin_dh_before(int64_t t, int64_t panel, const T* d) const {
    if (!live_.list && !cell_.passes_state) return;  // it is 0, and stays so
    T* kept = panel_of(dh_kept_, panel);
    std::fill_n(kept, s_.batch * width_, T(0));
    live_.for_others(t, [&](int64_t b) { std::copy_n(d + b * width_, width_, kept + b * width_); });
  }

  void pointwise(const CellPhase& phase, int64_t t, int64_t panel, int64_t half) const {
    const int64_t block = 2 * panel + half, unit = block * layout_.lanes;
    const int64_t lane = half * layout_.lanes;
    CellGradientBlock<T> b{};
    b.spec = &a_.spec;
    b.rows = live_.count(t);
    b.list = live_.rows(t);
    b.units = layout_.real(block);
    b.gate_stride = layout_.gate_stride;
    layout_.point_at(a_.gates + gate_row(t), block, b.gates);
    layout_.point_at(dgates_ + gate_row(t), block, b.dgates);
    layout_.point_at(dbias_, block, b.dbias);
    b.h_before = h(t - 1) + unit;
    b.h = h(t) + unit;
    if (cell_.has_cell_state) b.c_before = c(t - 1) + unit, b.c = c(t) + unit;
    b.state_stride = layout_.state_stride;
    if (!layout_.is_full(block))
      layout_.clear_padding(block, s_.batch, panel_of(dh_, panel) + lane, width_);
    b.d = panel_of(dh_, panel) + lane;
    b.dh_before = panel_of(dh_kept_, panel) + lane;
    b.dc = panel_of(dc_, panel) + lane;
    b.d_stride = width_;
    kernels_.backward[static_cast<std::size_t>(phase.pointwise)](b);
  }

  void finish_states() const {
    for (int64_t panel = begin_; panel < end_; ++panel) {
      const int64_t units = panel_units(panel);
      T* dh = panel_of(dh_kept_, panel);
      if (a_.dinitial_h) products_of_state(0, panel, dh);
      for (int64_t b = 0; b < s_.batch; ++b) {
        const int64_t at = b * s_.units + panel * width_;
        if (a_.dinitial_h) std::copy_n(dh + b * width_, units, a_.dinitial_h + at);
        if (a_.dinitial_c)
          std::copy_n(panel_of(dc_, panel) + b * width_, units, a_.dinitial_c + at);
      }
    }
  }

  void store_bias() const {
    deinterleave(layout_, cell_.input, dbias_, first_block(), end_block(), a_.dbias);
    if (cell_.bias_rows < 2) return;
    for (const CellPhase& phase : cell_.phases)
      deinterleave(layout_, phase.product, dbias_, first_block(), end_block(),
                   a_.dbias + cell_.kernel_gates * s_.units);
  }

  const RecurrentBackward<T>& a_;
  const RecurrentSizes& s_;
  const GemmKernels<T>& gemm_;
  const RecurrentKernels<T>& kernels_;
  const RecurrentCell& cell_;
  const GateLayout layout_;
  const int64_t width_;  // of a panel: two blocks of units
  const int64_t state_panels_;
  const int64_t step_;
  T* const dgates_;
  const LiveRows live_;
  T* const initial_h_;
  const RecurrentProducts<T> products_;
  T *recurrent_kernel_, *initial_c_, *dc_, *dh_, *dh_kept_, *dbias_;
  int64_t* first_steps_ = nullptr;
  int64_t begin_ = 0, end_ = 0;  // this member's panels
};

}  // namespace

template <class T>
void recurrent_backward(const RecurrentBackward<T>& args) {
  const GateLayout layout(recurrent_cell(args.spec, args.recurrent_mask.by_gate()),
                          args.sizes.units, recurrent_kernels<T>().lanes);
  Workspace own;
  T* dgates = args.dgates ? args.dgates
                          : own.get<T>(args.sizes.time * args.sizes.batch * layout.gate_stride);
  const Backward<T> plan(args, dgates);
  run_team(recurrent_threads(layout, args.sizes), [&](Member& member) {
    Backward<T> part = plan;  // buffers are the caller's
    part.run(member);
  });
}

template void recurrent_backward(const RecurrentBackward<float>&);
template void recurrent_backward(const RecurrentBackward<double>&);

}  // namespace carousel::cpu
