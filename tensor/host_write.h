// Writing a tensor's elements from the host.
#pragma once

#include <span>

#include <carousel/tensor/tensor.h>

namespace carousel {

namespace detail {
// GraphError if x takes part in a graph and gradients are on; DeviceError if it is not on the CPU;
// ShapeError if it is not contiguous.
void check_host_writable(const Tensor& x, DType dtype);
// GraphError that names `op` if x takes part in a graph and gradients are on.
void check_writable(const char* op, const Tensor& x);
}  // namespace detail

// Holds a tensor open for writing: `HostWrite<float> w(x); w[3] = 1;`. The tensor's version is
// bumped when it begins and when it ends, so a backward pass notices.
template <Element T>
class HostWrite {
 public:
  explicit HostWrite(const Tensor& x) : tensor_(x) {
    detail::check_host_writable(x, dtype_of<T>);
    tensor_.impl().storage->bump_version();
    const std::span<const T> view = tensor_.data<T>();
    span_ = {const_cast<T*>(view.data()), view.size()};
  }
  ~HostWrite() { tensor_.impl().storage->bump_version(); }
  HostWrite(const HostWrite&) = delete;
  HostWrite& operator=(const HostWrite&) = delete;

  T& operator[](std::size_t i) const { return span_[i]; }
  T* begin() const { return span_.data(); }
  T* end() const { return span_.data() + span_.size(); }
  std::size_t size() const { return span_.size(); }
  std::span<T> span() const { return span_; }

 private:
  Tensor tensor_;
  std::span<T> span_;
};

}  // namespace carousel
