// Circular and hyperbolic functions; exponentials and logarithms to other bases.
#include <carousel/autograd/ops/logarithm.h>
#include <carousel/autograd/ops/trigonometry.h>
#include <tests/op_cases/op_case.h>

namespace carousel::test {
namespace {

using Real = long double;

OpCase unary(const char* name, Tensor (*forward)(const Tensor&), Real (*f)(Real),
             std::vector<Sample> samples) {
  OpCase c;
  c.name = name;
  c.forward = [forward](const Tensors& x) { return forward(x[0]); };
  c.reference = [f](const Hosts& x) {
    return map(x[0], [f](double v) { return static_cast<double>(f(v)); });
  };
  c.samples = std::move(samples);
  c.faults = {fault<DTypeError>("[" + c.name + "] takes ", [forward] { forward(Tensor{1}); })};
  return c;
}

OpCase binary(const char* name, Tensor (*forward)(const Tensor&, const Tensor&),
              Real (*f)(Real, Real), std::vector<Sample> samples) {
  OpCase c;
  c.name = name;
  c.forward = [forward](const Tensors& x) { return forward(x[0], x[1]); };
  c.reference = [f](const Hosts& x) {
    return zip(x[0], x[1], [f](double a, double b) { return static_cast<double>(f(a, b)); });
  };
  c.samples = std::move(samples);
  c.faults = {fault<DTypeError>("[" + c.name + "] takes f32 or f64, got i32 (1,)",
                                [forward] { forward(Tensor{1}, Tensor{1}); })};
  return c;
}

OpCase within(double epsilons, OpCase c) {
  c.epsilons = epsilons;
  return c;
}

Real log_add(Real a, Real b) {
  if (a == b) return a + std::log(Real(2));
  const Real large = std::max(a, b);
  return std::isnan(a) || std::isnan(b) ? a + b : large + std::log1p(std::exp(-std::abs(a - b)));
}

std::vector<OpCase> circular() {
  const std::vector<double> bounded{kNaN, 0, -0.0, 1e-40, 1e-30, -1e-30, 100};
  const std::vector<double> unit{kNaN, 0, -0.0, 1, -1, 1.5, -2, 1e-30, 0.999};
  return {
      within(8, unary(
                    "tan", tan, [](Real x) { return std::tan(x); },
                    unary_samples(-1.3, 1.3, bounded))),
      within(8, unary(
                    "asin", asin, [](Real x) { return std::asin(x); },
                    unary_samples(-0.9, 0.9, unit))),
      within(8, unary(
                    "acos", acos, [](Real x) { return std::acos(x); },
                    unary_samples(-0.9, 0.9, unit))),
      unary(
          "atan", atan, [](Real x) { return std::atan(x); }, unary_samples(-3, 3, wild())),
      within(8, binary(
                    "atan2", atan2, [](Real y, Real x) { return std::atan2(y, x); },
                    with(binary_samples(-3, 3, 0.5, 3, {kInf, -kInf, 0.0, -0.0, 1, -2.5, 1e30}),
                         {{"to the left", {draw({7}, -3, 3, 5), draw({7}, -3, -0.5, 6)}}}))),
      binary(
          "hypot", hypot,
          [](Real a, Real b) { return std::isnan(a + b) ? a + b : std::hypot(a, b); },
          binary_samples(-3, 3, 0.5, 3, {kNaN, 0.0, -0.0, 1, -2.5, 1e30, -3e38})),
      unary(
          "deg2rad", deg2rad, [](Real x) { return x * (std::acos(Real(-1)) / 180); },
          unary_samples(-90, 90, {kNaN, kInf, -kInf, 0, 1e30})),
  };
}

std::vector<OpCase> hyperbolic() {
  const std::vector<double> any{kNaN, kInf, -kInf, 0, 1e-30, -1e-30, 40, -40};
  const std::vector<double> unit{kNaN, 0, -0.0, 1, -1, 1.5, -2, 1e-30, 0.999, -0.9999};
  return {
      within(6, unary(
                    "sinh", sinh, [](Real x) { return std::sinh(x); }, unary_samples(-3, 3, any))),
      within(6, unary(
                    "cosh", cosh, [](Real x) { return std::cosh(x); }, unary_samples(-3, 3, any))),
      within(6, unary(
                    "asinh", asinh, [](Real x) { return std::asinh(x); },
                    unary_samples(-3, 3, wild()))),
      within(8, unary(
                    "acosh", acosh, [](Real x) { return std::acosh(x); },
                    unary_samples(1.2, 9, {kNaN, kInf, 1, 0.5, -3, 1e30, 3e38, 1.0625}))),
      within(8, unary(
                    "atanh", atanh, [](Real x) { return std::atanh(x); },
                    unary_samples(-0.9, 0.9, unit))),
  };
}

std::vector<OpCase> logarithms() {
  const auto some = unary_samples(0.3, 9, wild());
  return {
      unary(
          "exp2", exp2, [](Real x) { return std::exp2(x); },
          unary_samples(-3, 3, {kNaN, kInf, -kInf, 0, 7, -7, 100.5, -100.5})),
      unary(
          "log2", log2, [](Real x) { return std::log2(x); }, some),
      unary(
          "log10", log10, [](Real x) { return std::log10(x); }, some),
      [] {
        OpCase c = unary(
            "logit", logit, [](Real x) { return std::log(x) - std::log1p(-x); },
            unary_samples(0.6, 0.9, {kNaN, 0, 1, -0.5, 1.5, 1e-30}));
        c.samples.push_back({"below a half", {draw({9}, 0.1, 0.4, 5)}});
        return within(8, c);
      }(),
  };
}

std::vector<OpCase> pairs() {
  const std::vector<double> any{kNaN, kInf, -kInf, 0, 1, 100, -100, 1e30};
  OpCase base2 = binary(
      "logaddexp2", logaddexp2,
      [](Real a, Real b) {
        const Real k = std::log(Real(2));
        return log_add(a * k, b * k) / k;
      },
      binary_samples(0.5, 3, 0.5, 3, {kNaN, kInf, -kInf, 1, 100}));
  OpCase last =
      within(6, binary(
                    "xlog1py", xlog1py,
                    [](Real x, Real y) { return x == 0 && !std::isnan(y) ? 0 : x * std::log1p(y); },
                    binary_samples(-3, 3, 0.2, 3, any)));
  last.of_largest = true;  // gradients of what broadcasts are sums that cancel
  return {
      binary("logaddexp", logaddexp, log_add, binary_samples(0.5, 3, 0.5, 3, any)),
      within(8, base2),
      binary(
          "xlogy", xlogy,
          [](Real x, Real y) { return x == 0 && !std::isnan(y) ? 0 : x * std::log(y); },
          with(binary_samples(-3, 3, 1.2, 3, any), {{"at 0", {list({0, 1}), list({2, 3})}}})),
      last,
  };
}

}  // namespace

std::vector<OpCase> trigonometry_cases() {
  std::vector<OpCase> all;
  for (auto family : {circular, hyperbolic, logarithms, pairs})
    for (OpCase& c : family()) all.push_back(std::move(c));
  return all;
}

}  // namespace carousel::test
