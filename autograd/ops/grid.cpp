// Borders, grids and windows: copies that repeat elements.
#include <algorithm>
#include <array>

#include <carousel/autograd/ops.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel {
namespace {

// Where the i-th element of a padded axis comes from, i counting from the first original one.
std::int64_t source_of(std::int64_t i, std::int64_t size, PadMode mode) {
  if (mode == PadMode::replicate) return std::clamp<std::int64_t>(i, 0, size - 1);
  if (mode == PadMode::circular) return (i % size + size) % size;
  return i < 0 ? -i : i < size ? i : 2 * (size - 1) - i;
}

void check_width(const Tensor& x, int axis, std::pair<std::int64_t, std::int64_t> width,
                 PadMode mode) {
  const std::int64_t size = x.dim(axis), wider = std::max(width.first, width.second);
  const std::int64_t limit = mode == PadMode::reflect    ? size - 1
                             : mode == PadMode::circular ? size
                             : size > 0                  ? wider
                                                         : 0;
  if (width.first < 0 || width.second < 0 || wider > limit)
    throw ValueError("pad", "can't add " + std::to_string(width.first) + " before and " +
                                std::to_string(width.second) + " after axis " +
                                std::to_string(axis) + " of shape " + to_string(x.shape()) +
                                " from its own elements");
}

}  // namespace

Tensor pad(const Tensor& x, std::span<const std::pair<std::int64_t, std::int64_t>> widths,
           PadMode mode) {
  if (static_cast<int>(widths.size()) != x.rank())
    throw ShapeError("pad", std::to_string(widths.size()) + " pairs of widths for shape " +
                                to_string(x.shape()));
  for (int i = 0; i < x.rank(); ++i) check_width(x, i, widths[static_cast<std::size_t>(i)], mode);
  Tensor y = x;
  for (int i = 0; i < x.rank(); ++i) {
    const auto [before, after] = widths[static_cast<std::size_t>(i)];
    if (before == 0 && after == 0) continue;
    std::vector<std::int64_t> from;
    for (std::int64_t k = -before; k < x.dim(i) + after; ++k)
      from.push_back(source_of(k, x.dim(i), mode));
    const auto count = static_cast<std::int64_t>(from.size());
    y = index_select(y, i, from_vector(from, {count}).to(x.device()));
  }
  return y;
}

std::vector<Tensor> meshgrid(std::span<const Tensor> axes) {
  if (axes.empty()) throw ValueError("meshgrid", "no tensors given");
  Shape shape;
  for (const Tensor& axis : axes) {
    detail::check_same_device("meshgrid", axes[0], axis);
    if (axis.rank() != 1)
      throw ShapeError("meshgrid", "needs vectors, got shape " + to_string(axis.shape()));
    shape.append(axis.dim(0));
  }
  std::vector<Tensor> grids;
  for (int i = 0; i < shape.rank(); ++i) {
    Shape column;
    for (int k = 0; k < shape.rank(); ++k) column.append(k == i ? shape[i] : 1);
    grids.push_back(expand(reshape(axes[static_cast<std::size_t>(i)], column), shape));
  }
  return grids;
}

Tensor rot90(const Tensor& x, int k, int axis0, int axis1) {
  axis0 = normalize_axis(axis0, x.shape(), "rot90");
  axis1 = normalize_axis(axis1, x.shape(), "rot90");
  if (axis0 == axis1)
    throw ValueError("rot90",
                     "turns in a plane of two axes, got axis " + std::to_string(axis0) + " twice");
  switch ((k % 4 + 4) % 4) {
    case 1:
      return transpose(flip(x, axis1), axis0, axis1);
    case 2:
      return flip(x, {axis0, axis1});
    case 3:
      return flip(transpose(x, axis0, axis1), axis1);
    default:
      return x;
  }
}

Tensor unfold(const Tensor& x, int axis, std::int64_t size, std::int64_t step) {
  axis = normalize_axis(axis, x.shape(), "unfold");
  if (step < 1) throw ValueError("unfold", "step must be at least 1, got " + std::to_string(step));
  if (size < 0 || size > x.dim(axis))
    throw ShapeError("unfold", "windows of " + std::to_string(size) + " do not fit axis " +
                                   std::to_string(axis) + " of shape " + to_string(x.shape()));
  const std::int64_t count = (x.dim(axis) - size) / step + 1;
  const TensorOptions integers{i64, x.device(), false};
  const Tensor begin = reshape(arange(count, integers) * step, {count, 1});
  const Tensor windows = take(x, begin + arange(size, integers), axis);
  std::vector<int> order;
  for (int i = 0; i <= x.rank(); ++i)
    if (i != axis + 1) order.push_back(i);
  order.push_back(axis + 1);
  return permute(windows, order);
}

Tensor diag_embed(const Tensor& x, int k) {
  if (x.rank() < 1 || x.rank() == kMaxRank)
    throw ShapeError("diag_embed", "needs 1 to " + std::to_string(kMaxRank - 1) +
                                       " axes, got shape " + to_string(x.shape()));
  const std::int64_t more = k < 0 ? -std::int64_t{k} : k, size = x.dim(-1) + more;
  std::array<std::pair<std::int64_t, std::int64_t>, kMaxRank> widths{};
  widths[static_cast<std::size_t>(x.rank() - 1)].second = more;
  const Tensor longer = pad(x, {widths.data(), static_cast<std::size_t>(x.rank())});
  const TensorOptions integers{i64, x.device(), false};
  const Tensor columns = arange(size, integers), rows = reshape(columns, {size, 1});
  Shape square = longer.shape();
  square.append(size);
  // Element i stands in row i above the main diagonal, below it in column i.
  const Tensor spread = expand(unsqueeze(longer, k < 0 ? -2 : -1), square);
  return masked_fill(spread, not_equal(columns - rows, k), 0);
}

}  // namespace carousel
