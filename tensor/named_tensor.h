// A tensor and its name, as checkpoints and optimizers list them.
#pragma once

#include <string>

#include <carousel/tensor/tensor.h>

namespace carousel {

// The handle shares its data: who writes into it writes into what it names.
struct NamedTensor {
  std::string name;
  Tensor tensor;
};

}  // namespace carousel
