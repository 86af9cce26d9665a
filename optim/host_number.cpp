#include <carousel/optim/host_number.h>

#include <carousel/tensor/host_write.h>

namespace carousel::optim::detail {

template <Element T>
HostNumber<T>::HostNumber(T value) {
  *static_cast<T*>(carousel::detail::make_host(tensor_, {}, dtype_of<T>)) = value;
}

template <Element T>
void HostNumber<T>::set(T value) {
  const HostWrite<T> write(tensor_);
  write[0] = value;
}

template class HostNumber<double>;
template class HostNumber<std::int64_t>;

}  // namespace carousel::optim::detail
