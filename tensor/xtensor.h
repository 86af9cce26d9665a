// Tensors beside xtensor's arrays, without copies. The one header that includes xtensor.
#pragma once

#include <memory>
#include <type_traits>
#include <vector>

#if __has_include(<xtensor/containers/xadapt.hpp>)  // 0.26 and later
#include <xtensor/containers/xadapt.hpp>
#else
#include <xtensor/xadapt.hpp>
#endif

#include <carousel/tensor/host_write.h>
#include <carousel/tensor/tensor.h>

namespace carousel {

namespace detail {
inline std::vector<std::size_t> sizes_of(const Shape& shape) {
  return {shape.begin(), shape.end()};
}
}  // namespace detail

// x's elements as an xtensor array, in place; it keeps x alive. `as_xtensor<const float>(x)` reads.
// `as_xtensor<float>(x)` writes, by the rules of HostWrite: x takes part in no graph (or NoGrad
// holds), and its version is bumped now and when the last copy of the array is gone. DTypeError,
// DeviceError unless x is on the CPU, ShapeError unless it is contiguous.
template <class T>
requires Element<std::remove_const_t<T>>
auto as_xtensor(const Tensor& x) {
  if constexpr (std::is_const_v<T>) {
    return xt::adapt_smart_ptr(x.data<std::remove_const_t<T>>().data(), detail::sizes_of(x.shape()),
                               std::make_shared<Tensor>(x));
  } else {
    auto write = std::make_shared<HostWrite<T>>(x);
    T* const begin = write->begin();
    return xt::adapt_smart_ptr(begin, detail::sizes_of(x.shape()), std::move(write));
  }
}

// A dense copy of any array or expression, in its row-major order.
template <class E>
Tensor from_xtensor(const xt::xexpression<E>& expression) {
  const E& from = expression.derived_cast();
  using T = std::remove_const_t<typename E::value_type>;
  static_assert(Element<T>, "f32, f64, i32, i64 or bool");
  Shape shape;
  for (const auto size : from.shape()) shape.append(static_cast<std::int64_t>(size));
  Tensor x;
  T* const to = static_cast<T*>(detail::make_host(x, shape, dtype_of<T>));
  const std::vector<std::size_t> sizes = detail::sizes_of(shape);
  xt::adapt(to, static_cast<std::size_t>(x.numel()), xt::no_ownership(), sizes) = from;
  return x;
}

}  // namespace carousel
