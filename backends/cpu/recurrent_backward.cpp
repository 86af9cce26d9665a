#include <tuple>

#include <carousel/backends/cpu/recurrent_plan.h>
#include <carousel/backends/cpu/recurrent_products.h>
#include <carousel/backends/cpu/recurrent_transposed.h>

namespace carousel::cpu {
namespace {

using std::int64_t;

struct Buffers {
  Workspace states, dbias, first_steps, starts, live;
};
Buffers& buffers() {
  thread_local Buffers mine;
  return mine;
}

template <class T>
class Backward {
 public:
  Backward(const RecurrentBackward<T>& args, const GateLayout& layout,
           const GateLayout& state_layout, T* dgates, T* dstates)
      : a_(args),
        s_(args.sizes),
        gemm_(gemm_kernels<T>()),
        kernels_(recurrent_kernels<T>()),
        cell_(*layout.cell),
        layout_(layout),
        state_layout_(state_layout),
        width_(2 * kernels_.lanes),
        h_step_(args.sizes.batch * state_layout_.state_stride),
        step_(args.sizes.batch * layout_.state_stride),
        dgates_(dgates),
        dstates_(dstates),
        live_(find_live_rows(args.spec, args.sizes, args.mask, buffers().starts, buffers().live)),
        initial_h_(buffers().states.get<T>(h_step_ + step_ + 3 * panel_elements())),
        transposed_(args, layout_, state_layout_, live_, dgates, dstates),
        products_(args, layout_, state_layout_, live_, {dgates, dstates, initial_h_}) {
    Buffers& b = buffers();
    initial_c_ = initial_h_ + h_step_;
    dc_ = initial_c_ + step_;
    d_ = dc_ + panel_elements();
    dh_kept_ = d_ + panel_elements();
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
    std::tie(h_begin_, h_end_) = member.share(state_layout_.panels);
    prepare();
    for (int64_t t = s_.time - 1; t >= 0; --t) step(member, t);
    member.barrier();
    finish_states();
    if (a_.dbias) store_bias();
    products_.run(member);
  }

 private:
  using Panels = typename RecurrentTransposed<T>::Panels;

  int64_t panel_elements() const {
    return s_.batch * std::max(layout_.panels, state_layout_.panels) * width_;
  }
  int64_t first_block() const { return std::min(layout_.blocks, 2 * begin_); }
  int64_t end_block() const { return std::min(layout_.blocks, 2 * end_); }
  int64_t gate_row(int64_t t) const { return live_.begin(t) * layout_.gate_stride; }
  const T* h(int64_t t) const { return t < 0 ? initial_h_ : a_.states + t * h_step_; }
  const T* c(int64_t t) const { return t < 0 ? initial_c_ : a_.cells + t * step_; }
  // A panel's (batch, width) scratch.
  T* panel_of(T* buffer, int64_t panel) const { return buffer + panel * s_.batch * width_; }
  // Of `units` in all, those of a panel.
  int64_t panel_units(int64_t units, int64_t panel) const {
    return std::clamp<int64_t>(units - panel * width_, 0, width_);
  }

  void prepare() {
    transposed_.prepare(begin_, end_, h_begin_, h_end_);
    std::fill(panel_of(dc_, begin_), panel_of(dc_, end_), T(0));
    std::fill(panel_of(dh_kept_, h_begin_), panel_of(dh_kept_, h_end_), T(0));
    for (int section = 0; section < cell_.sections.count; ++section)
      std::fill(dbias_ + layout_.at(section, first_block()),
                dbias_ + layout_.at(section, end_block()), T(0));
    const auto blocks = [](const GateLayout& layout, int64_t panel) {
      return std::min(layout.blocks, 2 * panel);
    };
    StateColumns(state_layout_, blocks(state_layout_, h_begin_), blocks(state_layout_, h_end_))
        .load(s_.batch, a_.initial_h, initial_h_);
    StateColumns(layout_, first_block(), end_block()).load(s_.batch, a_.initial_c, initial_c_);
    for (int64_t panel = begin_; panel < end_ && a_.dc_n; ++panel)
      for (int64_t b = 0; b < s_.batch; ++b)
        std::copy_n(a_.dc_n + b * s_.units + panel * width_, panel_units(s_.units, panel),
                    panel_of(dc_, panel) + b * width_);
  }

  // dh of the step before the product: from the output, from masked steps, from the end.
  void gather_dh(int64_t t, int64_t panel, T* dh) const {
    const int64_t units = panel_units(s_.state, panel), unit = panel * width_;
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
        for (int64_t u = 0; u < units; ++u) dh[u] += a_.dh_n[b * s_.state + unit + u];
    }
  }

  void step(Member& member, int64_t t) const {
    if (cell_.projects) projected_step(member, t);
    for (int p = cell_.phases.count - 1; p >= 0; --p) {
      member.barrier();  // all gradients that the phase multiplies are there
      for_panels(begin_, end_, [&](Panels panels) {
        T* d = panel_of(d_, panels.begin);
        const bool last = p + 1 == cell_.phases.count;
        if (last && !cell_.projects) {
          state_gradient(t, panels);
        } else {
          std::fill(d, panel_of(d_, panels.end), T(0));
          last ? transposed_.add_projected(t, panels, d) : transposed_.add(p + 1, t, panels, d);
        }
        const int64_t end = std::min(layout_.blocks, 2 * panels.end);
        for (int64_t block = 2 * panels.begin; block < end; ++block)
          pointwise(cell_.phases[p], t, block);
      });
    }
  }

