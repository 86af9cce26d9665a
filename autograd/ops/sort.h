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

}  // namespace carousel
