#include <carousel/backends/cpu/recurrent_plan.h>
#include <carousel/backends/cpu/recurrent_weights.h>

namespace carousel::cpu {
namespace {

using std::int64_t;

struct Buffers {
  Workspace gates, states, cells, scratch, initial, first_steps, starts, live, x_rows, source_rows,
      projected_rows;
};
Buffers& buffers() {
  thread_local Buffers mine;
  return mine;
}

template <class T>
class Forward {
 public:
  explicit Forward(const RecurrentForward<T>& args)
      : a_(args),
        s_(args.sizes),
        gemm_(gemm_kernels<T>()),
        kernels_(recurrent_kernels<T>()),
        cell_(
            recurrent_cell(args.spec, {args.recurrent_mask.by_gate(), args.projection != nullptr})),
        layout_(cell_, args.sizes.units, kernels_.lanes),
        state_layout_(recurrent_projection(), args.sizes.state, kernels_.lanes),
        h_step_(args.sizes.batch * state_layout_.state_stride),
        step_(args.sizes.batch * layout_.state_stride),
        weights_(args, layout_, state_layout_) {
    Buffers& b = buffers();
    initial_h_ = b.initial.get<T>(h_step_ + step_);
    initial_c_ = initial_h_ + h_step_;
    if (!saves()) {
      gates_ = b.gates.get<T>(std::min(chunk_steps(s_), s_.time) * s_.batch * layout_.gate_stride);
      states_ = b.states.get<T>(2 * h_step_);
      if (cell_.has_cell_state) cells_ = b.cells.get<T>(step_);
      if (cell_.has_scratch) scratch_ = b.scratch.get<T>(step_);
    }
    live_ = find_live_rows(a_.spec, s_, a_.mask, b.starts, b.live);
    if (a_.mask.data && a_.y.data) {
      first_steps_ = b.first_steps.get<int64_t>(s_.batch);
      find_first_steps(a_.spec, s_, a_.mask, first_steps_);
    }
  }

  int threads() const { return recurrent_threads(layout_, s_); }

  void run(Member& member) {
    const DenormalGuard<T> guard;
    const auto [first, last] = member.share(layout_.panels);
    begin_ = std::min(layout_.blocks, 2 * first);
    end_ = std::min(layout_.blocks, 2 * last);
    units_ = {layout_, begin_, end_};
    const auto [first_h, last_h] = member.share(state_layout_.panels);
    h_begin_ = std::min(state_layout_.blocks, 2 * first_h);
    h_end_ = std::min(state_layout_.blocks, 2 * last_h);
    h_units_ = {state_layout_, h_begin_, h_end_};
    prepare();
    for (int64_t t0 = 0; t0 < s_.time; t0 += chunk_steps(s_)) {
      const int64_t t1 = std::min(s_.time, t0 + chunk_steps(s_));
      input_product(t0, t1);
      for (int64_t t = t0; t < t1; ++t) step(member, t, gates(t0, t));
    }
    finish();
  }
  void publish() const { weights_.publish(); }

 private:
  bool saves() const { return a_.gates != nullptr; }
  // Of step t of the chunk that begins at t0.
  T* gates(int64_t t0, int64_t t) const {
    return saves() ? a_.gates + live_.begin(t) * layout_.gate_stride
                   : gates_ + (live_.begin(t) - live_.begin(t0)) * layout_.gate_stride;
  }
  T* h(int64_t t) const {
    if (t < 0) return initial_h_;
    return saves() ? a_.states + t * h_step_ : states_ + t % 2 * h_step_;
  }
  T* c(int64_t t) const {
    if (t < 0) return initial_c_;
    return saves() ? a_.cells + t * step_ : cells_;
  }
  T* scratch(int64_t t) const {
    return saves() ? a_.scratch + live_.begin(t) * layout_.state_stride : scratch_;
  }
  // This member's part of weights, bias and initial state.
  void prepare() {
    weights_.prepare(begin_, end_);
    if (cell_.projects) weights_.prepare_projection(h_begin_, h_end_);
    h_units_.load(s_.batch, a_.initial_h, initial_h_);
    if (cell_.has_cell_state) units_.load(s_.batch, a_.initial_c, initial_c_);
  }

