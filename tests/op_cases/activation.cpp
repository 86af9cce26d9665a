// Activation functions and softmax; references in long double.
#include <carousel/autograd/ops/activation.h>
#include <tests/op_cases/op_case.h>

namespace carousel::test {
namespace {

using Real = long double;

OpCase activation(const char* name, Tensor (*forward)(const Tensor&), Real (*f)(Real),
                  std::vector<Sample> samples = unary_samples(-4, 4, wild())) {
  OpCase c;
  c.name = name;
  c.forward = [forward](const Tensors& x) { return forward(x[0]); };
  c.reference = [f](const Hosts& x) {
    return map(x[0], [f](double v) { return static_cast<double>(f(v)); });
  };
  c.samples = std::move(samples);
  c.faults = {fault<DTypeError>("[" + c.name + "] takes f32, f64, got i64",
                                [forward] { forward(Tensor{std::int64_t{1}}); })};
  return c;
}

OpCase variant(const char* word, OpCase c) {
  c.variant = word;
  c.faults = {};
  return c;
}

// dy f'(saved), an operation of two inputs.
OpCase derivative(const char* name, Tensor (*forward)(const Tensor&, const Tensor&),
                  double (*slope)(double), double low, double high) {
  OpCase c;
  c.name = name;
  c.forward = [forward](const Tensors& x) { return forward(x[0], x[1]); };
  c.reference = [slope](const Hosts& x) {
    return zip(x[0], x[1], [slope](double y, double dy) { return dy * slope(y); });
  };
  c.samples = binary_samples(low, high, -2, 2);
  c.samples.push_back({"NaN stays", {list({kNaN, 0.5}), list({1, kNaN})}, false});
  return c;
}

Real sigmoid_of(Real x) { return 1 / (1 + std::exp(-x)); }
Real relu_of(Real x) { return std::isnan(x) ? x : std::max<Real>(x, 0); }
Real elu_of(Real x) { return x > 0 ? x : std::expm1(x); }
Real selu_of(Real x) {
  constexpr Real kScale = 1.0507009873554804934193349852946L,
                 kAlpha = 1.6732632423543772848170429916717L;
  return kScale * (x > 0 ? x : kAlpha * std::expm1(x));
}
Real softplus_of(Real x) {
  return std::isnan(x) ? x : std::max<Real>(x, 0) + std::log1p(std::exp(-std::abs(x)));
}
// Infinite over infinite is NaN, as the definition says.
Real softsign_of(Real x) { return x / (1 + std::abs(x)); }
Real gelu_of(Real x) {
  if (x == -static_cast<Real>(kInf)) return 0;
  return x * std::erfc(-x / std::sqrt(Real(2))) / 2;
}
Real gelu_tanh_of(Real x) {
  if (std::isinf(x)) return x > 0 ? x : 0;
  const Real k = std::sqrt(2 / std::acos(Real(-1)));
  return x * sigmoid_of(2 * k * (x + Real(0.044715L) * x * x * x));
}
Real silu_of(Real x) {
  if (x == -static_cast<Real>(kInf)) return 0;
  return x * sigmoid_of(x);
}
Real hard_sigmoid_of(Real x) { return std::isnan(x) ? x : std::clamp<Real>(x + 3, 0, 6) / 6; }

std::vector<OpCase> pointwise() {
  // Away from the kinks at 0 and, of hard_sigmoid, at 3.
  std::vector<Sample> apart = unary_samples(0.3, 2.5, wild());
  apart.push_back({"negative", {draw({19}, -2.5, -0.3, 41)}});
  // 1 + erf and 1 + tanh cancel below 0.
  const auto right = unary_samples(-2, 4, wild());
  OpCase gelu_exact = activation(
      "gelu", [](const Tensor& x) { return gelu(x); }, gelu_of, right);
  OpCase gelu_fast = variant(
      "tanh", activation(
                  "gelu", [](const Tensor& x) { return gelu(x, true); }, gelu_tanh_of, right));
  gelu_exact.epsilons = gelu_fast.epsilons = 64;
  return {
      activation("tanh", tanh, [](Real x) { return std::tanh(x); }),
      activation("sigmoid", sigmoid, sigmoid_of),
      activation("relu", relu, relu_of, apart),
      activation(
          "leaky_relu", [](const Tensor& x) { return leaky_relu(x); },
          [](Real x) { return x > 0 ? x : Real(0.01L) * x; }, apart),
      variant("slope", activation(
                           "leaky_relu", [](const Tensor& x) { return leaky_relu(x, 0.25); },
                           [](Real x) { return x > 0 ? x : x / 4; }, apart)),
      activation(
          "elu", [](const Tensor& x) { return elu(x); }, elu_of, apart),
      variant("alpha", activation(
                           "elu", [](const Tensor& x) { return elu(x, 2); },
                           [](Real x) { return x > 0 ? x : 2 * std::expm1(x); }, apart)),
      activation("selu", selu, selu_of, apart),
      activation("softplus", softplus, softplus_of),
      activation("softsign", softsign, softsign_of, apart),
      gelu_exact,
      gelu_fast,
      activation("silu", silu, silu_of),
      activation("hard_sigmoid", hard_sigmoid, hard_sigmoid_of, apart),
      derivative(
          "tanh_grad", tanh_grad, [](double y) { return 1 - y * y; }, -0.9, 0.9),
      derivative(
          "sigmoid_grad", sigmoid_grad, [](double y) { return y * (1 - y); }, 0.1, 0.9),
      derivative(
          "relu_grad", relu_grad, [](double y) { return std::isnan(y) ? y : 1.0 * (y > 0); }, 0.1,
          3),
  };
}

std::vector<double> softmax_of(const std::vector<double>& x) {
  double largest = -kInf, total = 0;
  for (double v : x) largest = std::isnan(v) ? v : std::max(largest, v);
  std::vector<double> y;
  for (double v : x) y.push_back(std::exp(v - largest));
  for (double v : y) total += v;
  for (double& v : y) v /= total;
  return y;
}
std::vector<double> log_softmax_of(const std::vector<double>& x) {
  double largest = -kInf, total = 0;
  for (double v : x) largest = std::max(largest, v);
  for (double v : x) total += std::exp(v - largest);
  std::vector<double> y;
  for (double v : x) y.push_back(v - largest - std::log(total));
  return y;
}

using Line = std::vector<double> (*)(const std::vector<double>&);

OpCase rows(const char* name, const char* word, int axis, Tensor (*forward)(const Tensor&, int),
            Line f) {
  OpCase c;
  c.name = name;
  c.variant = word;
  c.forward = [forward, axis](const Tensors& x) { return forward(x[0], axis); };
  c.reference = [f, axis](const Hosts& x) { return along(x[0], axis, f); };
  c.samples = {{"a vector", {draw({5}, -3, 3, 1)}},
               {"one element", {draw({1}, -3, 3, 2)}},
               {"a matrix", {draw({3, 19}, -3, 3, 3)}},
               {"transposed", {draw({3, 4}, -3, 3, 4, Lie::transposed)}},
               {"strided", {draw({2, 3, 4}, -3, 3, 5, Lie::strided)}},
               {"stride 0", {draw({3, 4}, -3, 3, 6, Lie::expanded)}},
               {"no row", {draw({0, 4}, -3, 3, 7)}},
               {"large", {list({1000, 1001, 999})}},
               {"far apart", {list({-1000, 0, 1000, 3})}, false},
               {"one is -inf", {list({-kInf, 0, 1})}, false}};
  c.epsilons = 16;  // a sum of exponentials
  c.of_largest = true;
  c.faults = {
      fault<DTypeError>("[" + c.name + "] takes f32, f64, got i32",
                        [forward] {
                          forward(Tensor{1, 2}, 0);
                        }),
      fault<IndexError>("[" + c.name + "] axis 2 is out of range for shape (2,)", [forward] {
        forward(Tensor{1.f, 2.f}, 2);
      })};
  return c;
}

std::vector<OpCase> softmaxes() {
  std::vector<OpCase> all{rows("softmax", "", -1, softmax, softmax_of),
                          rows("softmax", "first", 0, softmax, softmax_of),
                          rows("log_softmax", "", -1, log_softmax, log_softmax_of),
                          rows("log_softmax", "first", 0, log_softmax, log_softmax_of)};
  // A row of -inf has no largest element to stand on.
  all[0].samples.push_back({"only -inf", {list({-kInf, -kInf})}, false});
  all[0].samples.push_back({"NaN", {list({2, 3}, {1, kNaN, 2, 1, 2, 3})}, false});
  return all;
}

}  // namespace

std::vector<OpCase> activation_cases() {
  std::vector<OpCase> all = pointwise();
  for (OpCase& c : softmaxes()) all.push_back(std::move(c));
  return all;
}

}  // namespace carousel::test
