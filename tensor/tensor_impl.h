// What stands behind a Tensor handle; for the library's own use.
#pragma once

#include <cstdint>

#include <carousel/tensor/device.h>
#include <carousel/tensor/dtype.h>
#include <carousel/tensor/ref.h>
#include <carousel/tensor/shape.h>
#include <carousel/tensor/storage.h>

namespace carousel::detail {

struct TensorImpl final : RefCounted {
  Ref<Storage> storage;  // null on the meta device
  Shape shape;
  Strides strides{};        // elements
  std::int64_t offset = 0;  // elements
  std::int64_t numel = 0;
  DType dtype = f32;
  Device device;
  bool dense = true;  // row-major without gaps

  // Filled by autograd/, opaque here: what produced this tensor (or the leaf that it is), and as
  // which output.
  Ref<RefCounted> slot;
  int slot_output = 0;
};

}  // namespace carousel::detail
