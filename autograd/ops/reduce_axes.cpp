#include <carousel/autograd/ops/reduce_axes.h>

#include <array>

#include <carousel/autograd/ops.h>

namespace carousel::detail {

Shape kept_shape(const Shape& shape, std::uint32_t axes) {
  return reduced_shape(shape, axes, true);
}

Shape reduced_shape(const Shape& shape, std::uint32_t axes, bool keepdims) {
  Shape result;
  for (int i = 0; i < shape.rank(); ++i) {
    const bool reduced = (axes >> i & 1) != 0;
    if (!reduced || keepdims) result.append(reduced ? 1 : shape[i]);
  }
  return result;
}

double reduced_count(const Shape& shape, std::uint32_t axes) {
  double count = 1;
  for (int i = 0; i < shape.rank(); ++i)
    if (axes >> i & 1) count *= static_cast<double>(shape[i]);
  return count;
}

Tensor reduced_last(const Tensor& x, std::uint32_t axes) {
  std::array<int, kMaxRank> order{};
  std::size_t count = 0;
  for (const bool reduced : {false, true})
    for (int i = 0; i < x.rank(); ++i)
      if (((axes >> i & 1) != 0) == reduced) order[count++] = i;
  Shape rows = reduced_shape(x.shape(), axes, false);
  std::int64_t length = 1;
  for (int i = 0; i < x.rank(); ++i)
    if (axes >> i & 1) length *= x.shape()[i];
  rows.append(length);
  return reshape(permute(x, std::span<const int>(order.data(), count)), rows);
}

}  // namespace carousel::detail
