#include <carousel/backends/cpu/recurrent_plan.h>

namespace carousel::cpu {
namespace {

using std::int64_t;

struct Buffers {
  Workspace recurrent_kernel, kernel, states, dbias, sequence, columns, first_steps;
};
Buffers& buffers() {
  thread_local Buffers mine;
  return mine;
}

// Keras columns of dW and dU that a member computes at once: their pack fits L2.
constexpr int64_t kChunkColumns = 256;

template <class T>
class Backward {
 public:
  Backward(const RecurrentBackward<T>& args, T* dgates)
      : a_(args),
        s_(args.sizes),
        gemm_(gemm_kernels<T>()),
        cell_(recurrent_kernels<T>()),
        layout_(args.sizes.units, cell_.lanes),
        width_(2 * cell_.lanes),
        step_(args.sizes.batch * layout_.state_stride),
        dgates_(dgates) {
    Buffers& b = buffers();
    recurrent_kernel_ = b.recurrent_kernel.get<T>(layout_.columns * layout_.panels * width_);
    if (a_.dx.data) kernel_ = b.kernel.get<T>(layout_.columns * input_panels() * width_);
    const int64_t panels = s_.batch * layout_.panels * width_;
    initial_h_ = b.states.get<T>(2 * step_ + 3 * panels);
    initial_c_ = initial_h_ + step_;
    dc_ = initial_c_ + step_;
    dh_ = dc_ + panels;
    dh_kept_ = dh_ + panels;
    dbias_ = b.dbias.get<T>(layout_.columns);
    if (wants_weights()) sequence_ = b.sequence.get<T>((s_.input + s_.units) * kGemmBlockK);
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
    for (int64_t t = s_.time - 1; t >= 0; --t) {
      member.barrier();  // the gradient of all gates of the step after is there
      for (int64_t panel = begin_; panel < end_; ++panel) step(t, panel);
    }
    member.barrier();
    finish_states();
    if (a_.dbias) deinterleave_row(layout_, dbias_, first_block(), end_block(), a_.dbias);
    if (a_.dx.data) input_gradient(member);
    if (wants_weights()) weight_gradients(member);
  }

 private:
  bool wants_weights() const { return a_.dkernel || a_.drecurrent_kernel; }
  int64_t input_panels() const { return (s_.input + width_ - 1) / width_; }
  int64_t first_block() const { return std::min(layout_.blocks, 2 * begin_); }
  int64_t end_block() const { return std::min(layout_.blocks, 2 * end_); }
  int64_t gate_row(int64_t t) const { return t * s_.batch * layout_.gate_stride; }
  const T* h(int64_t t) const { return t < 0 ? initial_h_ : a_.states + t * step_; }
  const T* c(int64_t t) const { return t < 0 ? initial_c_ : a_.cells + t * step_; }
  // A panel's (batch, width) scratch.
  T* panel_of(T* buffer, int64_t panel) const { return buffer + panel * s_.batch * width_; }
  int64_t panel_units(int64_t panel) const {
    return std::clamp<int64_t>(s_.units - panel * width_, 0, width_);
  }

