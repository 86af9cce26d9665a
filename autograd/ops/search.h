// Finding elements. The results' sizes depend on values: these read numbers back from the device,
// and meta tensors, which have none, are a DeviceError.
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel {

// Where x is not 0: (count, rank) i64 positions in row-major order. NaN counts.
Tensor nonzero(const Tensor& x);
// The elements where the bool mask holds, in order, (count,). The operands broadcast.
Tensor masked_select(const Tensor& x, const Tensor& mask);

struct UniqueResult {
  Tensor values;   // ascending, (count,); each NaN by itself, last
  Tensor inverse;  // where each element of x stands in values, i64
  Tensor counts;   // i64
};
// The different elements of x. No gradient.
UniqueResult unique(const Tensor& x);

// How often each of 0, 1, ... occurs among integers (n,): i64, at least `minlength` long.
// ValueError for a negative one.
Tensor bincount(const Tensor& x, std::int64_t minlength = 0);
// Where `values` would have to stand in the ascending vector `sorted`, i64: before equals, or
// behind them with `right`. NaN comes last.
Tensor searchsorted(const Tensor& sorted, const Tensor& values, bool right = false);

}  // namespace carousel
