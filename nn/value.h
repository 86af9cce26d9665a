// What flows between modules.
#pragma once

#include <utility>
#include <vector>

#include <carousel/tensor/tensor.h>

namespace carousel::nn {

// A tensor that may carry a mask: bool (batch, time), true where the step counts; undefined where
// every step does. Any tensor is a Value without a mask, and any Value is a tensor.
struct Value : Tensor {
  Value() = default;
  Value(Tensor x) : Tensor(std::move(x)) {}  // NOLINT: implicit, so that model(tensor) works

  // A Value of both. (No constructor does that: in `attention({query, value})` two tensors are two
  // inputs.)
  static Value masked(Tensor x, Tensor mask) {
    Value value(std::move(x));
    value.mask = std::move(mask);
    return value;
  }

  Tensor mask;
};

// Of modules with several inputs or outputs.
using Values = std::vector<Value>;

}  // namespace carousel::nn
