// A number that a checkpoint can hold; for the library's own use.
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel::optim::detail {

// Lives in a CPU tensor of rank 0, so that restoring a checkpoint writes straight into it. Copies
// are numbers of their own.
template <Element T>
class HostNumber {
 public:
  explicit HostNumber(T value);
  HostNumber(const HostNumber& other) : HostNumber(other.get()) {}
  HostNumber& operator=(const HostNumber& other) {
    set(other.get());
    return *this;
  }
  ~HostNumber() = default;

  T get() const { return tensor_.data<T>()[0]; }
  void set(T value);
  const Tensor& tensor() const { return tensor_; }

 private:
  Tensor tensor_;
};

extern template class HostNumber<double>;
extern template class HostNumber<std::int64_t>;

}  // namespace carousel::optim::detail
