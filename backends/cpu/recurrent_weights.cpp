#include <carousel/backends/cpu/recurrent_weights.h>

namespace carousel::cpu {
namespace {

using std::int64_t;

struct Buffers {
  Workspace kernel, recurrent_kernel, bias;
};
Buffers& buffers() {
  thread_local Buffers mine;
  return mine;
}

}  // namespace

template <class T>
RecurrentWeights<T>::RecurrentWeights(const RecurrentForward<T>& args, const GateLayout& layout)
    : args_(&args), layout_(layout) {
  const RecurrentCell& cell = *layout_.cell;
  const int64_t kernel_size = pack_size(layout_, cell.input, args.sizes.input);
  const int64_t recurrent_size = phase_offset(cell.phases.count);
  Buffers& b = buffers();
  bias_ = b.bias.get<T>(layout_.columns);
  if (publishes()) {
    kernel_pack_ = open(false, kernel_size);
    recurrent_pack_ = open(true, recurrent_size);
    kernel_ = kernel_pack_.pack->template data<T>();
    recurrent_kernel_ = recurrent_pack_.pack->template data<T>();
  } else {
    kernel_ = b.kernel.get<T>(kernel_size);
    recurrent_kernel_ = b.recurrent_kernel.get<T>(recurrent_size);
  }
}

template <class T>
OpenedPack RecurrentWeights<T>::open(bool recurrent, int64_t elements) const {
  const RecurrentForward<T>& a = *args_;
  carousel::detail::Storage& storage = recurrent ? *a.recurrent_kernel_storage : *a.kernel_storage;
  const WeightPackKey key{recurrent ? a.recurrent_kernel : a.kernel,
                          storage.version(),
                          layout_.cell,
                          recurrent,
                          recurrent ? a.sizes.units : a.sizes.input,
                          layout_.units,
                          layout_.lanes,
                          0,
                          sizeof(T)};
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
    size += pack_size(layout_, layout_.cell->phases[p].product, layout_.units);
  return size;
}

template <class T>
void RecurrentWeights<T>::prepare(int64_t begin, int64_t end) const {
  const RecurrentForward<T>& a = *args_;
  const RecurrentCell& cell = *layout_.cell;
  const int64_t full = layout_.units / layout_.lanes / layout_.group * layout_.group;
  const int64_t first = streams() ? std::max(begin, full) : begin;
  if (!kernel_pack_.ready)
    pack_gate_columns(layout_, cell.input, a.sizes.input, a.kernel, first, end, kernel_);
  for (int p = 0; p < cell.phases.count && !recurrent_pack_.ready; ++p)
    pack_gate_columns(layout_, cell.phases[p].product, layout_.units, a.recurrent_kernel, first,
                      end, recurrent_kernel_ + phase_offset(p));
  prepare_bias(begin, end);
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
}

template <class T>
GateWeights<T> RecurrentWeights<T>::input() const {
  return {kernel_, args_->sizes.input, streams() ? args_->kernel : nullptr};
}

template <class T>
GateWeights<T> RecurrentWeights<T>::recurrent(int phase) const {
  return {recurrent_kernel_ + phase_offset(phase), layout_.units,
          streams() ? args_->recurrent_kernel : nullptr};
}

template class RecurrentWeights<float>;
template class RecurrentWeights<double>;

}  // namespace carousel::cpu
