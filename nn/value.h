// What flows between modules.
#pragma once

#include <initializer_list>
#include <utility>
#include <vector>

#include <carousel/tensor/slab_allocator.h>
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
using Values = std::vector<Value, carousel::detail::SlabAllocator<Value>>;

// What a model is trained on, and should give: mostly one tensor, else {a, b}, in the order of the
// model's inputs or outputs.
class Tensors {
 public:
  Tensors() = default;
  Tensors(Tensor one) : list_(1, std::move(one)) {}                   // NOLINT: fit(x, y)
  Tensors(std::initializer_list<Tensor> several) : list_(several) {}  // NOLINT: fit({a, b}, y)

  std::size_t size() const { return list_.size(); }
  bool empty() const { return list_.empty(); }
  // Whether there are tensors, all of them defined.
  bool defined() const {
    for (const Tensor& each : list_)
      if (!each.defined()) return false;
    return !empty();
  }
  const Tensor& operator[](std::size_t i) const { return list_[i]; }
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  void push_back(Tensor x) { list_.push_back(std::move(x)); }

 private:
  std::vector<Tensor, carousel::detail::SlabAllocator<Tensor>> list_;
};

}  // namespace carousel::nn
