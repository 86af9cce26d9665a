// Plain arrays of doubles, in which references are written as naive loops.
#pragma once

#include <functional>
#include <vector>

#include <carousel/tensor/tensor.h>

namespace carousel::test {

// Row-major values of a tensor of any dtype. What a reference returns says the expected dtype too.
struct Host {
  Shape shape;
  DType dtype = f64;
  std::vector<double> values;
};

// A tensor's elements.
Host host(const Tensor& x);
// `shape` filled with zeros.
Host zeros_host(const Shape& shape, DType dtype);
// The same values under another dtype.
Host as(Host x, DType dtype);

// x repeated to `shape`, as NumPy broadcasts.
Host broadcast(const Host& x, const Shape& shape);
// f of each element; of each pair, broadcast.
Host map(const Host& x, const std::function<double(double)>& f);
Host zip(const Host& a, const Host& b, const std::function<double(double, double)>& f);
// f of the elements that are reduced together, in row-major order. No axes: all of them.
Host reduce_over(const Host& x, const std::vector<int>& axes, bool keepdims,
                 const std::function<double(const std::vector<double>&)>& f);
// f of each line along an axis; the result's lines may have another length.
Host along(const Host& x, int axis,
           const std::function<std::vector<double>(const std::vector<double>&)>& f);
// Each position of a shape in row-major order, and back.
std::vector<std::int64_t> position(const Shape& shape, std::int64_t i);
std::int64_t flat(const Shape& shape, const std::vector<std::int64_t>& position);

}  // namespace carousel::test
