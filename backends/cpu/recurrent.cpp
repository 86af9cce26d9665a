// The recurrent kernels: operands become pointers.
#include <carousel/backends/cpu/recurrent.h>

#include <cstdlib>
#include <string_view>

#include <carousel/backends/cpu/gates.h>
#include <carousel/backends/cpu/kernels.h>
#include <carousel/tensor/storage.h>

namespace carousel::cpu {
namespace {

template <class T>
T* data_of(const Operand& operand) {
  if (!operand.storage) return nullptr;
  return reinterpret_cast<T*>(operand.storage->host()) + operand.offset;
}

template <class T>
Sequence<T> sequence_of(const Operand& operand) {
  return {data_of<T>(operand), operand.strides[0], operand.strides[1]};
}

// (batch, units), or that for each gate, strides[0] apart.
template <class T>
RecurrentMask<T> mask_of(const Operand& operand) {
  return {data_of<T>(operand), operand.strides[0]};
}

RecurrentSpec resolved(RecurrentSpec spec) {
  static const bool exact = [] {
    const char* text = std::getenv("CAROUSEL_EXACT");
    return text && std::string_view(text) == "1";
  }();
  spec.exact = spec.exact || exact;
  return spec;
}

template <class T>
void forward(Context&, const RecurrentForwardArgs& a) {
  if (!a.kernel.storage)
    return gates_forward<T>({resolved(a.spec), a.sizes.batch, a.sizes.units, data_of<const T>(a.x),
                             data_of<const T>(a.initial_c), data_of<T>(a.h_n), data_of<T>(a.c_n),
                             data_of<T>(a.gates)});
  recurrent_forward<T>({resolved(a.spec),
                        a.sizes,
                        sequence_of<const T>(a.x),
                        data_of<T>(a.kernel),
                        data_of<T>(a.recurrent_kernel),
                        data_of<T>(a.bias),
                        sequence_of<const bool>(a.mask),
                        mask_of<T>(a.recurrent_mask),
                        data_of<T>(a.initial_h),
                        data_of<T>(a.initial_c),
                        data_of<T>(a.projection),
                        sequence_of<T>(a.y),
                        data_of<T>(a.h_n),
                        data_of<T>(a.c_n),
                        data_of<T>(a.gates),
                        data_of<T>(a.cells),
                        data_of<T>(a.states),
                        data_of<T>(a.scratch),
                        a.kernel.storage,
                        a.recurrent_kernel.storage,
                        a.projection.storage});
}

template <class T>
void backward(Context&, const RecurrentBackwardArgs& a) {
  if (!a.kernel.storage)
    return gates_backward<T>(
        {resolved(a.spec), a.sizes.batch, a.sizes.units, data_of<const T>(a.gates),
         data_of<const T>(a.initial_c), data_of<const T>(a.cells), data_of<const T>(a.dh_n),
         data_of<const T>(a.dc_n), data_of<T>(a.dx), data_of<T>(a.dinitial_c)});
  recurrent_backward<T>({resolved(a.spec),
                         a.sizes,
                         sequence_of<const T>(a.x),
                         data_of<T>(a.kernel),
                         data_of<T>(a.recurrent_kernel),
                         sequence_of<const bool>(a.mask),
                         mask_of<T>(a.recurrent_mask),
                         data_of<T>(a.initial_h),
                         data_of<T>(a.initial_c),
                         data_of<T>(a.projection),
                         data_of<T>(a.gates),
                         data_of<T>(a.cells),
                         data_of<T>(a.states),
                         data_of<T>(a.scratch),
                         a.consume_gates ? data_of<T>(a.gates) : nullptr,
                         sequence_of<const T>(a.dy),
                         data_of<T>(a.dh_n),
                         data_of<T>(a.dc_n),
                         sequence_of<T>(a.dx),
                         data_of<T>(a.dkernel),
                         data_of<T>(a.drecurrent_kernel),
                         data_of<T>(a.dbias),
                         data_of<T>(a.dinitial_h),
                         data_of<T>(a.dinitial_c),
                         data_of<T>(a.dprojection)});
}

}  // namespace

void add_recurrent_kernels(KernelTables& tables) {
  tables.recurrent_forward[static_cast<std::size_t>(f32)] = forward<float>;
  tables.recurrent_forward[static_cast<std::size_t>(f64)] = forward<double>;
  tables.recurrent_backward[static_cast<std::size_t>(f32)] = backward<float>;
  tables.recurrent_backward[static_cast<std::size_t>(f64)] = backward<double>;
}

}  // namespace carousel::cpu
