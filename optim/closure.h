// What an optimizer calls to see the loss again; refers to a function of the caller's.
#pragma once

#include <concepts>
#include <type_traits>

#include <carousel/tensor/tensor.h>

namespace carousel::optim {

// Forgets the gradients, runs the model and backward(), returns the loss. Valid as long as the
// function is; implicit, so that step([&] { ...; return loss; }) works.
class Closure {
 public:
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, Closure> &&
           std::convertible_to<std::invoke_result_t<F&>, Tensor>) Closure(F&& f)  // NOLINT
      : function_(const_cast<void*>(static_cast<const void*>(&f))), call_([](void* function) {
          return Tensor((*static_cast<std::remove_reference_t<F>*>(function))());
        }) {}
  Tensor operator()() const { return call_(function_); }

 private:
  void* function_;
  Tensor (*call_)(void*);
};

}  // namespace carousel::optim
