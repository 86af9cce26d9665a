#include <carousel/autograd/ops/activation.h>

#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/dispatch.h>

namespace carousel {

using detail::run;

Tensor tanh(const Tensor& x) {
  return record("tanh", run(Kernel::tanh, x), {x}, {saved_output(0)},
                [](Backward& b) { b.grad(0) = tanh_grad(b.saved(0), b.dy()); });
}

Tensor tanh_grad(const Tensor& y, const Tensor& dy) {
  return record("tanh_grad", run(Kernel::tanh_grad, y, dy), {y, dy}, {y, dy}, [](Backward& b) {
    const Tensor y = b.saved(0), dy = b.saved(1);
    if (b.needs(0)) b.grad(0) = -2.0 * y * dy * b.dy();
    if (b.needs(1)) b.grad(1) = tanh_grad(y, b.dy());
  });
}

Tensor sigmoid(const Tensor& x) {
  return record("sigmoid", run(Kernel::sigmoid, x), {x}, {saved_output(0)},
                [](Backward& b) { b.grad(0) = sigmoid_grad(b.saved(0), b.dy()); });
}

Tensor sigmoid_grad(const Tensor& y, const Tensor& dy) {
  return record("sigmoid_grad", run(Kernel::sigmoid_grad, y, dy), {y, dy}, {y, dy},
                [](Backward& b) {
                  const Tensor y = b.saved(0), dy = b.saved(1);
                  if (b.needs(0)) b.grad(0) = (1.0 - 2.0 * y) * dy * b.dy();
                  if (b.needs(1)) b.grad(1) = sigmoid_grad(y, b.dy());
                });
}

}  // namespace carousel
