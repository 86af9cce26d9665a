#include <carousel/backends/cpu/recurrent_plan.h>

namespace carousel::cpu {
namespace {

using std::int64_t;

struct Buffers {
  Workspace kernel, recurrent_kernel, bias, gates, states, cells, initial, first_steps;
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
        cell_(recurrent_kernels<T>()),
        layout_(args.sizes.units, cell_.lanes),
        step_(args.sizes.batch * layout_.state_stride) {
    Buffers& b = buffers();
    kernel_ = b.kernel.get<T>(s_.input * layout_.columns);
    recurrent_kernel_ = b.recurrent_kernel.get<T>(s_.units * layout_.columns);
    bias_ = b.bias.get<T>(layout_.columns);
    initial_h_ = b.initial.get<T>(2 * step_);
    initial_c_ = initial_h_ + step_;
    if (!saves()) {
      gates_ = b.gates.get<T>(std::min(chunk_steps(s_), s_.time) * s_.batch * layout_.gate_stride);
      states_ = b.states.get<T>(2 * step_);
      cells_ = b.cells.get<T>(step_);
    }
    if (a_.mask.data && a_.y.data) {
      first_steps_ = b.first_steps.get<int64_t>(s_.batch);
      find_first_steps(a_.spec, s_, a_.mask, first_steps_);
    }
  }

  void run(Member& member) {
    const DenormalGuard<T> guard;
    const auto [first, last] = member.share(layout_.panels);
    begin_ = std::min(layout_.blocks, 2 * first);
    end_ = std::min(layout_.blocks, 2 * last);
    prepare();
    for (int64_t t0 = 0; t0 < s_.time; t0 += chunk_steps(s_)) {
      const int64_t t1 = std::min(s_.time, t0 + chunk_steps(s_));
      input_product(t0, t1);
      for (int64_t t = t0; t < t1; ++t) {
        member.barrier();  // all of h before this step is there
        step(t, gates(saves() ? t : t - t0));
      }
    }
    finish();
  }

 private:
  bool saves() const { return a_.gates != nullptr; }
  // One step of few rows reads the weights where they lie, but for a block that isn't full.
  bool streams() const { return s_.time == 1 && s_.batch <= kFewRows; }
  T* gates(int64_t row) const {
    return (saves() ? a_.gates : gates_) + row * s_.batch * layout_.gate_stride;
  }
  T* h(int64_t t) const {
    if (t < 0) return initial_h_;
    return saves() ? a_.states + t * step_ : states_ + t % 2 * step_;
  }
  T* c(int64_t t) const {
    if (t < 0) return initial_c_;
    return saves() ? a_.cells + t * step_ : cells_;
  }

  // This member's part of weights, bias and initial state.
  void prepare() {
    const int64_t first = streams() ? std::max(begin_, s_.units / layout_.lanes) : begin_;
    pack_gate_columns(layout_, s_.input, a_.kernel, first, end_, kernel_);
    pack_gate_columns(layout_, s_.units, a_.recurrent_kernel, first, end_, recurrent_kernel_);
    if (a_.bias)
      interleave_row(layout_, a_.bias, begin_, end_, bias_);
    else
      std::fill(bias_ + begin_ * kGates * layout_.lanes, bias_ + end_ * kGates * layout_.lanes,
                T(0));
    load_state(a_.initial_h, initial_h_);
    load_state(a_.initial_c, initial_c_);
  }

  int64_t first_unit() const { return std::min(s_.units, begin_ * layout_.lanes); }
  int64_t end_unit() const { return std::min(s_.units, end_ * layout_.lanes); }

  void load_state(const T* from, T* to) const {
    for (int64_t b = 0; b < s_.batch; ++b) {
      T* row = to + b * layout_.state_stride;
      std::fill(row + begin_ * layout_.lanes, row + end_ * layout_.lanes, T(0));
      if (from)
        std::copy(from + b * s_.units + first_unit(), from + b * s_.units + end_unit(),
                  row + first_unit());
    }
  }

  void store_state(const T* from, T* to) const {
    if (!to) return;
    for (int64_t b = 0; b < s_.batch; ++b) {
      const T* row = from + b * layout_.state_stride;
      std::copy(row + first_unit(), row + end_unit(), to + b * s_.units + first_unit());
    }
  }

