// The weights and the bias of a forward pass, as its products read them.
#pragma once

#include <carousel/backends/cpu/recurrent.h>
#include <carousel/backends/cpu/recurrent_multiply.h>
#include <carousel/backends/cpu/weight_pack.h>

namespace carousel::cpu {

// What keeps nothing for backward publishes its packs on the weights' storages, and takes those
// that are there. Others pack into the calling thread's workspace.
template <class T>
class RecurrentWeights {
 public:
  // In workspaces of the calling thread, until its next call.
  RecurrentWeights(const RecurrentForward<T>& args, const GateLayout& layout,
                   const GateLayout& state_layout);

  // This member's blocks [begin, end) of what isn't packed yet, and of the bias.
  void prepare(std::int64_t begin, std::int64_t end) const;
  // The same for its blocks of h.
  void prepare_projection(std::int64_t begin, std::int64_t end) const;
  // By the calling thread, when all members are done.
  void publish() const;

  GateWeights<T> input() const;
  GateWeights<T> recurrent(int phase) const;
  GateWeights<T> projection() const;
  const T* bias() const { return bias_; }  // an interleaved row

 private:
  bool publishes() const { return !args_->gates && args_->kernel_storage; }
  // One step of few rows reads the weights where they lie, but for blocks that aren't full.
  bool streams() const;
  std::int64_t phase_offset(int phase) const;
  // Blocks from here on are packed even if the others are read where they lie.
  std::int64_t first_packed(const GateLayout& layout, std::int64_t begin) const;
  OpenedPack open(carousel::detail::Storage& storage, const T* weights, const GateLayout& layout,
                  bool recurrent, std::int64_t k, std::int64_t elements) const;
  void prepare_bias(std::int64_t begin, std::int64_t end) const;

  const RecurrentForward<T>* args_;
  GateLayout layout_, state_layout_;
  OpenedPack kernel_pack_{}, recurrent_pack_{}, projection_pack_{};
  T *kernel_, *recurrent_kernel_, *projection_ = nullptr, *bias_;
};

extern template class RecurrentWeights<float>;
extern template class RecurrentWeights<double>;

}  // namespace carousel::cpu
