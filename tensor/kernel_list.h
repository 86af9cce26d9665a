// The list of primitives: tensor/kernels.def as an enum.
#pragma once

#include <cstddef>
#include <cstdint>

#include <carousel/tensor/dtype.h>

namespace carousel {

enum class Kernel : std::uint8_t {
#define K(name, kind, dtypes) name,
#include <carousel/tensor/kernels.def>
#undef K
};

enum class KernelKind : std::uint8_t {
  unary,
  predicate,
  binary,
  compare,
  ternary,
  cast,
  copy,
  fill,
  reduce,
  scan,
  row,
  norm,
  ctc,
  window,
  matmul,
  index,
  sort,
  random,
  recurrent_forward,
  recurrent_backward,
  optimizer
};

inline constexpr std::size_t kKernelCount = 0
#define K(name, kind, dtypes) +1
#include <carousel/tensor/kernels.def>
#undef K
    ;

const char* name_of(Kernel kernel);
KernelKind kind_of(Kernel kernel);
// Whether the kernel is defined for this compute dtype on any device.
bool takes(Kernel kernel, DType dtype);

}  // namespace carousel
