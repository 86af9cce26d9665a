// Pooling over 1, 2 or 3 axes, as one operation each: images (batch, <axes>, channels).
#pragma once

#include <utility>
#include <vector>

#include <carousel/tensor/tensor.h>

namespace carousel {

// Lists of one number a spatial axis, or one for all.
struct PoolOptions {
  std::vector<std::int64_t> size = {2};
  std::vector<std::int64_t> strides = {};                           // default: size
  std::vector<std::pair<std::int64_t, std::int64_t>> padding = {};  // {before, after}, below size
};

// The largest number of each window, NaN winning; its gradient goes to the first largest.
// ShapeError, ValueError, DTypeError.
Tensor max_pool(const Tensor& x, const PoolOptions& options = {});
Tensor max_pool_composed(const Tensor& x, const PoolOptions& options = {});
// The mean of what each window sees of the image: padding does not count.
Tensor average_pool(const Tensor& x, const PoolOptions& options = {});
Tensor average_pool_composed(const Tensor& x, const PoolOptions& options = {});

// Windows that share each axis out among `output_size`: window i is [floor(i n / m),
// ceil((i + 1) n / m)).
Tensor adaptive_max_pool(const Tensor& x, const std::vector<std::int64_t>& output_size);
Tensor adaptive_average_pool(const Tensor& x, const std::vector<std::int64_t>& output_size);

}  // namespace carousel
