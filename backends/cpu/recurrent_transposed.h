// What a step of the backward pass multiplies: gradients times transposed weights, which come back
// to what the weights were multiplied with.
#pragma once

#include <carousel/backends/cpu/recurrent_plan.h>

namespace carousel::cpu {

template <class T>
class RecurrentTransposed {
 public:
  // dgates and dstates are rows that count, as those layouts say. In workspaces of the calling
  // thread, until its next call.
  RecurrentTransposed(const RecurrentBackward<T>& args, const GateLayout& layout,
                      const GateLayout& state_layout, const LiveRows& live, const T* dgates,
                      const T* dstates);

  // Packs the weights that this member needs for its panels of units, and those of h.
  void prepare(std::int64_t begin, std::int64_t end, std::int64_t h_begin,
               std::int64_t h_end) const;
  // Panels of units, (batch, panel) one after the other: one, or several where the batch is 1.
  struct Panels {
    std::int64_t begin, end;
  };
  // d += dgates(t) U^T for panels of what the phase multiplied, by row of the batch.
  void add(int phase, std::int64_t t, Panels panels, T* d) const;
  // The same for all phases that multiplied h.
  void add_to_state(std::int64_t t, Panels panels, T* d) const;
  // d += dh(t) V^T for panels of the units that V projects.
  void add_projected(std::int64_t t, Panels panels, T* d) const;

 private:
  struct Product {
    int phase;
    CellProduct columns;
    const T* rows;  // of gradients, `stride` apart, from these columns on
    std::int64_t stride, k;
    T* packed;  // the transposed weights
    std::int64_t n, panels;
    const T* mask;  // (batch, n) factors of what comes back, or null
  };

  Product product_of(const CellPhase& phase, const CellProduct& columns, T* packed) const;
  void add(const Product& product, std::int64_t t, Panels panels, T* d) const;
  void multiply(const Product& product, std::int64_t t, Panels panels, T* to) const;
  T* begin_rows(std::int64_t t, bool masked, const T* d) const;
  void end_rows(std::int64_t t, const Product& product, std::int64_t panel, const T* from,
                T* d) const;

  const RecurrentBackward<T>& a_;
  const GemmKernels<T>& gemm_;
  const GateLayout layout_, state_layout_;
  const LiveRows live_;
  const std::int64_t width_;  // of a panel: two blocks of units
  const T* dgates_;
  Few<Product, 4> products_;  // of each phase one, or one for each gate's mask
  Product projection_{};
};

extern template class RecurrentTransposed<float>;
extern template class RecurrentTransposed<double>;

}  // namespace carousel::cpu
