// The one array type.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <carousel/tensor/axes.h>
#include <carousel/tensor/device.h>
#include <carousel/tensor/dtype.h>
#include <carousel/tensor/scalar.h>
#include <carousel/tensor/shape.h>
#include <carousel/tensor/tensor_impl.h>

namespace carousel {

struct TensorOptions {
  DType dtype = f32;
  Device device = {};
  bool requires_grad = false;
};

// A handle, one pointer wide, on a strided n-dimensional array. Copying a handle shares the data;
// clone() copies it. Operations never change their operands: `x += y` makes x name a new tensor.
// Handles of one tensor may be used from several threads as long as none of them writes.
// The members from `to` on carry gradients; their definitions stand in autograd/ops.
class Tensor {
 public:
  // Undefined: only defined() may be called.
  Tensor() = default;
  // Values in nested braces: float gives f32, double f64, int i32, std::int64_t i64, bool bool.
  // ShapeError if the rows differ in length.
  template <Element T>
  Tensor(std::initializer_list<T> values);
  template <Element T>
  Tensor(std::initializer_list<std::initializer_list<T>> rows);
  template <Element T>
  Tensor(std::initializer_list<std::initializer_list<std::initializer_list<T>>> blocks);

  bool defined() const { return static_cast<bool>(impl_); }
  const Shape& shape() const { return impl().shape; }
  int rank() const { return impl().shape.rank(); }
  // Size along an axis, negative ones from the end; IndexError.
  std::int64_t dim(int axis) const;
  std::int64_t numel() const { return impl().numel; }
  DType dtype() const { return impl().dtype; }
  Device device() const { return impl().device; }
  const Strides& strides() const { return impl().strides; }
  bool is_contiguous() const { return impl().dense; }

  // Reading. All wait for the device; all throw DTypeError if T is not the tensor's element type.
  // The only element; ShapeError if there are more or fewer.
  template <Element T>
  T item() const;
  // The only element as a double.
  double item() const;
  // One element as a double; IndexError.
  template <std::integral... I>
  double operator()(I... index) const {
    const std::int64_t position[] = {static_cast<std::int64_t>(index)..., 0};
    return element({position, sizeof...(I)});
  }
  // All elements in row-major order.
  template <Element T>
  std::vector<T> to_vector() const;
  // The elements of a contiguous CPU tensor, in place; DeviceError or ShapeError otherwise. Valid
  // while a handle lives.
  template <Element T>
  std::span<const T> data() const;

  // Gradients (autograd/).
  bool requires_grad() const;
  // For a leaf of floating dtype; GraphError for the result of an operation.
  Tensor& set_requires_grad(bool value = true);
  bool is_leaf() const;
  // What backward() has accumulated; undefined before.
  Tensor grad() const;
  void set_grad(const Tensor& gradient);
  void zero_grad();
  // Accumulates d(this)/d(leaf) into every leaf's grad(). `cotangent` may be left out for one
  // element. GraphError for a second pass over a graph that was not retained.
  void backward(const Tensor& cotangent = {}, bool retain_graph = false) const;
  // The same data outside the graph.
  Tensor detach() const;

  // Writing in place: under NoGrad, or a tensor that wants no gradient; else GraphError.
  // Broadcasts `source`; dtypes and devices may differ.
  void copy_(const Tensor& source);
  void fill_(Scalar value);

  Tensor to(DType dtype) const;
  Tensor to(Device device) const;
  // Itself if dense, else a dense copy.
  Tensor contiguous() const;
  // A dense copy.
  Tensor clone() const;

  // Views where the strides allow it. One size may be -1: what is left.
  Tensor reshape(std::initializer_list<std::int64_t> sizes) const;
  Tensor reshape(const Shape& shape) const;
  Tensor flatten(int start = 0, int end = -1) const;
  Tensor transpose(int axis0, int axis1) const;
  // Of a matrix.
  Tensor t() const;
  Tensor permute(std::initializer_list<int> axes) const;
  Tensor permute(std::span<const int> axes) const;
  // Drops all axes of size 1, or this one if its size is 1.
  Tensor squeeze() const;
  Tensor squeeze(int axis) const;
  Tensor unsqueeze(int axis) const;
  Tensor expand(const Shape& shape) const;
  Tensor slice(int axis, std::int64_t begin, std::int64_t end = Slice::kEnd,
               std::int64_t step = 1) const;
  Tensor select(int axis, std::int64_t position) const;
  // x[{0, Slice{}, Slice{0, 5}}]
  Tensor operator[](std::initializer_list<Index> index) const;

