#pragma once

#include <carousel/tensor/kernels.h>

namespace carousel::cpu {

// Elements that are reduced without joining.
inline constexpr std::int64_t kReduceBlock = 1024;

// argmax and argmin.
void reduce_position(Context& context, const ReduceArgs& args);

}  // namespace carousel::cpu