  // gates = bias + x W for the steps of a chunk.
  void input_product(int64_t t0, int64_t t1) const {
    const int64_t count = live_.begin(t1) - live_.begin(t0);
    const T* bias = weights_.bias();
    for (int64_t row = 0; row < count; ++row)
      for (int section = 0; section < cell_.sections.count; ++section)
        std::copy(bias + layout_.at(section, begin_), bias + layout_.at(section, end_),
                  gates(t0, t0) + row * layout_.gate_stride + layout_.at(section, begin_));
    const T* gathered = live_.list ? gather_x(live_.begin(t0), live_.begin(t1)) : nullptr;
    const GateWeights<T> weights = weights_.input();
    for (int64_t block = begin_; block < end_; block += layout_.group)
      for (int64_t kb = 0; kb < block_count_k(s_.input); ++kb) {
        if (gathered) {
          multiply(cell_.input, weights, kb, block,
                   {count, gathered, s_.input, gates(t0, t0), layout_.gate_stride});
          continue;
        }
        for_runs(s_, t0, t1, [&](int64_t t, int64_t b, int64_t rows, bool along_time) {
          const int64_t xt = input_step(a_.spec, s_, t);
          const int64_t time_stride = a_.spec.go_backwards ? -a_.x.time : a_.x.time;
          multiply(cell_.input, weights, kb, block,
                   {rows, a_.x.data + b * a_.x.batch + xt * a_.x.time,
                    along_time ? time_stride : a_.x.batch, gates(t0, t) + b * layout_.gate_stride,
                    along_time ? s_.batch * layout_.gate_stride : layout_.gate_stride});
        });
      }
  }

  // Rows [first, last) of those that count, side by side.
  const T* gather_x(int64_t first, int64_t last) const {
    T* to = buffers().x_rows.template get<T>((last - first) * s_.input);
    for (int64_t i = first, t = live_.step_of(first); i < last; ++i) {
      while (i >= live_.begin(t + 1)) ++t;
      const T* x = a_.x.data + live_.list[i] * a_.x.batch + input_step(a_.spec, s_, t) * a_.x.time;
      std::copy_n(x, s_.input, to + (i - first) * s_.input);
    }
    return to;
  }

  // What a phase multiplies, by rows that count; with a mask for each gate once for each part of
  // the product.
  const T* source(const CellPhase& phase, int64_t t) const {
    const bool is_state = phase.source == CellSource::state;
    const T* from = is_state ? h(t - 1) : scratch(t);
    if (!a_.recurrent_mask && (!is_state || !live_.rows(t))) return from;
    const int64_t part = source_part(t);
    T* const to = buffers().source_rows.template get<T>(phase.product.count * live_.count(t) *
                                                        state_layout_.state_stride);
    for (int p = 0; p < (part > 0 ? phase.product.count : 1); ++p)
      gather_source(t, from, is_state ? live_.rows(t) : nullptr,
                    a_.recurrent_mask.of(phase.product[p].first), to + p * part);
    return to;
  }

  int64_t source_part(int64_t t) const {
    return a_.recurrent_mask.by_gate() ? live_.count(t) * state_layout_.state_stride : 0;
  }

  // Rows that count, of all (`rows`) or as they are, times their factors in `mask`, if any.
  void gather_source(int64_t t, const T* from, const std::int32_t* rows, const T* mask,
                     T* to) const {
    const int64_t stride = state_layout_.state_stride;
    for (int64_t i = 0; i < live_.count(t); ++i, to += stride) {
      std::copy_n(from + (rows ? rows[i] : i) * stride, stride, to);
      const std::int32_t* list = live_.rows(t);
      const T* factors = mask ? mask + (list ? list[i] : i) * s_.state : nullptr;
      for (int64_t u = 0; factors && u < s_.state; ++u) to[u] *= factors[u];
    }
  }

  // For the blocks of units from `block` on that fill panels.
  void multiply(const CellProduct& product, const GateWeights<T>& weights, int64_t kb,
                int64_t block, const GateRows<T>& rows) const {
    multiply_gates(gemm_, layout_, product, weights, rows, kb, block,
                   std::min(end_, block + layout_.group));
  }

  void step(Member& member, int64_t t, T* gates) const {
    for (int p = 0; p < cell_.phases.count; ++p) {
      const CellPhase& phase = cell_.phases[p];
      const GateWeights<T> weights = weights_.recurrent(p);
      member.barrier();  // all that the phase multiplies is there
      const T* from = source(phase, t);
      const int64_t groups = (end_ - begin_ + layout_.group - 1) / layout_.group;
      for (int64_t i = 0; i < groups; ++i) {
        // To and fro: what the step before has read last is still in the caches.
        const int64_t block = begin_ + (t % 2 == 0 ? i : groups - 1 - i) * layout_.group;
        for (int64_t kb = 0; kb < block_count_k(s_.state); ++kb)
          multiply(phase.product, weights, kb, block,
                   {live_.count(t), from, state_layout_.state_stride, gates, layout_.gate_stride,
                    source_part(t)});
        for (int64_t b = block; b < std::min(end_, block + layout_.group); ++b)
          pointwise(phase, t, gates, b);
      }
    }
    if (cell_.projects) project(member, t);
    live_.for_others(t, [&](int64_t b) { keep_states(t, b); });
    if (a_.y.data) write_output(t);
  }

