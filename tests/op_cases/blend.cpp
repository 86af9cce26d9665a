// Mixtures of operands; rounding; activation functions made of others.
#include <carousel/autograd/ops/activation.h>
#include <carousel/autograd/ops/arithmetic.h>
#include <carousel/autograd/ops/compare.h>
#include <carousel/autograd/ops/math.h>
#include <tests/op_cases/op_case.h>

namespace carousel::test {
namespace {

using Function = double (*)(double);
using Function2 = double (*)(double, double);

OpCase unary(const char* name, const char* word, std::function<Tensor(const Tensor&)> forward,
             Function f, std::vector<Sample> samples) {
  OpCase c;
  c.name = name;
  c.variant = word;
  c.forward = [forward](const Tensors& x) { return forward(x[0]); };
  c.reference = [f](const Hosts& x) { return map(x[0], f); };
  c.samples = std::move(samples);
  c.faults = {fault<DTypeError>("[" + c.name + "] takes f32 or f64, got i32 (1,)",
                                [forward] { forward(Tensor{1}); })};
  return c;
}

OpCase binary(const char* name, Tensor (*forward)(const Tensor&, const Tensor&), Function2 f,
              std::vector<Sample> samples) {
  OpCase c;
  c.name = name;
  c.forward = [forward](const Tensors& x) { return forward(x[0], x[1]); };
  c.reference = [f](const Hosts& x) { return zip(x[0], x[1], f); };
  c.samples = std::move(samples);
  c.faults = {fault<DTypeError>("[" + c.name + "] takes f32 or f64, got i32 (1,)",
                                [forward] { forward(Tensor{1}, Tensor{1}); }),
              fault<DTypeError>("[" + c.name + "] operands differ in dtype: f32 (1,) and f64 (1,)",
                                [forward] { forward(Tensor{1.f}, Tensor{1.0}); })};
  return c;
}

std::vector<OpCase> pairs() {
  const std::vector<double> any{kNaN, kInf, -kInf, 0.0, -0.0, 1, -2.5, 1e30};
  return {
      binary("fmod", fmod, [](double a, double b) { return std::fmod(a, b); },
             {{"signs", {list({5.5, -5.5, 5.5, -5.5, 0, 7}), list({2, 2, -2, -2, 3, 0.75})}},
              {"broadcast", {list({2, 1}, {7.5, -8.25}), list({3}, {2, -3.5, 5})}},
              {"no element", {draw({0, 3}, 1, 2, 1), draw({1, 3}, 1, 2, 2)}},
              {"by nothing", {list({kNaN, 1, kInf}), list({2, 0, 3})}, false}}),
      binary(
          "fmax", fmax, [](double a, double b) { return std::isnan(b) || a >= b ? a : b; },
          binary_samples(-9, 9, -9, 9, any)),
      binary(
          "fmin", fmin, [](double a, double b) { return std::isnan(b) || a <= b ? a : b; },
          binary_samples(-9, 9, -9, 9, any)),
      [] {
        OpCase c = binary(
            "copysign", copysign, [](double a, double b) { return std::copysign(a, b); },
            with(binary_samples(0.5, 9, 0.5, 9, {kInf, -kInf, 0.0, -0.0, 1, -2.5, 1e30}),
                 {{"signs", {list({1, -1, 2}), list({-3, -3, 5})}}}));
        c.constant = {1};
        return c;
      }(),
  };
}

std::vector<OpCase> closeness() {
  const std::vector<double> any{kNaN, kInf, -kInf, 0.0, -0.0, 1, -2.5, 1e30};
  const auto near = [](double a, double b) {
    const bool within = std::isfinite(a - b) && std::abs(a - b) <= 1e-8 + 1e-5 * std::abs(b);
    return a == b || within ? 1.0 : 0.0;
  };
  const auto one_or_nan = [](double a) { return std::isnan(a) || a == 1 ? 1.0 : 0.0; };
  return {
      {.name = "isclose",
       .forward = [](const Tensors& x) { return isclose(x[0], x[1]); },
       .reference = [near](const Hosts& x) { return as(zip(x[0], x[1], near), boolean); },
       .samples = with(binary_samples(-9, 9, -9, 9, any),
                       {{"near", {list({1, 1, 0, 0}), list({1.000001, 1.1, 1e-9, 1e-7})}}}),
       .derivatives = 0,
       .faults = {fault<DTypeError>("[isclose] takes f32 or f64, got i32 (1,)",
                                    [] { isclose(Tensor{1}, Tensor{1}); })}},
      {.name = "isclose",
       .variant = "equal_nan",
       .forward = [](const Tensors& x) { return isclose(x[0], x[1], 0.5, 0, true); },
       .reference = [one_or_nan](const Hosts& x) { return as(map(x[0], one_or_nan), boolean); },
       .samples = {{"NaN", {list({kNaN, 1, 2}), list({kNaN, 2, 1})}, false}},
       .derivatives = 0},
  };
}

// f(a, b, c), broadcast.
Host zip3(const Hosts& x, double (*f)(double, double, double)) {
  const Shape shape =
      broadcast_shapes(broadcast_shapes(x[0].shape, x[1].shape, ""), x[2].shape, "");
  Host y = broadcast(x[0], shape);
  const Host b = broadcast(x[1], shape), c = broadcast(x[2], shape);
  for (std::size_t i = 0; i < y.values.size(); ++i)
    y.values[i] = f(y.values[i], b.values[i], c.values[i]);
  return y;
}

std::vector<OpCase> triples() {
  const std::vector<Sample> samples{
      {"broadcast", {draw({2, 3}, -2, 2, 1), draw({3}, -2, 2, 2), draw({2, 1}, 0.5, 2, 3)}},
      {"of one shape", {draw({5}, -2, 2, 1), draw({5}, -2, 2, 2), draw({5}, 0.5, 2, 3)}},
      {"transposed",
       {draw({3, 4}, -2, 2, 1, Lie::transposed), draw({3, 4}, -2, 2, 2, Lie::strided),
        draw({}, 0.5, 2, 3)}},
      {"NaN stays", {list({kNaN, 1, 1}), list({1, kNaN, 1}), list({1, 1, kNaN})}, false}};
  std::vector<OpCase> all{
      {.name = "lerp",
       .forward = [](const Tensors& x) { return lerp(x[0], x[1], x[2]); },
       .reference =
           [](const Hosts& x) {
             return zip3(x, [](double a, double b, double w) { return a + w * (b - a); });
           }},
      {.name = "addcmul",
       .forward = [](const Tensors& x) { return addcmul(x[0], x[1], x[2], -0.5); },
       .reference =
           [](const Hosts& x) {
             return zip3(x, [](double a, double b, double c) { return a - 0.5 * b * c; });
           }},
      {.name = "addcdiv",
       .forward = [](const Tensors& x) { return addcdiv(x[0], x[1], x[2], -0.5); },
       .reference =
           [](const Hosts& x) {
             return zip3(x, [](double a, double b, double c) { return a - 0.5 * b / c; });
           }}};
  for (OpCase& c : all) {
    c.samples = samples;
    c.of_largest = true;
    c.faults = {fault<DTypeError>("[" + c.name + "] operands differ in dtype: f32 (1,) and f64",
                                  [forward = c.forward] {
                                    forward({Tensor{1.f}, Tensor{1.0}, Tensor{1.f}});
                                  })};
  }
  return all;
}

std::vector<OpCase> roundings() {
  const auto around = unary_samples(0.3, 0.9, {kNaN, -7.25, 7.25, 0.0, 1e15});
  const auto some = unary_samples(-9, 9, wild());
  OpCase numbers = unary(
      "nan_to_num", "values", [](const Tensor& x) { return nan_to_num(x, 1, 2, 3); },
      [](double x) { return std::isnan(x)   ? 1
                            : std::isinf(x) ? (x > 0 ? 2 : 3)
                                            : x; }, some);
  OpCase ends{.name = "nan_to_num",
              .forward = [](const Tensors& x) { return nan_to_num(x[0]); },
              .reference =
                  [](const Hosts& x) {
                    const double end = x[0].dtype == f32 ? std::numeric_limits<float>::max()
                                                         : std::numeric_limits<double>::max();
                    return map(x[0], [end](double v) {
                      return std::isnan(v) ? 0 : std::clamp(v, -end, end);
                    });
                  },
              .samples = some};
  return {unary(
              "trunc", "", trunc, [](double x) { return std::trunc(x); }, around),
          unary(
              "frac", "", frac, [](double x) { return x - std::trunc(x); }, around),
          numbers, ends};
}

double limited(double x, double low, double high) {
  return std::isnan(x) ? x : std::clamp(x, low, high);
}

std::vector<OpCase> curves() {
  const std::vector<double> any{kNaN, kInf, 0.0, 1e-30, 1e30, -2.5, 1};
  const auto some = unary_samples(0.6, 2.8, any);
  const auto negative = unary_samples(-2.8, -0.6, wild());
  std::vector<OpCase> all{
      unary(
          "relu6", "", relu6, [](double x) { return limited(x, 0, 6); },
          unary_samples(0.3, 5.5, wild())),
      unary(
          "hard_tanh", "", [](const Tensor& x) { return hard_tanh(x); },
          [](double x) { return limited(x, -1, 1); }, unary_samples(-0.9, 0.9, wild())),
      unary(
          "hard_swish", "", hard_swish,
          [](double x) { return x < -3 ? 0 : x * limited(x + 3, 0, 6) / 6; },
          unary_samples(-2.5, 2.5, wild())),
      unary(
          "celu", "", [](const Tensor& x) { return celu(x); },
          [](double x) { return x > 0 ? x : std::expm1(x); }, negative),
      unary(
          "celu", "alpha", [](const Tensor& x) { return celu(x, 0.5); },
          [](double x) { return x > 0 ? x : 0.5 * std::expm1(x / 0.5); }, some),
      unary(
          "mish", "", mish,
          [](double x) { return x < -800 ? 0 : x * std::tanh(std::log1p(std::exp(x))); },
          with(some, {{"far below", {list({-kInf, -1e30, -2e4, -50})}, false}})),
      unary(
          "log_sigmoid", "", log_sigmoid,
          [](double x) { return x < 0 ? x - std::log1p(std::exp(x)) : -std::log1p(std::exp(-x)); },
          unary_samples(-4, 4, wild())),
      unary(
          "tanh_shrink", "", tanh_shrink, [](double x) { return x - std::tanh(x); }, some),
      unary(
          "soft_shrink", "", [](const Tensor& x) { return soft_shrink(x); },
          [](double x) { return x - limited(x, -0.5, 0.5); }, some),
      unary(
          "hard_shrink", "", [](const Tensor& x) { return hard_shrink(x, 1); },
          [](double x) { return std::abs(x) <= 1 ? 0 : x; }, unary_samples(1.1, 3, wild())),
      unary(
          "threshold", "", [](const Tensor& x) { return threshold(x, 0.2, -1); },
          [](double x) { return x <= 0.2 ? -1 : x; }, some),
  };
  for (OpCase& c : all) c.epsilons = c.name == "tanh_shrink" ? 24 : 8;  // it cancels
  all[1].faults.push_back(
      fault<ValueError>("[hard_tanh] low must be below high, got 1.000000 and 1.000000",
                        [] { hard_tanh(Tensor{1.f}, 1, 1); }));
  all[3].faults.push_back(fault<ValueError>("[celu] alpha must be positive, got 0.000000",
                                            [] { celu(Tensor{1.f}, 0); }));
  all[8].faults.push_back(
      fault<ValueError>("[soft_shrink] threshold must not be negative, got -1.000000",
                        [] { soft_shrink(Tensor{1.f}, -1); }));
  return all;
}

std::vector<OpCase> gates() {
  OpCase gated{
      .name = "glu",
      .forward = [](const Tensors& x) { return glu(x[0], 1); },
      .reference =
          [](const Hosts& x) {
            return along(x[0], 1, [](const std::vector<double>& line) {
              const std::size_t half = line.size() / 2;
              std::vector<double> y;
              for (std::size_t i = 0; i < half; ++i)
                y.push_back(line[i] / (1 + std::exp(-line[half + i])));
              return y;
            });
          },
      .samples = {{"a matrix", {draw({2, 6}, -3, 3, 1)}},
                  {"three axes", {draw({2, 4, 3}, -3, 3, 2, Lie::strided)}},
                  {"nothing", {draw({2, 0}, -3, 3, 3)}}},
      .faults = {fault<ShapeError>("[glu] axis 1 of shape (1, 3) does not divide into halves", [] {
        glu(Tensor{{1.f, 2.f, 3.f}});
      })}};
  OpCase sloped{.name = "prelu",
                .forward = [](const Tensors& x) { return prelu(x[0], x[1]); },
                .reference =
                    [](const Hosts& x) {
                      return zip(x[0], x[1], [](double v, double w) { return v > 0 ? v : w * v; });
                    },
                .samples = {{"channels", {draw({2, 3, 4}, -3, 3, 1), draw({3, 1}, 0.1, 0.5, 2)}},
                            {"one slope", {draw({7}, -3, 3, 3), draw({}, 0.1, 0.5, 4)}},
                            {"NaN stays", {list({kNaN, -1}), list({0.5, 0.5})}, false}},
                .faults = {fault<ShapeError>("[prelu] slope (2,) can't be broadcast to x (1,)", [] {
                  prelu(Tensor{1.f}, Tensor{1.f, 2.f});
                })}};
  return {gated, sloped};
}

}  // namespace

std::vector<OpCase> blend_cases() {
  std::vector<OpCase> all;
  for (auto family : {pairs, closeness, triples, roundings, curves, gates})
    for (OpCase& c : family()) all.push_back(std::move(c));
  return all;
}

}  // namespace carousel::test
