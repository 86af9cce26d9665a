// Functions of one variable.
#include <carousel/autograd/ops/math.h>
#include <tests/op_cases/op_case.h>

namespace carousel::test {

std::vector<OpCase> math_cases() {
  return {
      {.name = "exp",
       .forward = [](const Tensors& x) { return exp(x[0]); },
       .reference = [](const Hosts& x) { return map(x[0], [](double v) { return std::exp(v); }); },
       .samples = unary_samples(-3, 3, {kNaN, kInf, -kInf, 0, -0.0, 1e30, -1e30, 88, -87, 1e-30}),
       .faults = {fault<DTypeError>("[exp] takes f32, f64, got i32", [] { exp(Tensor{1}); })}},
  };
}

}  // namespace carousel::test
