#include <carousel/backends/opencl/layout.h>

#include <carousel/backends/opencl/launch.h>

namespace carousel::opencl {
namespace {

// Whether axis `outer` continues axis `inner` in every operand.
bool mergeable(const ElementLayout& l, int operands, int outer, std::int64_t inner_size,
               const std::int64_t (&inner_stride)[4]) {
  for (int k = 0; k < operands; ++k)
    if (l.stride[k][outer] != inner_size * inner_stride[k]) return false;
  return true;
}

// Appends an axis of the shape inside those already there, merging where it can.
void append_axis(ElementLayout& l, int operands, std::int64_t size,
                 const std::int64_t (&stride)[4]) {
  if (size == 1) return;
  const int last = static_cast<int>(l.rank) - 1;
  if (last >= 0 && mergeable(l, operands, last, size, stride)) {
    l.size[last] *= size;
    for (int k = 0; k < operands; ++k) l.stride[k][last] = stride[k];
    return;
  }
  l.size[l.rank] = size;
  for (int k = 0; k < operands; ++k) l.stride[k][l.rank] = stride[k];
  ++l.rank;
}

bool all_dense(const ElementLayout& l, int operands) {
  if (l.rank > 1 || l.immediates != 0) return false;
  for (int k = 0; k < operands; ++k)
    if (l.rank == 1 && l.stride[k][0] != 1) return false;
  return true;
}

std::int64_t stride_of(Layout layout, int k, int axis, const Shape& shape, const Strides& dense,
                       const Operand& operand) {
  if (operand.storage == nullptr) return 0;
  if (layout == Layout::general) return operand.strides[static_cast<std::size_t>(axis)];
  if (layout == Layout::rows_b && k == 2) return axis == shape.rank() - 1 ? 1 : 0;
  return dense[static_cast<std::size_t>(axis)];
}

}  // namespace

ElementLayout make_layout(Layout layout, std::int64_t count, const Shape& shape,
                          std::initializer_list<TypedOperand> operands) {
  ElementLayout l;
  l.count = count;
  const int n = static_cast<int>(operands.size());
  for (int k = 0; k < n; ++k) {
    const auto& [operand, dtype] = operands.begin()[k];
    l.begin[k] = begin_of(operand, dtype);
    if (operand.storage == nullptr) l.immediates |= std::int64_t{1} << k;
  }
  if (layout == Layout::contiguous || layout == Layout::scalar_a || layout == Layout::scalar_b)
    return l;  // what is no immediate is dense: rank 0
  const Strides dense = contiguous_strides(shape);
  for (int axis = 0; axis < shape.rank(); ++axis) {
    std::int64_t stride[4] = {};
    for (int k = 0; k < n; ++k)
      stride[k] = stride_of(layout, k, axis, shape, dense, operands.begin()[k].operand);
    append_axis(l, n, shape[axis], stride);
  }
  if (all_dense(l, n)) l.rank = 0;
  return l;
}

}  // namespace carousel::opencl
