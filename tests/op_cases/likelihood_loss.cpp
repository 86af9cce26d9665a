// Negative log-likelihoods.
#include <cmath>
#include <numbers>

#include <carousel/autograd/ops/likelihood_loss.h>
#include <tests/op_cases/losses.h>

namespace carousel::test {
namespace {

Host mean_of(const Host& each) {
  double total = 0;
  for (const double value : each.values) total += value;
  return {{}, each.dtype, {total / static_cast<double>(each.values.size())}};
}

double poisson(double x, double t) {
  const double stirling =
      t > 1 ? t * std::log(t) - t + 0.5 * std::log(2 * std::numbers::pi * t) : 0;
  return std::exp(x) - t * x + stirling;
}

// Weights 1, 2, 3; -1 is ignored; smoothing 0.3.
Host smoothed(const Hosts& x) {
  const std::size_t classes = 3;
  double total = 0, weights = 0;
  for (std::size_t r = 0; r < x[1].values.size(); ++r) {
    if (x[1].values[r] < 0) continue;
    const auto label = static_cast<std::size_t>(x[1].values[r]);
    double sum = 0, spread = 0;
    for (std::size_t j = 0; j < classes; ++j) sum += std::exp(x[0].values[r * classes + j]);
    for (std::size_t j = 0; j < classes; ++j)
      spread -= (x[0].values[r * classes + j] - std::log(sum)) * static_cast<double>(j + 1);
    const double weight = static_cast<double>(label + 1);
    total += 0.7 * weight * (std::log(sum) - x[0].values[r * classes + label]) + 0.1 * spread;
    weights += weight;
  }
  return {{}, x[0].dtype, {total / weights}};
}

double weighted_logit(double x, double t) {
  return 2 *
         (-3 * t * std::log(1 / (1 + std::exp(-x))) - (1 - t) * std::log(1 / (1 + std::exp(x))));
}

const Tensor kOne{1.f};

Array labels() { return fixed(list({4}, {2, 0, -1, 1}), i64); }

OpCase nll_case() {
  return {.name = "nll",
          .forward = [](const Tensors& x) { return nll(x[0], x[1], Reduction::sum, -1); },
          .reference = [](const Hosts& x) -> HostOutputs {
            double total = 0;
            for (std::size_t r = 0; r < 4; ++r)
              if (x[1].values[r] >= 0)
                total -= x[0].values[r * 3 + static_cast<std::size_t>(x[1].values[r])];
            return Host{{}, x[0].dtype, {total}};
          },
          .samples = {{"rows", {draw({4, 3}, -3, 0, 1), labels()}}},
          .epsilons = 8,
          .of_largest = true,
          .faults = {fault<IndexError>("[nll] label -3 is out of range for 2 classes", [] {
            nll(Tensor{{0.f, 0.f}}, Tensor{-3});
          })}};
}

OpCase cross_entropy_case() {
  return {
      .name = "cross_entropy",
      .variant = "smoothed",
      .forward =
          [](const Tensors& x) {
            const Tensor weight = Tensor{1.0, 2.0, 3.0}.to(x[0].dtype()).to(x[0].device());
            return cross_entropy(x[0], x[1], CrossEntropyOptions{weight, -1, 0.3});
          },
      .reference = [](const Hosts& x) -> HostOutputs { return smoothed(x); },
      .samples = {{"rows", {draw({4, 3}, -3, 3, 1), labels()}}},
      .epsilons = 16,
      .of_largest = true,
      .faults = {fault<ValueError>("[cross_entropy] label_smoothing must be in [0, 1], got 2", [] {
        cross_entropy(Tensor{{0.f, 0.f}}, Tensor{0}, CrossEntropyOptions{.label_smoothing = 2});
      })}};
}

OpCase binary_cross_entropy_with_logits_case() {
  return {.name = "binary_cross_entropy_with_logits",
          .variant = "weighted",
          .forward =
              [](const Tensors& x) {
                const auto by = [&](double value) { return (x[0] * 0.0 + value).detach(); };
                return binary_cross_entropy_with_logits(x[0], x[1],
                                                        BinaryCrossEntropyOptions{by(2), by(3)});
              },
          .reference = [](const Hosts& x) { return mean_of(zip(x[0], x[1], weighted_logit)); },
          .samples = {{"a vector", {draw({7}, -3, 3, 1), draw({7}, 0, 1, 2)}}},
          .epsilons = 16,
          .of_largest = true};
}

OpCase poisson_nll_case() {
  return {.name = "poisson_nll",
          .forward = [](const Tensors& x) { return poisson_nll(x[0], x[1], {.full = true}); },
          .reference = [](const Hosts& x) { return mean_of(zip(x[0], x[1], poisson)); },
          .samples = {{"a vector", {draw({9}, -1, 2, 1), draw({9}, 1.5, 4, 2)}},
                      {"few", {draw({9}, -1, 2, 3), draw({9}, 0, 0.9, 4)}}},
          .epsilons = 32,
          .of_largest = true,
          .faults = {fault<ShapeError>("[poisson_nll] prediction (1,) and target (1, 1)",
                                       [] { poisson_nll(kOne, Tensor{{1.f}}); })}};
}

OpCase gaussian_nll_case() {
  return {
      .name = "gaussian_nll",
      .forward =
          [](const Tensors& x) {
            return gaussian_nll(x[0], x[1], x[2], {.full = true}, Reduction::none);
          },
      .reference =
          [](const Hosts& x) {
            Host y = zip(x[0], x[1], [](double p, double t) { return (p - t) * (p - t); });
            for (std::size_t i = 0; i < y.values.size(); ++i)
              y.values[i] = 0.5 * (std::log(2 * std::numbers::pi * x[2].values[i]) +
                                   y.values[i] / x[2].values[i]);
            return y;
          },
      .samples = {{"a vector", {draw({9}, -1, 2, 1), draw({9}, -1, 2, 2), draw({9}, 0.3, 2, 3)}}},
      .epsilons = 32,
      .of_largest = true,
      .faults = {fault<ValueError>("[gaussian_nll] epsilon must be positive, got 0",
                                   [] { gaussian_nll(kOne, kOne, kOne, {.epsilon = 0}); })}};
}

OpCase kl_div_case() {
  return {.name = "kl_div",
          .forward = [](const Tensors& x) { return kl_div(x[0], x[1]); },
          .reference =
              [](const Hosts& x) {
                return mean_of(zip(x[0], x[1], [](double lp, double t) {
                  return t == 0 ? 0 : t * (std::log(t) - lp);
                }));
              },
          .samples = {{"a vector", {draw({9}, -3, 0, 1), draw({9}, 0.1, 1, 2)}},
                      {"zeros", {list({-1, -2, -3}), list({0, 1, 0})}, false}},
          .epsilons = 16,
          .of_largest = true,
          .faults = {fault<DTypeError>("[kl_div] ", [] { kl_div(kOne, Tensor{1.0}); })}};
}

}  // namespace

std::vector<OpCase> likelihood_loss_cases() {
  return {nll_case(),         cross_entropy_case(), binary_cross_entropy_with_logits_case(),
          poisson_nll_case(), gaussian_nll_case(),  kl_div_case()};
}

}  // namespace carousel::test
