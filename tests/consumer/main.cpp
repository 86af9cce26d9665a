// A program of someone else's: an operation of its own, with its derivative, and an error caught.
#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/tensor/error.h>

using carousel::Backward;
using carousel::Tensor;

// x^3.
Tensor cube(const Tensor& x) {
  const Tensor data = x.detach();
  return carousel::record("cube", data * data * data, {x}, {x}, [](Backward& b) {
    const Tensor x = b.saved(0);
    b.grad(0) = 3.0 * x * x * b.dy();
  });
}

int main() {
  Tensor x{{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}};
  x.set_requires_grad();
  cube(x).sum().backward();
  if (cube(x)(1, 2) != 216 || x.grad()(1, 2) != 108) return 1;
  try {
    x.dim(2);
  } catch (const carousel::IndexError&) {
    return 0;
  }
  return 2;
}
