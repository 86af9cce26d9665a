// Picking elements by position. Indices are i32 or i64, negative ones count from the end; one out
// of range is an IndexError that names it.
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel {

// index has x's rank: out[i][j] = x[index[i][j]][j] for axis 0. Off the axis it may be shorter than
// x, as in PyTorch.
Tensor gather(const Tensor& x, int axis, const Tensor& index);
// As numpy.take: any shape of indices takes the place of the axis; without an axis, of the
// flattened tensor.
Tensor take(const Tensor& x, const Tensor& index);
Tensor take(const Tensor& x, const Tensor& index, int axis);
// 1-D indices along `axis`.
Tensor index_select(const Tensor& x, int axis, const Tensor& index);
// A copy of x to which source is added where index says; gather's transpose.
Tensor scatter_add(const Tensor& x, int axis, const Tensor& index, const Tensor& source);
// A copy of x to whose slices 1-D indices add those of source; index_select's transpose.
Tensor index_add(const Tensor& x, int axis, const Tensor& index, const Tensor& source);
// (...) integers to (..., depth); an index outside [0, depth) is an IndexError.
Tensor one_hot(const Tensor& index, std::int64_t depth, DType dtype = f32);
// `value` where the bool mask holds; the mask broadcasts to x.
Tensor masked_fill(const Tensor& x, const Tensor& mask, Scalar value);
// Rows of table (count, width) for ids (...): (..., width). An id outside [0, count) is an
// IndexError.
Tensor embedding(const Tensor& table, const Tensor& ids);

}  // namespace carousel
