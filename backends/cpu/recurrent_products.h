// What the backward pass of a sequence does when all gradients of the gates are there: dx, dW and
// dU, one large product each.
#pragma once

#include <carousel/backends/cpu/recurrent_plan.h>

namespace carousel::cpu {

template <class T>
class RecurrentProducts {
 public:
  // Rows that count: gradients of gates, and of h if it is projected. initial_h is the state before
  // the first step, rows of a state.
  struct Operands {
    const T *dgates, *dstates, *initial_h;
  };
  // Buffers are the calling thread's.
  RecurrentProducts(const RecurrentBackward<T>& args, const GateLayout& layout,
                    const GateLayout& state_layout, const LiveRows& live, const Operands& operands);

  // By all members of the team, none of them ahead of the last gradient of a gate.
  void run(Member& member) const;

 private:
  // Where a section's columns stand in the weights; -1: nowhere.
  struct Target {
    int kernel = -1, recurrent_kernel = -1;
    CellSource source = CellSource::state;
  };
  // Those rows that count that are one block of the sums, packed; states once for each mask.
  struct Rows {
    std::int64_t begin, count;
    T *x, *state, *scratch;
  };

  int state_packs() const { return a_.recurrent_mask.by_gate() ? layout_.cell->kernel_gates : 1; }
  bool wants_weights() const { return a_.dkernel || a_.drecurrent_kernel || a_.dprojection; }
  std::int64_t input_panels() const { return (s_.input + width_ - 1) / width_; }
  Target target_of(int section) const;
  const T* state_row(std::int64_t t, std::int64_t b) const;

  void input_gradient(Member& member) const;
  void input_gradient_part(std::int64_t t0, std::int64_t t1, std::int64_t kb, std::int64_t j) const;
  void live_input_gradient(Member& member) const;
  GemmBlock<T> input_block(std::int64_t kb, std::int64_t j) const;
  void weight_gradients(Member& member) const;
  void clear_weight_gradients(const Member& member) const;
  void pack_rows(Member& member, const Rows& rows) const;
  template <class Row>
  void pack_sequence(Member& member, std::int64_t features, const Rows& rows, const Row& row_of,
                     const T* mask, T* packed) const;
  void section_gradients(const Rows& rows, int section, std::int64_t first, std::int64_t last,
                         T* pack) const;
  void projection_gradient(const Member& member, const Rows& rows) const;
  // Columns [.., n) of a gradient whose rows are `stride` apart.
  void weight_block(T* to, std::int64_t stride, std::int64_t m, const T* packed, std::int64_t n,
                    const Rows& rows, const T* columns) const;

  const RecurrentBackward<T>& a_;
  const RecurrentSizes& s_;
  const GemmKernels<T>& gemm_;
  const GateLayout layout_, state_layout_;
  const LiveRows live_;
  const std::int64_t width_;  // of a panel
  const T *dgates_, *dstates_, *initial_h_;
  T *kernel_ = nullptr, *sequence_ = nullptr;
};

extern template class RecurrentProducts<float>;
extern template class RecurrentProducts<double>;

}  // namespace carousel::cpu
