// A program of someone else's, with an operation and a layer of its own.
#include <carousel/autograd/ops.h>
#include <carousel/autograd/record.h>
#include <carousel/nn/layers/dense.h>
#include <carousel/tensor/error.h>

using namespace carousel;

// x^3, with its derivative.
Tensor cube(const Tensor& x) {
  const Tensor data = x.detach();
  return record("cube", data * data * data, {x}, {x}, [](Backward& b) {
    const Tensor x = b.saved(0);
    b.grad(0) = 3.0 * x * x * b.dy();
  });
}

// Cubes of a scaled sum of the features.
struct Cubes : nn::Module {
  nn::Dense sum{{.units = 1, .use_bias = false, .kernel_initializer = "ones"}};
  Tensor scale;

  nn::Value forward(const nn::Value& x) override { return cube(sum(x) * scale); }
  void visit(nn::Visitor& v) override { v("sum", sum), v("scale", scale); }

 protected:
  void make_parameters(const nn::Values&) override { scale = parameter({1}, "ones"); }
};

int main() {
  Cubes cubes;
  const Tensor x{{1.f, 2.f, 3.f}, {0.f, 1.f, -1.f}};
  const Tensor y = cubes(x);  // 6^3 and 0
  y.sum().backward();
  if (y(0, 0) != 216 || y(1, 0) != 0) return 1;
  if (cubes.scale.grad()(0) != 648) return 2;  // 3 * 6^2 * 6
  if (cubes.named_parameters().size() != 2) return 3;
  try {
    cubes(Tensor{{1.f, 2.f}});
  } catch (const ShapeError&) {
    return 0;
  }
  return 4;
}
