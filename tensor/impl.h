// Raw tensors and views, without gradients; for the library's own use.
#pragma once

#include <carousel/tensor/kernels.h>
#include <carousel/tensor/tensor.h>

namespace carousel::detail {

// A new tensor with its own memory, not initialised (none on meta). Sizes are checked for overflow.
Tensor empty(const Shape& shape, DType dtype, Device device);

// Another view of x's storage, without a gradient. `offset` and `strides` are absolute.
Tensor make_view(const Tensor& x, const Shape& shape, const Strides& strides, std::int64_t offset);
// The same view, without a gradient.
Tensor alias(const Tensor& x);

bool is_dense(const Shape& shape, const Strides& strides);

// x as a kernel's operand, its strides broadcast to `shape`.
Operand operand(const Tensor& x);
Operand operand(const Tensor& x, const Shape& shape);

// Raw views without gradient. The arguments have been checked by the caller.
Tensor view_transpose(const Tensor& x, int axis0, int axis1);
Tensor view_permute(const Tensor& x, std::span<const int> axes);
Tensor view_expand(const Tensor& x, const Shape& shape);
Tensor view_slice(const Tensor& x, int axis, std::int64_t begin, std::int64_t size,
                  std::int64_t step);
Tensor view_select(const Tensor& x, int axis, std::int64_t position);
// Undefined if the strides don't allow it.
Tensor view_reshape(const Tensor& x, const Shape& shape);

}  // namespace carousel::detail
