// What the OpenCL tests share: the device, tensors on it, and how close is close.
#pragma once

#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/impl.h>
#include <tests/support/skip.h>

#include <bit>
#include <cmath>
#include <vector>

namespace carousel::test {

inline const Device kDevice{DeviceKind::opencl, 0};

// First line of every case here: without a device it says so and passes.
#define CAROUSEL_NEEDS_OPENCL()                                  \
  if (carousel::device_count(carousel::DeviceKind::opencl) == 0) \
  return carousel::test::skip("no OpenCL device")

// Double precision is an extension that some devices lack.
inline bool has_f64() { return has_kernel(backend(kDevice).kernels(), Kernel::add, DType::f64); }

// A tensor on `device` from its elements in row-major order.
template <class T>
Tensor make(const Shape& shape, const std::vector<T>& values, Device device = kDevice) {
  Tensor host = detail::empty(shape, dtype_of<T>, {});
  std::copy(values.begin(), values.end(), reinterpret_cast<T*>(host.impl().storage->host()));
  return detail::run_transfer(host, device);
}

// |a - b| <= relative * max(|b|, 1) and NaN, infinities in the same places.
template <class T>
bool close(T a, double b, double relative) {
  if (std::isnan(b)) return std::isnan(a);
  const T expected = static_cast<T>(b);
  if (std::isinf(expected) || std::isinf(a)) return a == expected;
  return std::abs(static_cast<double>(a) - b) <= relative * std::max(1.0, std::abs(b));
}

template <class T>
void check_close(const std::vector<T>& got, const std::vector<double>& expected, double relative,
                 const std::string& what) {
  BOOST_REQUIRE_MESSAGE(got.size() == expected.size(), what << ": sizes differ");
  for (std::size_t i = 0; i < got.size(); ++i)
    BOOST_TEST(close(got[i], expected[i], relative),
               what << "[" << i << "] is " << got[i] << ", expected " << expected[i]);
}

}  // namespace carousel::test
