// Questions with bool answers.
#include <carousel/autograd/ops/compare.h>
#include <tests/op_cases/op_case.h>

namespace carousel::test {
namespace {

using Pair = Tensor (*)(const Tensor&, const Tensor&);
using Beside = Tensor (*)(const Tensor&, Scalar);
using Question = bool (*)(double, double);

// Between tensors, and against a number.
void compare(std::vector<OpCase>& all, const char* name, Pair pair, Beside beside, Question f) {
  const std::vector<double> extremes{kNaN, kInf, -kInf, 0.0, -0.0, 1, 2, 1e30};
  const std::vector<Sample> equals{{"equals", {list({1, 2, 3, 4}), list({1, 3, 3, -4})}, false}};
  OpCase c;
  c.name = name;
  c.forward = [pair](const Tensors& x) { return pair(x[0], x[1]); };
  c.reference = [f](const Hosts& x) {
    return as(zip(x[0], x[1], [f](double a, double b) { return f(a, b) ? 1.0 : 0.0; }), boolean);
  };
  c.samples = with(binary_samples(-9, 9, -9, 9, extremes), equals);
  c.dtypes = {f32, f64, i32, i64};
  c.derivatives = 0;
  c.faults = {fault<DTypeError>("[" + c.name + "] operands differ in dtype: f32 (1,) and i64 (1,)",
                                [pair] { pair(Tensor{1.f}, Tensor{std::int64_t{1}}); }),
              fault<ShapeError>("[" + c.name + "] shapes (2,) and (3,) can't be broadcast together",
                                [pair] {
                                  pair(Tensor{1, 2}, Tensor{1, 2, 3});
                                }),
              fault<DTypeError>("[" + c.name + "] a floating scalar (0.500000) beside a i32 tensor",
                                [beside] { beside(Tensor{1}, 0.5); })};
  all.push_back(c);
  c.variant = "scalar";
  c.faults = {};
  c.forward = [beside](const Tensors& x) { return beside(x[0], 2); };
  c.reference = [f](const Hosts& x) {
    return as(map(x[0], [f](double a) { return f(a, 2) ? 1.0 : 0.0; }), boolean);
  };
  c.samples = unary_samples(-9, 9, extremes);
  all.push_back(c);
}

void logical(std::vector<OpCase>& all, const char* name, Pair pair, Question f) {
  OpCase c;
  c.name = name;
  c.forward = [pair](const Tensors& x) { return pair(x[0], x[1]); };
  c.reference = [f](const Hosts& x) {
    return zip(x[0], x[1], [f](double a, double b) { return f(a, b) ? 1.0 : 0.0; });
  };
  c.samples = {{"all four", {list({0, 0, 1, 1}), list({0, 1, 0, 1})}},
               {"scalars", {list({}, {1}), list({}, {0})}},
               {"no element", {list({}), list({})}},
               {"broadcast", {list({2, 1}, {0, 1}), list({3}, {1, 0, 1})}},
               {"strided",
                {{{2, 3}, {1, 0, 1, 0, 1, 1}, Lie::strided, {}},
                 {{2, 3}, {1, 1, 0, 0, 1, 0}, Lie::transposed, {}}}}};
  c.dtypes = {boolean};
  c.derivatives = 0;
  c.faults = {fault<DTypeError>("[" + c.name + "] takes bool, got f32",
                                [pair] { pair(Tensor{1.f}, Tensor{0.f}); })};
  all.push_back(c);
}

OpCase predicate(const char* name, Tensor (*forward)(const Tensor&), bool (*f)(double)) {
  OpCase c;
  c.name = name;
  c.forward = [forward](const Tensors& x) { return forward(x[0]); };
  c.reference = [f](const Hosts& x) {
    return as(map(x[0], [f](double v) { return f(v) ? 1.0 : 0.0; }), boolean);
  };
  c.samples = unary_samples(-9, 9, wild());
  c.derivatives = 0;
  c.faults = {fault<DTypeError>("[" + c.name + "] takes f32, f64, got i32",
                                [forward] { forward(Tensor{1}); })};
  return c;
}

}  // namespace

std::vector<OpCase> compare_cases() {
  std::vector<OpCase> all;
  compare(all, "equal", equal, equal, [](double a, double b) { return a == b; });
  compare(all, "not_equal", not_equal, not_equal, [](double a, double b) { return a != b; });
  compare(all, "less", less, less, [](double a, double b) { return a < b; });
  compare(all, "less_equal", less_equal, less_equal, [](double a, double b) { return a <= b; });
  compare(all, "greater", greater, greater, [](double a, double b) { return a > b; });
  compare(all, "greater_equal", greater_equal, greater_equal,
          [](double a, double b) { return a >= b; });
  logical(all, "logical_and", logical_and, [](double a, double b) { return a != 0 && b != 0; });
  logical(all, "logical_or", logical_or, [](double a, double b) { return a != 0 || b != 0; });
  logical(all, "logical_xor", logical_xor, [](double a, double b) { return a != b; });
  OpCase inverse{
      .name = "logical_not",
      .forward = [](const Tensors& x) { return logical_not(x[0]); },
      .reference =
          [](const Hosts& x) { return map(x[0], [](double v) { return v == 0 ? 1.0 : 0.0; }); }};
  inverse.samples = {{"both", {list({0, 1})}}, {"no element", {list({})}}};
  inverse.dtypes = {boolean};
  inverse.derivatives = 0;
  inverse.faults = {
      fault<DTypeError>("[logical_not] takes bool, got i32", [] { logical_not(Tensor{1}); })};
  all.push_back(inverse);
  all.push_back(predicate("isnan", isnan, [](double x) { return std::isnan(x); }));
  all.push_back(predicate("isinf", isinf, [](double x) { return std::isinf(x); }));
  all.push_back(predicate("isfinite", isfinite, [](double x) { return std::isfinite(x); }));
  return all;
}

}  // namespace carousel::test
