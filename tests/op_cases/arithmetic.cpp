// add, sub, mul, div and their relatives.
#include <carousel/autograd/ops/arithmetic.h>
#include <tests/op_cases/op_case.h>

namespace carousel::test {

std::vector<OpCase> arithmetic_cases() {
  const std::vector<DType> numbers{f32, f64, i32, i64};
  return {
      {.name = "add",
       .forward = [](const Tensors& x) { return add(x[0], x[1]); },
       .reference =
           [](const Hosts& x) { return zip(x[0], x[1], [](double a, double b) { return a + b; }); },
       .samples = binary_samples(-9, 9, -9, 9, wild()),
       .dtypes = numbers,
       .faults = {fault<ShapeError>("[add] shapes (2, 3) and (2,) can't be broadcast together",
                                    [] {
                                      add(Tensor{{1, 2, 3}, {4, 5, 6}}, Tensor{1, 2});
                                    }),
                  fault<DTypeError>("[add] operands differ in dtype: f32 (1,) and f64 (1,)",
                                    [] { add(Tensor{1.f}, Tensor{1.0}); })}},
  };
}

}  // namespace carousel::test