  // One row has too few chains of sums in one panel to hide their latency.
  template <class F>
  void for_panels(int64_t begin, int64_t end, const F& f) const {
    const int64_t together = s_.batch == 1 ? 2 : 1;
    for (int64_t panel = begin; panel < end; panel += together)
      f(Panels{panel, std::min(end, panel + together)});
  }

  // All of dh of step t, for panels of h.
  void state_gradient(int64_t t, Panels panels) const {
    for (int64_t panel = panels.begin; panel < panels.end; ++panel)
      gather_dh(t, panel, panel_of(d_, panel));
    if (t + 1 < s_.time) transposed_.add_to_state(t + 1, panels, panel_of(d_, panels.begin));
    for (int64_t panel = panels.begin; panel < panels.end; ++panel)
      begin_dh_before(t, panel, panel_of(d_, panel));
  }

  // The same for all of this member's panels, to rows of dstates.
  void projected_step(Member& member, int64_t t) const {
    member.barrier();  // all dgates of the step after are there
    for_panels(h_begin_, h_end_, [&](Panels panels) { state_gradient(t, panels); });
    const std::int32_t* list = live_.rows(t);
    T* const rows = dstates_ + live_.begin(t) * state_layout_.gate_stride;
    for (int64_t panel = h_begin_; panel < h_end_; ++panel) {
      const int64_t unit = panel * width_, units = panel_units(s_.state, panel);
      const int64_t padded = std::min(width_, state_layout_.padded - unit);
      const T* const dh = panel_of(d_, panel);
      for (int64_t i = 0; i < live_.count(t); ++i) {
        T* const to = rows + i * state_layout_.gate_stride + unit;
        std::copy_n(dh + (list ? list[i] : i) * width_, units, to);
        std::fill(to + units, to + padded, T(0));
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

  void pointwise(const CellPhase& phase, int64_t t, int64_t block) const {
    const int64_t panel = block / 2, unit = block * layout_.lanes;
    const int64_t lane = block % 2 * layout_.lanes;
    CellGradientBlock<T> b{};
    b.spec = &a_.spec;
    b.rows = live_.count(t);
    b.list = live_.rows(t);
    b.units = layout_.real(block);
    b.gate_stride = layout_.gate_stride;
    layout_.point_at(a_.gates + gate_row(t), block, b.gates);
    layout_.point_at(dgates_ + gate_row(t), block, b.dgates);
    layout_.point_at(dbias_, block, b.dbias);
    if (!cell_.projects) b.h_before = h(t - 1) + unit, b.h = h(t) + unit;
    if (cell_.has_cell_state) b.c_before = c(t - 1) + unit, b.c = c(t) + unit;
    b.state_stride = layout_.state_stride;
    if (!layout_.is_full(block))
      layout_.clear_padding(block, s_.batch, panel_of(d_, panel) + lane, width_);
    b.d = panel_of(d_, panel) + lane;
    b.dh_before = panel_of(dh_kept_, panel) + lane;
    b.dc = panel_of(dc_, panel) + lane;
    b.d_stride = width_;
    kernels_.backward[static_cast<std::size_t>(phase.pointwise)](b);
  }

  void finish_states() const {
    for (int64_t panel = h_begin_; panel < h_end_ && a_.dinitial_h; ++panel) {
      transposed_.add_to_state(0, {panel, panel + 1}, panel_of(dh_kept_, panel));
      store_panel(dh_kept_, panel, s_.state, a_.dinitial_h);
    }
    for (int64_t panel = begin_; panel < end_ && a_.dinitial_c; ++panel)
      store_panel(dc_, panel, s_.units, a_.dinitial_c);
  }

  // To a dense (batch, units) matrix.
  void store_panel(T* from, int64_t panel, int64_t units, T* to) const {
    for (int64_t b = 0; b < s_.batch; ++b)
      std::copy_n(panel_of(from, panel) + b * width_, panel_units(units, panel),
                  to + b * units + panel * width_);
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
  const GateLayout layout_, state_layout_;  // of units, and of h
  const int64_t width_;                     // of a panel: two blocks of units
  const int64_t h_step_, step_;
  T *const dgates_, *const dstates_;
  const LiveRows live_;
  T* const initial_h_;
  const RecurrentTransposed<T> transposed_;
  const RecurrentProducts<T> products_;
  T *initial_c_, *dc_, *d_, *dh_kept_, *dbias_;
  int64_t* first_steps_ = nullptr;
  int64_t begin_ = 0, end_ = 0, h_begin_ = 0, h_end_ = 0;  // this member's panels
};

}  // namespace

template <class T>
void recurrent_backward(const RecurrentBackward<T>& args) {
  const RecurrentSizes& s = args.sizes;
  const bool projected = args.projection != nullptr;
  const std::int64_t lanes = recurrent_kernels<T>().lanes;
  const GateLayout layout(recurrent_cell(args.spec, {args.recurrent_mask.by_gate(), projected}),
                          s.units, lanes);
  const GateLayout state_layout(recurrent_projection(), s.state, lanes);
  Workspace of_gates, of_states;
  T* dgates = args.dgates ? args.dgates : of_gates.get<T>(s.time * s.batch * layout.gate_stride);
  T* dstates = projected ? of_states.get<T>(s.time * s.batch * state_layout.gate_stride) : nullptr;
  const Backward<T> plan(args, layout, state_layout, dgates, dstates);
  run_team(recurrent_threads(layout, args.sizes), [&](Member& member) {
    Backward<T> part = plan;  // buffers are the caller's
    part.run(member);
  });
}

template void recurrent_backward(const RecurrentBackward<float>&);
template void recurrent_backward(const RecurrentBackward<double>&);

}  // namespace carousel::cpu
