// Making tensors.
#pragma once

#include <span>

#include <carousel/tensor/tensor.h>

namespace carousel {

// Each takes {.dtype = f32, .device = "cpu", .requires_grad = false}.
Tensor zeros(const Shape& shape, const TensorOptions& options = {});
Tensor ones(const Shape& shape, const TensorOptions& options = {});
Tensor full(const Shape& shape, Scalar value, const TensorOptions& options = {});
// A rank-0 tensor.
Tensor scalar(Scalar value, const TensorOptions& options = {});
// begin, begin + step, ... before end; f32 unless a dtype is given. ValueError for step 0.
Tensor arange(Scalar begin, Scalar end, Scalar step = 1, const TensorOptions& options = {});
Tensor arange(Scalar end, const TensorOptions& options = {});
// `count` values from begin to end, both included.
Tensor linspace(double begin, double end, std::int64_t count, const TensorOptions& options = {});
// The identity, or rows x columns of it.
Tensor eye(std::int64_t rows, std::int64_t columns = -1, const TensorOptions& options = {});

// Copies of host memory, row-major; ShapeError if the count does not fit the shape.
template <Element T>
Tensor from_span(std::span<const T> values, const Shape& shape,
                 const TensorOptions& options = {.dtype = dtype_of<T>});
template <Element T>
Tensor from_vector(const std::vector<T>& values, const Shape& shape,
                   const TensorOptions& options = {.dtype = dtype_of<T>}) {
  return from_span<T>(std::span<const T>(values), shape, options);
}

Tensor zeros_like(const Tensor& x);
Tensor ones_like(const Tensor& x);
Tensor full_like(const Tensor& x, Scalar value);

}  // namespace carousel