  // h = scratch times the projection: where all rows count at their place, else side by side first.
  void project(Member& member, int64_t t) const {
    member.barrier();  // all of scratch is there
    const int64_t stride = state_layout_.state_stride, count = live_.count(t);
    const std::int32_t* list = live_.rows(t);
    T* const rows = list ? buffers().projected_rows.template get<T>(count * stride) : h(t);
    h_units_.load(count, static_cast<const T*>(nullptr), rows);
    for (int64_t block = h_begin_; block < h_end_; block += state_layout_.group)
      for (int64_t kb = 0; kb < block_count_k(s_.units); ++kb)
        multiply_gates(gemm_, state_layout_, recurrent_projection().input, weights_.projection(),
                       {count, scratch(t), layout_.state_stride, rows, stride}, kb, block,
                       std::min(h_end_, block + state_layout_.group));
    for (int64_t i = 0; i < count && list; ++i)
      h_units_.copy_row(rows + i * stride, h(t) + list[i] * stride);
  }

  // A row that doesn't count keeps its states.
  void keep_states(int64_t t, int64_t b) const {
    const int64_t h_row = b * h_units_.stride, row = b * units_.stride;
    h_units_.copy_row(h(t - 1) + h_row, h(t) + h_row);
    if (cell_.has_cell_state && c(t) != c(t - 1)) units_.copy_row(c(t - 1) + row, c(t) + row);
  }

  void pointwise(const CellPhase& phase, int64_t t, T* gates, int64_t block) const {
    const int64_t unit = block * layout_.lanes;
    CellBlock<T> b{};
    b.spec = &a_.spec;
    b.rows = live_.count(t);
    b.list = live_.rows(t);
    b.units = layout_.real(block);
    b.gate_stride = layout_.gate_stride;
    layout_.point_at(gates, block, b.gates);
    for (int gate = 0; gate < cell_.gates && !layout_.is_full(block); ++gate)
      layout_.clear_padding(block, b.rows, b.gates[gate], layout_.gate_stride);
    if (!cell_.projects) b.h_before = h(t - 1) + unit, b.h = h(t) + unit;
    if (cell_.has_cell_state) b.c_before = c(t - 1) + unit, b.c = c(t) + unit;
    if (cell_.has_scratch) b.scratch = scratch(t) + unit;
    b.state_stride = layout_.state_stride;
    kernels_.forward[static_cast<std::size_t>(phase.pointwise)](b);
  }

  void write_output(int64_t t) const {
    const int64_t xt = input_step(a_.spec, s_, t);
    for (int64_t b = 0; b < s_.batch; ++b) {
      const T* from = h(t) + b * h_units_.stride;
      T* to = a_.y.data + b * a_.y.batch + t * a_.y.time;
      const bool counts = !a_.mask.data || a_.mask.data[b * a_.mask.batch + xt * a_.mask.time];
      if (!counts && output_is_zero(a_.spec, counts, t, first_steps_[b]))
        std::fill(to + h_units_.real_begin, to + h_units_.real_end, T(0));
      else
        std::copy(from + h_units_.real_begin, from + h_units_.real_end, to + h_units_.real_begin);
    }
  }

  void finish() const {
    h_units_.store(s_.batch, h(s_.time - 1), a_.h_n);
    if (cell_.has_cell_state) units_.store(s_.batch, c(s_.time - 1), a_.c_n);
  }

  const RecurrentForward<T>& a_;
  const RecurrentSizes& s_;
  const GemmKernels<T>& gemm_;
  const RecurrentKernels<T>& kernels_;
  const RecurrentCell& cell_;
  const GateLayout layout_;
  const GateLayout state_layout_;  // of h
  const int64_t h_step_, step_;    // elements of h, and of c or scratch, of one step
  const RecurrentWeights<T> weights_;
  T *initial_h_, *initial_c_;
  T *gates_ = nullptr, *states_ = nullptr, *cells_ = nullptr, *scratch_ = nullptr;
  int64_t* first_steps_ = nullptr;
  LiveRows live_{};
  // This member's blocks, of units and of h.
  int64_t begin_ = 0, end_ = 0, h_begin_ = 0, h_end_ = 0;
  StateColumns units_, h_units_;
};

}  // namespace

template <class T>
void recurrent_forward(const RecurrentForward<T>& args) {
  const Forward<T> plan(args);
  run_team(plan.threads(), [&](Member& member) {
    Forward<T> part = plan;  // buffers are the caller's
    part.run(member);
  });
  plan.publish();
}

template void recurrent_forward(const RecurrentForward<float>&);
template void recurrent_forward(const RecurrentForward<double>&);

}  // namespace carousel::cpu
