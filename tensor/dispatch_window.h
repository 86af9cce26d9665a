// Front ends of sliding windows. The operations have checked the arguments, and that the device has
// the kernels. Tensors are made dense.
#pragma once

#include <carousel/tensor/kernels.h>
#include <carousel/tensor/tensor.h>

namespace carousel::detail {

// Whole images [first, first + count) of x, and of their channels a group.
struct Images {
  std::int64_t first, count, first_channel, channels;
};

// Windows [first, first + count) of all images, and of their channels a group.
struct WindowRows {
  std::int64_t first, count, first_channel, channels;
};

// (count, size group_channels): what the windows see.
Tensor run_im2col(const Tensor& x, const WindowGeometry& geometry, const WindowRows& rows);
// Adds rows like those to the images of dx, which is dense.
void run_col2im(const Tensor& dx, const Tensor& rows, const WindowGeometry& geometry,
                const Images& images);

// The other window kernels: out is made with `shape`; undefined operands are none.
Tensor run_window(Kernel kernel, const WindowGeometry& geometry, const Shape& shape,
                  const Tensor& x, const Tensor& weights, const Tensor& dy,
                  std::int64_t multiplier = 1);

}  // namespace carousel::detail
