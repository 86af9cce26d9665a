// Functions of one variable.
#include <carousel/autograd/ops/math.h>
#include <tests/op_cases/op_case.h>

namespace carousel::test {
namespace {

OpCase unary(const char* name, Tensor (*forward)(const Tensor&), double (*f)(double),
             std::vector<Sample> samples, std::vector<DType> dtypes = {f32, f64}) {
  OpCase c;
  c.name = name;
  c.forward = [forward](const Tensors& x) { return forward(x[0]); };
  c.reference = [f](const Hosts& x) { return map(x[0], f); };
  c.samples = std::move(samples);
  c.dtypes = std::move(dtypes);
  if (c.dtypes.size() == 2)
    c.faults = {fault<DTypeError>("[" + c.name + "] takes f32, f64, got i32",
                                  [forward] { forward(Tensor{1}); })};
  return c;
}

double sign_of(double x) { return std::isnan(x) ? x : (x > 0) - (x < 0); }

}  // namespace

std::vector<OpCase> math_cases() {
  const std::vector<DType> numbers{f32, f64, i32, i64};
  const std::vector<double> bounded{kNaN, 0, -0.0, 1e-40, -1e-30, 1e-30, 100, -100, 1e4};
  const std::vector<double> any{kNaN, kInf, -kInf, 0, -0.0, 1e-40, 1e-30, 1e30, -1e30, 88, -87};
  const auto around = unary_samples(0.3, 0.9, {kNaN, kInf, -kInf, 1e30, -7.25, 0.0});
  std::vector<Sample> halves = around;
  halves.push_back({"halves", {list({0.5, 1.5, 2.5, -0.5, -1.5, 3.5})}, false});
  std::vector<Sample> apart = unary_samples(0.5, 3, wild());
  apart.push_back({"negative", {draw({5}, -3, -0.5, 31)}});
  return {
      unary(
          "neg", neg, [](double x) { return -x; }, unary_samples(-9, 9, wild()), numbers),
      unary(
          "abs", abs, [](double x) { return std::abs(x); }, apart, numbers),
      unary("sign", sign, sign_of, apart, numbers),
      unary(
          "square", square, [](double x) { return x * x; }, unary_samples(-9, 9, wild()), numbers),
      unary(
          "sqrt", sqrt, [](double x) { return std::sqrt(x); }, unary_samples(0.3, 9, wild())),
      unary(
          "rsqrt", rsqrt, [](double x) { return 1 / std::sqrt(x); },
          unary_samples(0.3, 9, {kNaN, kInf, 0, -1, 1e30, 1e-30})),
      unary(
          "reciprocal", reciprocal, [](double x) { return 1 / x; }, unary_samples(0.5, 9, wild())),
      unary(
          "exp", exp, [](double x) { return std::exp(x); }, unary_samples(-3, 3, any)),
      unary(
          "expm1", expm1, [](double x) { return std::expm1(x); }, unary_samples(-3, 3, any)),
      unary(
          "log", log, [](double x) { return std::log(x); }, unary_samples(0.3, 9, wild())),
      unary(
          "log1p", log1p, [](double x) { return std::log1p(x); },
          unary_samples(-0.7, 9, {kNaN, kInf, -1, -2, 0, -0.0, 1e-30, 1e30})),
      unary(
          "sin", sin, [](double x) { return std::sin(x); }, unary_samples(-9, 9, bounded)),
      unary(
          "cos", cos, [](double x) { return std::cos(x); }, unary_samples(-9, 9, bounded)),
      unary(
          "erf", erf, [](double x) { return std::erf(x); }, unary_samples(-3, 3, any)),
      unary(
          "floor", floor, [](double x) { return std::floor(x); }, around),
      unary(
          "ceil", ceil, [](double x) { return std::ceil(x); }, around),
      unary(
          "round", round, [](double x) { return std::nearbyint(x); }, halves),
  };
}

}  // namespace carousel::test
