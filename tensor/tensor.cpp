#include <carousel/tensor/tensor.h>

#include <algorithm>

#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

namespace carousel {

namespace detail {

bool is_dense(const Shape& shape, const Strides& strides) {
  std::int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    if (shape[i] == 0) return true;
    if (shape[i] != 1 && strides[static_cast<std::size_t>(i)] != step) return false;
    step *= shape[i];
  }
  return true;
}

Tensor empty(const Shape& shape, DType dtype, Device device) {
  const std::int64_t numel = shape.numel();
  const std::int64_t bytes = checked_mul(numel, static_cast<std::int64_t>(size_of(dtype)));
  auto impl = make_ref<TensorImpl>();
  if (device.kind != DeviceKind::meta)
    impl->storage = new_storage(device, static_cast<std::size_t>(bytes));
  impl->shape = shape;
  std::int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    impl->strides[static_cast<std::size_t>(i)] = step;
    step *= std::max<std::int64_t>(shape[i], 1);
  }
  impl->numel = numel;
  impl->dtype = dtype;
  impl->device = device;
  return Tensor(std::move(impl));
}

void* make_host(Tensor& out, const Shape& shape, DType dtype) {
  out = empty(shape, dtype, {});
  return out.impl().storage->host();
}

std::int64_t common_length(std::int64_t first, std::int64_t other) {
  if (first != other)
    throw ShapeError("tensor", "rows differ in length: " + std::to_string(first) + " and " +
                                   std::to_string(other));
  return first;
}

Tensor make_view(const Tensor& x, const Shape& shape, const Strides& strides, std::int64_t offset) {
  const TensorImpl& from = x.impl();
  auto impl = make_ref<TensorImpl>();
  impl->storage = from.storage;
  impl->shape = shape;
  impl->strides = strides;
  impl->offset = offset;
  impl->numel = shape.numel();
  impl->dtype = from.dtype;
  impl->device = from.device;
  impl->dense = is_dense(shape, strides);
  return Tensor(std::move(impl));
}

Tensor alias(const Tensor& x) {
  const TensorImpl& from = x.impl();
  return make_view(x, from.shape, from.strides, from.offset);
}

Operand operand(const Tensor& x) {
  const TensorImpl& impl = x.impl();
  return {impl.storage.get(), impl.offset, impl.strides, 0};
}

Operand operand(const Tensor& x, const Shape& shape) {
  const TensorImpl& impl = x.impl();
  Operand result{impl.storage.get(), impl.offset, {}, 0};
  const int shift = shape.rank() - impl.shape.rank();
  for (int i = shift; i < shape.rank(); ++i)
    if (impl.shape[i - shift] != 1)
      result.strides[static_cast<std::size_t>(i)] =
          impl.strides[static_cast<std::size_t>(i - shift)];
  return result;
}

}  // namespace detail

void Tensor::throw_undefined() {
  throw GraphError("tensor", "the tensor is undefined: nothing was assigned to it");
}

std::int64_t Tensor::dim(int axis) const { return shape()[normalize_axis(axis, shape(), "dim")]; }

namespace {

// Any tensor as dense host bytes; `keep` owns them.
const char* host_bytes(const Tensor& x, Tensor& keep) {
  keep = x.is_contiguous() ? x : detail::run_copy(x);
  const detail::TensorImpl& impl = keep.impl();
  const auto size = static_cast<std::int64_t>(size_of(impl.dtype));
  if (impl.device.kind == DeviceKind::cpu) return impl.storage->host() + impl.offset * size;
  Backend& from = backend(impl.device);
  Tensor host = detail::empty(impl.shape, impl.dtype, {});
  from.download(*impl.storage, impl.offset * size, host.impl().storage->host(),
                static_cast<std::size_t>(impl.numel * size));
  keep = host;
  return keep.impl().storage->host();
}

void check_dtype(const char* op, const Tensor& x, DType wanted) {
  if (x.dtype() != wanted)
    throw DTypeError(op, std::string("the tensor holds ") + to_string(x.dtype()) + ", asked for " +
                             to_string(wanted));
}

double as_double(const char* bytes, DType dtype) {
  switch (dtype) {
    case f32:
      return *reinterpret_cast<const float*>(bytes);
    case f64:
      return *reinterpret_cast<const double*>(bytes);
    case i32:
      return *reinterpret_cast<const std::int32_t*>(bytes);
    case i64:
      return static_cast<double>(*reinterpret_cast<const std::int64_t*>(bytes));
    case boolean:
      return *reinterpret_cast<const bool*>(bytes) ? 1 : 0;
  }
  return 0;
}

void check_single(const Tensor& x) {
  if (x.numel() != 1)
    throw ShapeError("item", "needs exactly one element, the shape is " + to_string(x.shape()));
}

}  // namespace

double Tensor::item() const {
  check_single(*this);
  Tensor keep;
  return as_double(host_bytes(*this, keep), dtype());
}

template <Element T>
T Tensor::item() const {
  check_single(*this);
  check_dtype("item", *this, dtype_of<T>);
  Tensor keep;
  return *reinterpret_cast<const T*>(host_bytes(*this, keep));
}

double Tensor::element(std::span<const std::int64_t> position) const {
  if (static_cast<int>(position.size()) != rank())
    throw IndexError(
        "tensor", std::to_string(position.size()) + " positions for shape " + to_string(shape()));
  Tensor at = *this;
  for (std::int64_t p : position) {
    const std::int64_t size = at.shape()[0];
    if (p < -size || p >= size)
      throw IndexError("tensor", "position " + std::to_string(p) + " is out of range for shape " +
                                     to_string(shape()));
    at = detail::view_select(at, 0, p < 0 ? p + size : p);
  }
  return at.item();
}

template <Element T>
std::vector<T> Tensor::to_vector() const {
  check_dtype("to_vector", *this, dtype_of<T>);
  Tensor keep;
  const T* begin = reinterpret_cast<const T*>(host_bytes(*this, keep));
  return std::vector<T>(begin, begin + numel());
}

template <Element T>
std::span<const T> Tensor::data() const {
  check_dtype("data", *this, dtype_of<T>);
  if (device().kind != DeviceKind::cpu)
    throw DeviceError("data", "the tensor is on " + carousel::to_string(device()) +
                                  ": read it with to_vector() or move it with to(\"cpu\")");
  if (!is_contiguous())
    throw ShapeError("data", "the tensor is a strided view of shape " +
                                 carousel::to_string(shape()) + ": call contiguous() first");
  const T* begin = reinterpret_cast<const T*>(impl().storage->host()) + impl().offset;
  return {begin, static_cast<std::size_t>(numel())};
}

#define CAROUSEL_READERS(T)                             \
  template T Tensor::item<T>() const;                   \
  template std::vector<T> Tensor::to_vector<T>() const; \
  template std::span<const T> Tensor::data<T>() const;
CAROUSEL_READERS(float)
CAROUSEL_READERS(double)
CAROUSEL_READERS(std::int32_t)
CAROUSEL_READERS(std::int64_t)
CAROUSEL_READERS(bool)
#undef CAROUSEL_READERS

}  // namespace carousel
