// add, sub, mul, div and their relatives; what chooses between operands.
#include <carousel/autograd/ops/arithmetic.h>
#include <tests/op_cases/op_case.h>

namespace carousel::test {
namespace {

using Pair = Tensor (*)(const Tensor&, const Tensor&);
using Function2 = double (*)(double, double);

OpCase binary(const char* name, Pair forward, Function2 f, std::vector<Sample> samples) {
  OpCase c;
  c.name = name;
  c.forward = [forward](const Tensors& x) { return forward(x[0], x[1]); };
  c.reference = [f](const Hosts& x) { return zip(x[0], x[1], f); };
  c.samples = std::move(samples);
  return c;
}

// With a C++ number on one side.
OpCase with_scalar(const char* name, const char* side, Tensor (*forward)(const Tensor&),
                   double (*f)(double), std::vector<Sample> samples) {
  OpCase c;
  c.name = name;
  c.variant = side;
  c.forward = [forward](const Tensors& x) { return forward(x[0]); };
  c.reference = [f](const Hosts& x) { return map(x[0], f); };
  c.samples = std::move(samples);
  return c;
}

OpCase of(std::vector<DType> dtypes, OpCase c) {
  c.dtypes = std::move(dtypes);
  return c;
}
OpCase failing(OpCase c, std::vector<Fault> faults) {
  c.faults = std::move(faults);
  return c;
}

double minimum_of(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? kNaN : std::min(a, b);
}
double maximum_of(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? kNaN : std::max(a, b);
}
double floor_divided(double a, double b) { return std::floor(a / b); }
double remainder_of(double a, double b) {
  const double r = std::fmod(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

std::vector<OpCase> sums_and_products() {
  const auto plain = binary_samples(-9, 9, -9, 9, wild());
  const auto one = unary_samples(-9, 9, wild());
  return {
      of(kNumbers,
         failing(binary(
                     "add", add, [](double a, double b) { return a + b; }, plain),
                 {fault<ShapeError>("[add] shapes (2, 3) and (2,) can't be broadcast together",
                                    [] {
                                      add(Tensor{{1, 2, 3}, {4, 5, 6}}, Tensor{1, 2});
                                    }),
                  fault<DTypeError>("[add] operands differ in dtype: f32 (1,) and f64 (1,)",
                                    [] { add(Tensor{1.f}, Tensor{1.0}); }),
                  fault<DTypeError>("[add] takes f32, f64, i32, i64, got bool",
                                    [] { add(Tensor{true}, Tensor{true}); }),
                  fault<DTypeError>("[add] a floating scalar (2.500000) beside a i64 tensor",
                                    [] { add(Tensor{std::int64_t{1}}, 2.5); }),
                  fault<GraphError>("[tensor]", [] { add(Tensor(), Tensor{1.f}); })})),
      of(kNumbers, with_scalar(
                       "add", "scalar", [](const Tensor& x) { return add(x, 3); },
                       [](double x) { return x + 3; }, one)),
      of(kNumbers, binary(
                       "sub", sub, [](double a, double b) { return a - b; }, plain)),
      of(kNumbers, with_scalar(
                       "sub", "right", [](const Tensor& x) { return sub(x, 3); },
                       [](double x) { return x - 3; }, one)),
      of(kNumbers, with_scalar(
                       "sub", "left", [](const Tensor& x) { return sub(3, x); },
                       [](double x) { return 3 - x; }, one)),
      of(kNumbers, binary(
                       "mul", mul, [](double a, double b) { return a * b; }, plain)),
      of(kNumbers, with_scalar(
                       "mul", "scalar", [](const Tensor& x) { return mul(x, -2); },
                       [](double x) { return -2 * x; }, one)),
      failing(binary(
                  "div", div, [](double a, double b) { return a / b; },
                  binary_samples(-9, 9, 1, 9, wild())),
              {fault<DTypeError>("[div] takes f32, f64, got i32; say floor_divide for integers",
                                 [] { div(Tensor{4}, Tensor{2}); })}),
      with_scalar(
          "div", "right", [](const Tensor& x) { return div(x, 4.5); },
          [](double x) { return x / 4.5; }, one),
      with_scalar(
          "div", "left", [](const Tensor& x) { return div(4.5, x); },
          [](double x) { return 4.5 / x; }, unary_samples(1, 9, wild())),
  };
}

std::vector<OpCase> divisions() {
  // The divisors are no integers' zeros, and the quotients far from the next integer.
  const auto apart = [](double low, double high) {
    return std::vector<Sample>{
        {"quotients", {draw({3, 4}, low, high, 21), list({4}, {2, 3, -4, 7})}},
        {"no element", {draw({0, 2}, 1, 2, 22), draw({2}, 1, 2, 23)}},
        {"signs", {list({7, -7, 7, -7, 6}), list({3, 3, -3, -3, 3})}, false},
        {"strided", {draw({2, 5}, low, high, 24, Lie::strided), list({2, 1}, {5, -3})}}};
  };
  const auto zero_divisor = [](const char* text, Pair op) {
    return fault<ValueError>(text, [op] { op(Tensor{7, 8}, Tensor{2, 0}); });
  };
  return {
      of(kNumbers,
         failing(binary("floor_divide", floor_divide, floor_divided, apart(-9, 9)),
                 {zero_divisor("[floor_divide] integer division by zero: the divisor i32 (2,) "
                               "contains 0",
                               floor_divide),
                  fault<ValueError>("[floor_divide] integer division by zero: i32 (1,) by 0",
                                    [] { floor_divide(Tensor{1}, 0); })})),
      of(kNumbers, with_scalar(
                       "floor_divide", "scalar", [](const Tensor& x) { return floor_divide(x, 3); },
                       [](double x) { return std::floor(x / 3); }, unary_samples(-9, 9))),
      of(kNumbers,
         failing(binary("remainder", remainder, remainder_of, apart(-9, 9)),
                 {zero_divisor("[remainder] integer division by zero: the divisor i32 (2,) "
                               "contains 0",
                               remainder)})),
      of(kNumbers, with_scalar(
                       "remainder", "scalar", [](const Tensor& x) { return remainder(x, 3); },
                       [](double x) { return remainder_of(x, 3); }, unary_samples(-9, 9))),
  };
}

std::vector<OpCase> powers() {
  OpCase whole = binary("pow", pow, [](double a, double b) { return std::pow(a, b); },
                        {{"negative bases", {list({-2, -1.5, -0.5, -3}), list({2, 3, -2, 0})}},
                         {"zeros", {list({0, 0, 0}), list({3, 1, 2})}}});
  whole.variant = "whole";
  whole.constant = {1};
  OpCase of_tensors = binary(
      "pow", pow, [](double a, double b) { return std::pow(a, b); },
      with(binary_samples(0.5, 3, -2, 3, {kNaN, kInf, -kInf, 0.0, -0.0, 1, -2.5, 2, 0.5}),
           {{"zero to a power", {list({0, 0, 2}), list({2, 3, 0})}, false}}));
  of_tensors.faults = {
      fault<DTypeError>("[pow] takes f32, f64, got i32", [] { pow(Tensor{1}, Tensor{2}); })};
  OpCase cube = with_scalar(
      "pow", "scalar", [](const Tensor& x) { return pow(x, 3.0); },
      [](double x) { return x * x * x; },
      with(unary_samples(-2, 2, {kNaN, kInf, -kInf, 0, 1e30, 1e-30}), {{"at 0", {list({0, 1})}}}));
  OpCase root = with_scalar(
      "pow", "broken", [](const Tensor& x) { return pow(x, -1.5); },
      [](double x) { return std::pow(x, -1.5); }, unary_samples(0.5, 3, {kNaN, kInf, 0, -1}));
  return {of_tensors, whole, cube, root,
          with_scalar(
              "pow", "zeroth", [](const Tensor& x) { return pow(x, 0.0); },
              [](double) { return 1.0; }, unary_samples(-2, 2, {0}))};
}

std::vector<OpCase> choices() {
  const auto plain = binary_samples(-9, 9, -9, 9, {kNaN, kInf, -kInf, 0.0, 1e30, -1e-30, 2});
  const auto one = unary_samples(-9, 9, {kNaN, kInf, -kInf, 0.0, 2});
  OpCase clipped = with_scalar(
      "clip", "", [](const Tensor& x) { return clip(x, -3, 4); },
      [](double x) { return std::isnan(x) ? x : std::clamp(x, -3.0, 4.0); }, one);
  clipped.faults = {fault<ValueError>("[clip] low must not exceed high, got 2.000000 and 1.000000",
                                      [] { clip(Tensor{1.f}, 2, 1); }),
                    fault<ValueError>("[clip] low must not exceed high, got nan",
                                      [] { clip(Tensor{1.f}, kNaN, 1); }),
                    fault<DTypeError>("[clip] a floating scalar (0.500000) beside a i32 tensor",
                                      [] { clip(Tensor{1}, 0.5, 1); })};
  return {
      of(kNumbers, binary("minimum", minimum, minimum_of, plain)),
      of(kNumbers, binary("maximum", maximum, maximum_of, plain)),
      of(kNumbers, with_scalar(
                       "minimum", "scalar", [](const Tensor& x) { return minimum(x, 2); },
                       [](double x) { return minimum_of(x, 2); }, one)),
      of(kNumbers, with_scalar(
                       "maximum", "scalar", [](const Tensor& x) { return maximum(x, 2); },
                       [](double x) { return maximum_of(x, 2); }, one)),
      of(kNumbers, clipped),
  };
}

Array condition(const Shape& shape) {
  Array x{shape, {}, Lie::dense, boolean};
  for (std::int64_t i = 0; i < shape.numel(); ++i) x.values.push_back(i % 3 != 1);
  return x;
}

Host chosen(const Host& c, const Host& a, const Host& b) {
  const Shape shape =
      broadcast_shapes(broadcast_shapes(a.shape, b.shape, ""), c.shape, "reference");
  Host y = broadcast(a, shape);
  const Host no = broadcast(b, shape), which = broadcast(c, shape);
  for (std::size_t i = 0; i < y.values.size(); ++i)
    if (which.values[i] == 0) y.values[i] = no.values[i];
  return y;
}

std::vector<OpCase> selections() {
  OpCase both{.name = "where",
              .forward = [](const Tensors& x) { return where(x[0], x[1], x[2]); },
              .reference = [](const Hosts& x) { return chosen(x[0], x[1], x[2]); }};
  both.dtypes = {f32, f64, i32, i64, boolean};
  both.samples = {
      {"one shape", {condition({2, 5}), draw({2, 5}, -9, 9, 1), draw({2, 5}, -9, 9, 2)}},
      {"scalars", {condition({}), draw({}, -9, 9, 1), draw({}, -9, 9, 2)}},
      {"no element", {condition({0}), draw({0}, -9, 9, 1), draw({1}, -9, 9, 2)}},
      {"broadcast", {condition({4, 1}), draw({3}, -9, 9, 1), draw({4, 3}, -9, 9, 2)}},
      {"layouts",
       {condition({3, 4}), draw({3, 4}, -9, 9, 1, Lie::transposed),
        draw({3, 4}, -9, 9, 2, Lie::strided)}},
      {"an odd tail", {condition({37}), draw({37}, -9, 9, 1), draw({37}, -9, 9, 2)}},
      {"NaN on the other side",
       {condition({3}), list({1, kNaN, kInf}), list({kNaN, 2, kNaN})},
       false}};
  both.faults = {fault<DTypeError>("[where] the condition must be bool, got f32 (1,)",
                                   [] { where(Tensor{1.f}, Tensor{1.f}, Tensor{2.f}); }),
                 fault<DTypeError>("[where] operands differ in dtype: f32 (1,) and i32 (1,)",
                                   [] { where(Tensor{true}, Tensor{1.f}, Tensor{2}); })};
  const std::vector<Sample> one{{"a matrix", {condition({2, 3}), draw({2, 3}, -9, 9, 1)}},
                                {"broadcast", {condition({4, 1}), draw({3}, -9, 9, 1)}}};
  OpCase left{.name = "where",
              .variant = "left",
              .forward = [](const Tensors& x) { return where(x[0], 7, x[1]); },
              .reference =
                  [](const Hosts& x) {
                    return chosen(x[0], {{}, x[1].dtype, {7}}, x[1]);
                  },
              .samples = one};
  OpCase right{.name = "where",
               .variant = "right",
               .forward = [](const Tensors& x) { return where(x[0], x[1], 7); },
               .reference =
                   [](const Hosts& x) {
                     return chosen(x[0], x[1], {{}, x[1].dtype, {7}});
                   },
               .samples = one};
  return {both, of(kNumbers, left), of(kNumbers, right)};
}

}  // namespace

std::vector<OpCase> arithmetic_cases() {
  std::vector<OpCase> all;
  for (auto family : {sums_and_products, divisions, powers, choices, selections})
    for (OpCase& c : family()) all.push_back(std::move(c));
  return all;
}

}  // namespace carousel::test