  // gates = bias + x W for the steps of a chunk.
  void input_product(int64_t t0, int64_t t1) const {
    const int64_t width = kGates * layout_.lanes;
    const int64_t base = saves() ? 0 : t0;
    for (int64_t row = (t0 - base) * s_.batch; row < (t1 - base) * s_.batch; ++row)
      std::copy(bias_ + begin_ * width, bias_ + end_ * width,
                gates(0) + row * layout_.gate_stride + begin_ * width);
    for (int64_t block = begin_; block < end_; ++block)
      for (int64_t kb = 0; kb < block_count_k(s_.input); ++kb)
        for_runs(s_, t0, t1, [&](int64_t t, int64_t b, int64_t rows, bool along_time) {
          const int64_t xt = input_step(a_.spec, s_, t);
          const int64_t time_stride = a_.spec.go_backwards ? -a_.x.time : a_.x.time;
          GemmBlock<T> g = product(a_.kernel, kernel_, s_.input, kb, block);
          g.m = rows;
          g.a = a_.x.data + b * a_.x.batch + xt * a_.x.time + kb * kGemmBlockK;
          g.a_stride = along_time ? time_stride : a_.x.batch;
          g.c = gates(t - base) + b * layout_.gate_stride + block * width;
          g.c_stride = along_time ? s_.batch * layout_.gate_stride : layout_.gate_stride;
          multiply(g);
        });
  }

  // One K block of one block of units, operands a and c still to be said.
  GemmBlock<T> product(const T* weights, const T* packed, int64_t k, int64_t kb,
                       int64_t block) const {
    const int64_t width = 2 * layout_.lanes, size = block_size_k(k, kb);
    if (streams() && layout_.real(block) == layout_.lanes) {
      const T* b = weights + kb * kGemmBlockK * kGates * s_.units + block * layout_.lanes;
      return {0,       2 * width, size, nullptr, 0,       b, 2 * s_.units, kGates * s_.units,
              nullptr, 0,         true, false,   s_.units};
    }
    const T* b = packed + panel_offset(k, layout_.blocks, 2 * width, kb, block);
    return {0, 2 * width, size, nullptr, 0, b, width * size, width, nullptr, 0, true};
  }

  void multiply(const GemmBlock<T>& g) const {
    if (g.b_vector > 0)
      gemm_.few_rows(g);
    else
      gemm_.block(g);
  }

  void step(int64_t t, T* gates) const {
    for (int64_t block = begin_; block < end_; ++block) {
      for (int64_t kb = 0; kb < block_count_k(s_.units); ++kb) {
        GemmBlock<T> g = product(a_.recurrent_kernel, recurrent_kernel_, s_.units, kb, block);
        g.m = s_.batch;
        g.a = h(t - 1) + kb * kGemmBlockK;
        g.a_stride = layout_.state_stride;
        g.c = gates + block * kGates * layout_.lanes;
        g.c_stride = layout_.gate_stride;
        multiply(g);
      }
      pointwise(t, gates, block);
    }
    if (a_.y.data) write_output(t);
  }

  void pointwise(int64_t t, T* gates, int64_t block) const {
    const int64_t unit = block * layout_.lanes;
    const int64_t xt = input_step(a_.spec, s_, t);
    cell_.lstm_forward({&a_.spec, s_.batch, layout_.real(block), gates + unit * kGates,
                        layout_.gate_stride, h(t - 1) + unit, c(t - 1) + unit, h(t) + unit,
                        c(t) + unit, layout_.state_stride,
                        a_.mask.data ? a_.mask.data + xt * a_.mask.time : nullptr, a_.mask.batch});
  }

  void write_output(int64_t t) const {
    const int64_t xt = input_step(a_.spec, s_, t);
    for (int64_t b = 0; b < s_.batch; ++b) {
      const T* from = h(t) + b * layout_.state_stride;
      T* to = a_.y.data + b * a_.y.batch + t * a_.y.time;
      const bool counts = !a_.mask.data || a_.mask.data[b * a_.mask.batch + xt * a_.mask.time];
      if (!counts && output_is_zero(a_.spec, counts, t, first_steps_[b]))
        std::fill(to + first_unit(), to + end_unit(), T(0));
      else
        std::copy(from + first_unit(), from + end_unit(), to + first_unit());
    }
  }

  void finish() const {
    store_state(h(s_.time - 1), a_.h_n);
    store_state(c(s_.time - 1), a_.c_n);
  }

  const RecurrentForward<T>& a_;
  const RecurrentSizes& s_;
  const GemmKernels<T>& gemm_;
  const RecurrentKernels<T>& cell_;
  const GateLayout layout_;
  const int64_t step_;  // elements of a state of one step
  T *kernel_, *recurrent_kernel_, *bias_, *initial_h_, *initial_c_;
  T *gates_ = nullptr, *states_ = nullptr, *cells_ = nullptr;
  int64_t* first_steps_ = nullptr;
  int64_t begin_ = 0, end_ = 0;  // this member's blocks
};

}  // namespace

template <class T>
void lstm_forward(const RecurrentForward<T>& args) {
  const Forward<T> plan(args);
  const GateLayout layout(args.sizes.units, recurrent_kernels<T>().lanes);
  run_team(recurrent_threads(layout, args.sizes), [&](Member& member) {
    Forward<T> part = plan;  // buffers are the caller's
    part.run(member);
  });
}

template void lstm_forward(const RecurrentForward<float>&);
template void lstm_forward(const RecurrentForward<double>&);

}  // namespace carousel::cpu