  void prepare() {
    pack_transposed(layout_, s_.units, a_.recurrent_kernel, begin_,
                    std::min(end_, (s_.units + width_ - 1) / width_), recurrent_kernel_);
    const int64_t first = begin_ * s_.batch * width_, last = end_ * s_.batch * width_;
    std::fill(dc_ + first, dc_ + last, T(0));
    std::fill(dh_kept_ + first, dh_kept_ + last, T(0));
    const int64_t gates = kGates * layout_.lanes;
    std::fill(dbias_ + first_block() * gates, dbias_ + end_block() * gates, T(0));
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

  // dh += dgates(t) U^T for one panel of units.
  void recurrent_product(int64_t t, int64_t panel, T* dh) const {
    const int64_t panels = (s_.units + width_ - 1) / width_;
    if (panel >= panels) return;
    for (int64_t kb = 0; kb < block_count_k(layout_.columns); ++kb) {
      const int64_t size = block_size_k(layout_.columns, kb);
      const T* packed =
          recurrent_kernel_ + panel_offset(layout_.columns, panels, width_, kb, panel);
      gemm_.block({s_.batch, width_, size, dgates_ + gate_row(t) + kb * kGemmBlockK,
                   layout_.gate_stride, packed, width_ * size, width_, dh, width_, true});
    }
  }

  void step(int64_t t, int64_t panel) const {
    T* dh = panel_of(dh_, panel);
    gather_dh(t, panel, dh);
    if (t + 1 < s_.time) recurrent_product(t + 1, panel, dh);
    for (int64_t half = 0; half < 2 && 2 * panel + half < layout_.blocks; ++half)
      pointwise(t, panel, half);
  }

  void pointwise(int64_t t, int64_t panel, int64_t half) const {
    const int64_t block = 2 * panel + half, unit = block * layout_.lanes;
    const int64_t gates = gate_row(t) + unit * kGates, lane = half * layout_.lanes;
    const int64_t xt = input_step(a_.spec, s_, t);
    cell_.lstm_backward({&a_.spec, s_.batch, layout_.real(block), a_.gates + gates, dgates_ + gates,
                         layout_.gate_stride, c(t - 1) + unit, c(t) + unit, layout_.state_stride,
                         panel_of(dh_, panel) + lane, panel_of(dh_kept_, panel) + lane,
                         panel_of(dc_, panel) + lane, width_, width_, dbias_ + unit * kGates,
                         a_.mask.data ? a_.mask.data + xt * a_.mask.time : nullptr, a_.mask.batch});
  }

  void finish_states() const {
    for (int64_t panel = begin_; panel < end_; ++panel) {
      const int64_t units = panel_units(panel);
      T* dh = panel_of(dh_kept_, panel);
      if (a_.dinitial_h && s_.time > 0) recurrent_product(0, panel, dh);
      for (int64_t b = 0; b < s_.batch; ++b) {
        const int64_t at = b * s_.units + panel * width_;
        if (a_.dinitial_h) std::copy_n(dh + b * width_, units, a_.dinitial_h + at);
        if (a_.dinitial_c)
          std::copy_n(panel_of(dc_, panel) + b * width_, units, a_.dinitial_c + at);
      }
    }
  }

  // dx = dgates W^T, rows shared between members.
  void input_gradient(Member& member) const {
    const auto [first, last] = member.share(input_panels());
    pack_transposed(layout_, s_.input, a_.kernel, first, last, kernel_);
    member.barrier();
    const auto [t0, t1] = member.share(s_.time);
    for (int64_t t = t0; t < t1; t += chunk_steps(s_)) {
      const int64_t end = std::min(t1, t + chunk_steps(s_));
      for (int64_t kb = 0; kb < block_count_k(layout_.columns); ++kb)
        for (int64_t j = 0; j < s_.input; j += kChunkColumns) input_gradient_part(t, end, kb, j);
    }
  }

  void input_gradient_part(int64_t t0, int64_t t1, int64_t kb, int64_t j) const {
    const int64_t size = block_size_k(layout_.columns, kb);
    const T* packed =
        kernel_ + panel_offset(layout_.columns, input_panels(), width_, kb, j / width_);
    for_runs(s_, t0, t1, [&](int64_t t, int64_t b, int64_t rows, bool along_time) {
      const int64_t xt = input_step(a_.spec, s_, t);
      GemmBlock<T> g{rows,
                     std::min(kChunkColumns, s_.input - j),
                     size,
                     nullptr,
                     0,
                     packed,
                     width_ * size,
                     width_,
                     nullptr,
                     0,
                     kb > 0};
      g.a = dgates_ + gate_row(t) + b * layout_.gate_stride + kb * kGemmBlockK;
      g.a_stride = along_time ? s_.batch * layout_.gate_stride : layout_.gate_stride;
      g.c = a_.dx.data + b * a_.dx.batch + xt * a_.dx.time + j;
      g.c_stride = !along_time ? a_.dx.batch : a_.spec.go_backwards ? -a_.dx.time : a_.dx.time;
      gemm_.block(g);
    });
  }

  // Features of the rows [row, row + k) of (time, batch), transposed in groups as pack_a does.
  template <class Row>
  void pack_sequence(Member& member, int64_t features, int64_t row, int64_t k, Row&& row_of,
                     T* packed) const {
    const RowGroups groups(features, gemm_.rows);
    const auto [first, last] = member.share(groups.count);
    for (int64_t p = 0; p < k && first < last; ++p) {
      const T* from = row_of((row + p) / s_.batch, (row + p) % s_.batch);
      for (int64_t i = first; i < last; ++i) {
        const int64_t begin = groups.begin(i), size = groups.begin(i + 1) - begin;
        std::copy_n(from + begin, size, packed + begin * k + p * size);
      }
    }
  }

  // dW = x^T dgates and dU = h^T dgates: one sum over all rows, columns shared between members.
  void weight_gradients(Member& member) const {
    const int64_t rows = s_.time * s_.batch, columns = kGates * s_.units;
    const auto [first, last] = member.share(columns, width_);
    T* pack =
        last > first ? buffers().columns.template get<T>(kChunkColumns * kGemmBlockK) : nullptr;
    for (int64_t row = 0; row < rows; row += kGemmBlockK) {
      const int64_t k = std::min(kGemmBlockK, rows - row);
      T* const packed_h = sequence_ + s_.input * k;
      if (a_.dkernel)
        pack_sequence(
            member, s_.input, row, k,
            [&](int64_t t, int64_t b) {
              return a_.x.data + b * a_.x.batch + input_step(a_.spec, s_, t) * a_.x.time;
            },
            sequence_);
      if (a_.drecurrent_kernel)
        pack_sequence(
            member, s_.units, row, k,
            [&](int64_t t, int64_t b) { return h(t - 1) + b * layout_.state_stride; }, packed_h);
      member.barrier();
      for (int64_t j = first; j < last; j += kChunkColumns) {
        const int64_t n = std::min(kChunkColumns, last - j);
        pack_keras_columns(layout_, k, dgates_ + row * layout_.gate_stride, layout_.gate_stride, j,
                           n, pack);
        weight_block(a_.dkernel, s_.input, sequence_, j, n, k, pack, row > 0);
        weight_block(a_.drecurrent_kernel, s_.units, packed_h, j, n, k, pack, row > 0);
      }
      member.barrier();
    }
  }

  void weight_block(T* to, int64_t m, const T* packed, int64_t j, int64_t n, int64_t k,
                    const T* columns, bool accumulate) const {
    if (!to) return;
    gemm_.block({m, n, k, packed, 0, columns, width_ * k, width_, to + j, kGates * s_.units,
                 accumulate, true});
  }

  const RecurrentBackward<T>& a_;
  const RecurrentSizes& s_;
  const GemmKernels<T>& gemm_;
  const RecurrentKernels<T>& cell_;
  const GateLayout layout_;
  const int64_t width_;  // of a panel: two blocks of units
  const int64_t step_;
  T* const dgates_;
  T *recurrent_kernel_, *kernel_ = nullptr, *initial_h_, *initial_c_, *dc_, *dh_, *dh_kept_,
                        *dbias_, *sequence_ = nullptr;
  int64_t* first_steps_ = nullptr;
  int64_t begin_ = 0, end_ = 0;  // this member's panels
};

}  // namespace

template <class T>
void lstm_backward(const RecurrentBackward<T>& args) {
  const GateLayout layout(args.sizes.units, recurrent_kernels<T>().lanes);
  Workspace own;
  T* dgates = args.dgates ? args.dgates
                          : own.get<T>(args.sizes.time * args.sizes.batch * layout.gate_stride);
  const Backward<T> plan(args, dgates);
  run_team(recurrent_threads(layout, args.sizes), [&](Member& member) {
    Backward<T> part = plan;  // buffers are the caller's
    part.run(member);
  });
}

template void lstm_backward(const RecurrentBackward<float>&);
template void lstm_backward(const RecurrentBackward<double>&);

}  // namespace carousel::cpu
