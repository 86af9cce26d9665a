// Orders along an axis; stable, NaN last.
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel {

struct SortResult {
  Tensor values;
  Tensor indices;  // i64
};

SortResult sort(const Tensor& x, int axis = -1, bool descending = false);
Tensor argsort(const Tensor& x, int axis = -1, bool descending = false);
// The k largest (or smallest) in order; ValueError if k is outside [0, size].
SortResult topk(const Tensor& x, std::int64_t k, int axis = -1, bool largest = true);

// The k-th smallest along an axis, k from 1, and its position; NaN is largest. ValueError.
SortResult kthvalue(const Tensor& x, std::int64_t k, int axis = -1);
// The middle element along an axis, the lower of two, and its position; a NaN wins. ShapeError for
// an empty axis.
SortResult median(const Tensor& x, int axis = -1);
// The number that a share q of the elements along an axis lies below, linear between neighbours; a
// NaN wins. ValueError unless 0 <= q <= 1.
Tensor quantile(const Tensor& x, double q, int axis = -1, bool keepdims = false);

}  // namespace carousel
