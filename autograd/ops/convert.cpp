// The same values as another dtype, on another device, in other memory; writing in place.
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/host_write.h>
#include <carousel/tensor/impl.h>

namespace carousel {

Tensor Tensor::to(DType dtype) const {
  const DType from = this->dtype();
  if (from == dtype) return *this;
  const Tensor y = detail::run_cast(*this, dtype);
  if (!is_floating(dtype)) return y;
  return record("to", y, {*this}, {}, [from](Backward& b) { b.grad(0) = b.dy().to(from); });
}

Tensor Tensor::to(Device device) const {
  const Device from = this->device();
  if (from == device) return *this;
  return record("to", detail::run_transfer(*this, device), {*this}, {},
                [from](Backward& b) { b.grad(0) = b.dy().to(from); });
}

Tensor Tensor::clone() const {
  return record("clone", detail::run_copy(*this), {*this}, {},
                [](Backward& b) { b.grad(0) = b.dy(); });
}

Tensor Tensor::contiguous() const { return is_contiguous() ? *this : clone(); }

void Tensor::copy_(const Tensor& source) {
  detail::check_writable("copy_", *this);
  const Tensor same = detail::run_transfer(
      source.dtype() == dtype() ? source : detail::run_cast(source, dtype()), device());
  detail::run_copy_into(*this, same);
  if (impl().storage) impl().storage->bump_version();
}

void Tensor::fill_(Scalar value) {
  detail::check_writable("fill_", *this);
  detail::run_fill(*this, value);
  if (impl().storage) impl().storage->bump_version();
}

}  // namespace carousel