  // Reductions; see autograd/ops/reduce.h.
  Tensor sum(const Axes& axes = {}, bool keepdims = false) const;
  Tensor mean(const Axes& axes = {}, bool keepdims = false) const;
  Tensor max(const Axes& axes = {}, bool keepdims = false) const;
  Tensor min(const Axes& axes = {}, bool keepdims = false) const;

  Tensor& operator+=(const Tensor& other);
  Tensor& operator-=(const Tensor& other);
  Tensor& operator*=(const Tensor& other);
  Tensor& operator/=(const Tensor& other);
  Tensor& operator+=(Scalar other);
  Tensor& operator-=(Scalar other);
  Tensor& operator*=(Scalar other);
  Tensor& operator/=(Scalar other);

  // For the library's own use.
  explicit Tensor(detail::Ref<detail::TensorImpl> impl) : impl_(std::move(impl)) {}
  // Never null: GraphError for an undefined tensor.
  detail::TensorImpl& impl() const {
    if (!impl_) [[unlikely]]
      throw_undefined();
    return *impl_;
  }
  const detail::Ref<detail::TensorImpl>& ref() const { return impl_; }

 private:
  [[noreturn]] static void throw_undefined();
  double element(std::span<const std::int64_t> position) const;
  detail::Ref<detail::TensorImpl> impl_;
};

Tensor operator-(const Tensor& x);
Tensor operator+(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a, const Tensor& b);
Tensor operator*(const Tensor& a, const Tensor& b);
// Floating only: DTypeError on integers says floor_divide.
Tensor operator/(const Tensor& a, const Tensor& b);
Tensor operator+(const Tensor& a, Scalar b);
Tensor operator-(const Tensor& a, Scalar b);
Tensor operator*(const Tensor& a, Scalar b);
Tensor operator/(const Tensor& a, Scalar b);
Tensor operator+(Scalar a, const Tensor& b);
Tensor operator-(Scalar a, const Tensor& b);
Tensor operator*(Scalar a, const Tensor& b);
Tensor operator/(Scalar a, const Tensor& b);

// Element by element, bool results.
Tensor operator==(const Tensor& a, const Tensor& b);
Tensor operator!=(const Tensor& a, const Tensor& b);
Tensor operator<(const Tensor& a, const Tensor& b);
Tensor operator<=(const Tensor& a, const Tensor& b);
Tensor operator>(const Tensor& a, const Tensor& b);
Tensor operator>=(const Tensor& a, const Tensor& b);
Tensor operator==(const Tensor& a, Scalar b);
Tensor operator!=(const Tensor& a, Scalar b);
Tensor operator<(const Tensor& a, Scalar b);
Tensor operator<=(const Tensor& a, Scalar b);
Tensor operator>(const Tensor& a, Scalar b);
Tensor operator>=(const Tensor& a, Scalar b);

// Like NumPy: nested brackets, large middle parts as "...". Waits for the device.
std::string to_string(const Tensor& x);

namespace detail {
// Makes `out` a dense CPU tensor and returns its memory, for the creator to fill.
void* make_host(Tensor& out, const Shape& shape, DType dtype);
// The common length of nested rows; ShapeError if they differ.
std::int64_t common_length(std::int64_t first, std::int64_t other);
template <class List>
std::int64_t row_length(const List& rows) {
  const auto first = rows.size() == 0 ? 0 : static_cast<std::int64_t>(rows.begin()->size());
  for (const auto& row : rows) common_length(first, static_cast<std::int64_t>(row.size()));
  return first;
}
}  // namespace detail

template <Element T>
Tensor::Tensor(std::initializer_list<T> values) {
  T* at = static_cast<T*>(
      detail::make_host(*this, {static_cast<std::int64_t>(values.size())}, dtype_of<T>));
  for (const T& value : values) *at++ = value;
}

template <Element T>
Tensor::Tensor(std::initializer_list<std::initializer_list<T>> rows) {
  const Shape shape{static_cast<std::int64_t>(rows.size()), detail::row_length(rows)};
  T* at = static_cast<T*>(detail::make_host(*this, shape, dtype_of<T>));
  for (const auto& row : rows)
    for (const T& value : row) *at++ = value;
}

template <Element T>
Tensor::Tensor(std::initializer_list<std::initializer_list<std::initializer_list<T>>> blocks) {
  std::int64_t columns = blocks.size() == 0 ? 0 : detail::row_length(*blocks.begin());
  for (const auto& block : blocks)
    columns = detail::common_length(columns, detail::row_length(block));
  const Shape shape{static_cast<std::int64_t>(blocks.size()), detail::row_length(blocks), columns};
  T* at = static_cast<T*>(detail::make_host(*this, shape, dtype_of<T>));
  for (const auto& block : blocks)
    for (const auto& row : block)
      for (const T& value : row) *at++ = value;
}

}  // namespace carousel
