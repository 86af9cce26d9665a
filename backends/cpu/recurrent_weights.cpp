#include <carousel/backends/cpu/recurrent_weights.h>

namespace carousel::cpu {
namespace {

using std::int64_t;

struct Buffers {
  Workspace kernel, recurrent_kernel, projection, bias;
};
Buffers& buffers() {
  thread_local Buffers mine;
  return mine;
}

}  // namespace

template <class T>
RecurrentWeights<T>::RecurrentWeights(const RecurrentForward<T>& args, const GateLayout& layout,
                                      const GateLayout& state_layout)
    : args_(&args), layout_(layout), state_layout_(state_layout) {
  const RecurrentCell& cell = *layout_.cell;
  const int64_t kernel_size = pack_size(layout_, cell.input, args.sizes.input);
  const int64_t recurrent_size = phase_offset(cell.phases.count);
  const int64_t projection_size =
      cell.projects ? pack_size(state_layout_, state_layout_.cell->input, layout_.units) : 0;
  Buffers& b = buffers();
  bias_ = b.bias.get<T>(layout_.columns);
  if (!publishes()) {
    kernel_ = b.kernel.get<T>(kernel_size);
    recurrent_kernel_ = b.recurrent_kernel.get<T>(recurrent_size);
    projection_ = b.projection.get<T>(projection_size);
    return;
  }
  kernel_pack_ =
      open(*args.kernel_storage, args.kernel, layout_, false, args.sizes.input, kernel_size);
  recurrent_pack_ = open(*args.recurrent_kernel_storage, args.recurrent_kernel, layout_, true,
                         args.sizes.state, recurrent_size);
  kernel_ = kernel_pack_.pack->template data<T>();
  recurrent_kernel_ = recurrent_pack_.pack->template data<T>();
  if (!cell.projects) return;
  projection_pack_ = open(*args.projection_storage, args.projection, state_layout_, false,
                          layout_.units, projection_size);
  projection_ = projection_pack_.pack->template data<T>();
}

template <class T>
OpenedPack RecurrentWeights<T>::open(carousel::detail::Storage& storage, const T* weights,
                                     const GateLayout& layout, bool recurrent, int64_t k,
                                     int64_t elements) const {
  const WeightPackKey key{weights,      storage.version(), layout.cell, recurrent, k,
                          layout.units, layout.lanes,      0,           sizeof(T)};
  return open_weight_pack(storage, key, elements);
}

template <class T>
bool RecurrentWeights<T>::streams() const {
  return !publishes() && args_->sizes.time == 1 && args_->sizes.batch <= kFewRows;
}

template <class T>
int64_t RecurrentWeights<T>::phase_offset(int phase) const {
  int64_t size = 0;
  for (int p = 0; p < phase; ++p)
    size += pack_size(layout_, layout_.cell->phases[p].product, args_->sizes.state);
  return size;
}

template <class T>
int64_t RecurrentWeights<T>::first_packed(const GateLayout& layout, int64_t begin) const {
  const int64_t full = layout.units / layout.lanes / layout.group * layout.group;
  return streams() ? std::max(begin, full) : begin;
}

template <class T>
void RecurrentWeights<T>::prepare(int64_t begin, int64_t end) const {
  const RecurrentForward<T>& a = *args_;
  const RecurrentCell& cell = *layout_.cell;
  const int64_t first = first_packed(layout_, begin);
  if (!kernel_pack_.ready)
    pack_gate_columns(layout_, cell.input, a.sizes.input, a.kernel, first, end, kernel_);
  for (int p = 0; p < cell.phases.count && !recurrent_pack_.ready; ++p)
    pack_gate_columns(layout_, cell.phases[p].product, a.sizes.state, a.recurrent_kernel, first,
                      end, recurrent_kernel_ + phase_offset(p));
  prepare_bias(begin, end);
}

template <class T>
void RecurrentWeights<T>::prepare_projection(int64_t begin, int64_t end) const {
  if (!projection_pack_.ready)
    pack_gate_columns(state_layout_, state_layout_.cell->input, layout_.units, args_->projection,
                      first_packed(state_layout_, begin), end, projection_);
}

template <class T>
void RecurrentWeights<T>::prepare_bias(int64_t begin, int64_t end) const {
  const RecurrentCell& cell = *layout_.cell;
  for (int section = 0; section < cell.sections.count; ++section)
    std::fill(bias_ + layout_.at(section, begin), bias_ + layout_.at(section, end), T(0));
  if (!args_->bias) return;
  add_interleaved(layout_, cell.input, args_->bias, begin, end, bias_);
  const T* recurrent = args_->bias + cell.kernel_gates * layout_.units;
  for (const CellPhase& phase : cell.phases)
    if (cell.bias_rows == 2) add_interleaved(layout_, phase.product, recurrent, begin, end, bias_);
}

template <class T>
void RecurrentWeights<T>::publish() const {
  if (!publishes()) return;
  if (!kernel_pack_.ready) publish_weight_pack(*args_->kernel_storage, kernel_pack_.pack);
  if (!recurrent_pack_.ready)
    publish_weight_pack(*args_->recurrent_kernel_storage, recurrent_pack_.pack);
  if (layout_.cell->projects && !projection_pack_.ready)
    publish_weight_pack(*args_->projection_storage, projection_pack_.pack);
}

template <class T>
GateWeights<T> RecurrentWeights<T>::input() const {
  return {kernel_, args_->sizes.input, streams() ? args_->kernel : nullptr};
}

template <class T>
GateWeights<T> RecurrentWeights<T>::recurrent(int phase) const {
  return {recurrent_kernel_ + phase_offset(phase), args_->sizes.state,
          streams() ? args_->recurrent_kernel : nullptr};
}

template <class T>
GateWeights<T> RecurrentWeights<T>::projection() const {
  return {projection_, layout_.units, streams() ? args_->projection : nullptr};
}

template class RecurrentWeights<float>;
template class RecurrentWeights<double>;

}  // namespace carousel::cpu
