#include <carousel/autograd/ops/math.h>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>

namespace carousel {

using detail::run;

Tensor neg(const Tensor& x) {
  return record("neg", run(Kernel::neg, x), {x}, {}, [](Backward& b) { b.grad(0) = neg(b.dy()); });
}

Tensor exp(const Tensor& x) {
  return record("exp", run(Kernel::exp, x), {x}, {saved_output(0)},
                [](Backward& b) { b.grad(0) = mul(b.dy(), b.saved(0)); });
}

Tensor log(const Tensor& x) {
  return record("log", run(Kernel::log, x), {x}, {x},
                [](Backward& b) { b.grad(0) = div(b.dy(), b.saved(0)); });
}

}  // namespace carousel
