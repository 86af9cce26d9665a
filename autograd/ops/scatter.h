// Writing elements at positions, into a copy. Indices as in index.h; where several positions are
// the same, the last one in order counts.
#pragma once

#include <carousel/tensor/tensor.h>

namespace carousel {

// A copy of x in which source stands where index says, along `axis`: the counterpart of gather().
// index and source have one shape; off the axis it may be shorter than x.
Tensor scatter(const Tensor& x, int axis, const Tensor& index, const Tensor& source);
// A copy of x whose slices that the 1-D index names are those of source, or `value`.
Tensor index_copy(const Tensor& x, int axis, const Tensor& index, const Tensor& source);
Tensor index_fill(const Tensor& x, int axis, const Tensor& index, Scalar value);

enum class ScatterReduction { sum, mean, prod, max, min };
// Reduces what meets at a position, of source and, with include_self, what stood there in x; other
// elements stay. Equal extremes share the gradient. All but sum and mean take memory for index'
// length times x's. Floating only.
Tensor scatter_reduce(const Tensor& x, int axis, const Tensor& index, const Tensor& source,
                      ScatterReduction reduction, bool include_self = true);

}  // namespace carousel
