// The layout that element-wise programs read: the Layout of programs/prelude.cl.
#pragma once

#include <cstdint>
#include <initializer_list>

#include <carousel/tensor/dtype.h>
#include <carousel/tensor/kernels.h>

namespace carousel::opencl {

struct ElementLayout {
  std::int64_t count = 0;
  std::int64_t rank = 0;
  std::int64_t immediates = 0;
  std::int64_t size[kMaxRank] = {};
  std::int64_t begin[4] = {};
  std::int64_t stride[4][kMaxRank] = {};
};

struct TypedOperand {
  const Operand& operand;
  DType dtype;
};

// Operands, the output first. Axes that all operands step through alike are merged; rank 0 means
// that all are dense.
ElementLayout make_layout(Layout layout, std::int64_t count, const Shape& shape,
                          std::initializer_list<TypedOperand> operands);

}  // namespace carousel::opencl
