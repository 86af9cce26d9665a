// Other shapes of the same elements. The members of Tensor, and what has no member.
#pragma once

#include <span>
#include <vector>

#include <carousel/tensor/tensor.h>

namespace carousel {

Tensor reshape(const Tensor& x, const Shape& shape);
Tensor transpose(const Tensor& x, int axis0, int axis1);
Tensor permute(const Tensor& x, std::span<const int> axes);
Tensor squeeze(const Tensor& x, int axis);
Tensor unsqueeze(const Tensor& x, int axis);
Tensor expand(const Tensor& x, const Shape& shape);
Tensor slice(const Tensor& x, int axis, std::int64_t begin, std::int64_t end = Slice::kEnd,
             std::int64_t step = 1);
Tensor select(const Tensor& x, int axis, std::int64_t position);
// In reverse along these axes.
Tensor flip(const Tensor& x, const Axes& axes);
// Rotated by `shift` along `axis`.
Tensor roll(const Tensor& x, std::int64_t shift, int axis);
// {before, after} along each axis, filled with `value`; negative widths are a ValueError.
Tensor pad(const Tensor& x, std::span<const std::pair<std::int64_t, std::int64_t>> widths,
           Scalar value = 0);
// The same, filled with x's own elements: mirrored at the border, without it (widths below the
// size); the border's; or those from the other end (widths up to the size).
enum class PadMode { reflect, replicate, circular };
Tensor pad(const Tensor& x, std::span<const std::pair<std::int64_t, std::int64_t>> widths,
           PadMode mode);
// The whole tensor repeated, as numpy.tile.
Tensor tile(const Tensor& x, std::span<const std::int64_t> repeats);
// Each element repeated along `axis`, as numpy.repeat.
Tensor repeat(const Tensor& x, std::int64_t repeats, int axis);
Tensor concat(std::span<const Tensor> parts, int axis = 0);
Tensor concat(std::initializer_list<Tensor> parts, int axis = 0);
Tensor stack(std::span<const Tensor> parts, int axis = 0);
Tensor stack(std::initializer_list<Tensor> parts, int axis = 0);
// Equal parts (ShapeError if it does not divide), or parts of the given sizes.
std::vector<Tensor> split(const Tensor& x, std::int64_t parts, int axis = 0);
std::vector<Tensor> split(const Tensor& x, std::span<const std::int64_t> sizes, int axis = 0);
// The lower or upper triangle of the last two axes, the rest 0; k moves the diagonal.
Tensor tril(const Tensor& x, int k = 0);
Tensor triu(const Tensor& x, int k = 0);
// Vectors as the axes of a grid: of each its coordinate at all points, as numpy.meshgrid with "ij".
std::vector<Tensor> meshgrid(std::span<const Tensor> axes);
// Turned k times by a right angle, from axis0 towards axis1.
Tensor rot90(const Tensor& x, int k = 1, int axis0 = 0, int axis1 = 1);
// Windows along an axis, `step` apart: their number in place of the axis, their places behind all.
Tensor unfold(const Tensor& x, int axis, std::int64_t size, std::int64_t step = 1);
// The last axis as the k-th diagonals of square matrices.
Tensor diag_embed(const Tensor& x, int k = 0);
// A vector as a diagonal matrix, or a matrix' diagonal.
Tensor diag(const Tensor& x, int k = 0);

}  // namespace carousel
