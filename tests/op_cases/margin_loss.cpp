// Losses of distances and margins.
#include <cmath>

#include <carousel/autograd/ops/margin_loss.h>
#include <tests/op_cases/losses.h>

namespace carousel::test {
namespace {

// The mean of f over the rows of all operands.
using Row = std::function<double(const std::vector<std::vector<double>>&)>;
Host mean_of_rows(const Hosts& x, std::size_t rows, const Row& f) {
  double total = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    std::vector<std::vector<double>> row;
    for (const Host& each : x) {
      const std::size_t width = each.values.size() / rows;
      const auto begin = each.values.begin() + static_cast<std::ptrdiff_t>(r * width);
      row.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(width));
    }
    total += f(row);
  }
  return {{}, x[0].dtype, {total / static_cast<double>(rows)}};
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) squares += (a[i] - b[i] + 1e-6) * (a[i] - b[i] + 1e-6);
  return std::sqrt(squares);
}

double cosine(const std::vector<double>& a, const std::vector<double>& b) {
  double ab = 0, aa = 1e-12, bb = 1e-12;
  for (std::size_t i = 0; i < a.size(); ++i)
    ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  return ab / std::sqrt(aa * bb);
}

OpCase pairs(const char* name, Tensor (*call)(const Tensor&, const Tensor&),
             double (*loss)(double, double), std::vector<Fault> faults) {
  return {
      .name = name,
      .forward = [=](const Tensors& x) { return call(x[0], x[1]); },
      .reference =
          [=](const Hosts& x) {
            return mean_of_rows(x, x[0].values.size(),
                                [=](const auto& row) { return loss(row[0][0], row[1][0]); });
          },
      .samples = {{"a vector", {draw({19}, -3, 3, 1), draw({19}, -3, 3, 2)}},
                  {"transposed", {draw({3, 4}, -3, 3, 3, Lie::transposed), draw({3, 4}, -3, 3, 4)}},
                  {"NaN", {list({kNaN, 2}), list({1, 2})}, false},
                  {"far", {list({-900, 900}), list({1, 1})}, false}},
      .epsilons = 16,
      .of_largest = true,
      .faults = std::move(faults)};
}

const Tensor kTwo{1.f, 2.f}, kRows{{1.f, 2.f}};

OpCase smooth_l1_case() {
  return pairs(
      "smooth_l1", [](const Tensor& p, const Tensor& t) { return smooth_l1(p, t, 0.5); },
      [](double p, double t) {
        const double d = std::abs(p - t);
        return d < 0.5 ? d * d : d - 0.25;
      },
      {fault<ValueError>("[smooth_l1] beta must not be negative, got -1",
                         [] { smooth_l1(kTwo, kTwo, -1); })});
}

OpCase soft_margin_case() {
  return pairs(
      "soft_margin", [](const Tensor& p, const Tensor& t) { return soft_margin(p, t); },
      [](double p, double t) {
        return std::max(-t * p, 0.0) + std::log1p(std::exp(-std::abs(t * p)));
      },
      {fault<ShapeError>("[soft_margin] prediction (2,) and target (1, 2) differ in shape",
                         [] { soft_margin(kTwo, kRows); })});
}

OpCase margin_ranking_case() {
  return {.name = "margin_ranking",
          .forward = [](const Tensors& x) { return margin_ranking(x[0], x[1], x[2], 0.3); },
          .reference =
              [](const Hosts& x) {
                return mean_of_rows(x, 4, [](const auto& row) {
                  return std::max(0.0, 0.3 - row[2][0] * (row[0][0] - row[1][0]));
                });
              },
          .samples = {{"ranks", {draw({4}, -2, 2, 1), draw({4}, -2, 2, 2), list({1, -1, 1, -1})}}},
          .epsilons = 16,
          .of_largest = true,
          .faults = {fault<ShapeError>("[margin_ranking] prediction (2,) and target (1, 2)",
                                       [] { margin_ranking(kTwo, kTwo, kRows); })}};
}

OpCase cosine_embedding_case() {
  return {
      .name = "cosine_embedding",
      .forward = [](const Tensors& x) { return cosine_embedding(x[0], x[1], x[2], 0.1); },
      .reference =
          [](const Hosts& x) {
            return mean_of_rows(x, 4, [](const auto& row) {
              const double c = cosine(row[0], row[1]);
              return row[2][0] > 0 ? 1 - c : std::max(0.0, c - 0.1);
            });
          },
      .samples = {{"vectors",
                   {draw({4, 3}, 0.5, 2, 1), draw({4, 3}, -1, 2, 2),
                    fixed(list({1, -1, 1, -1}), i64)}},
                  {"zeros",
                   {list({4, 1}, {0, 1, 0, 1}), list({4, 1}, {0, 0, 1, 1}),
                    fixed(list({1, -1, 1, -1}), i64)},
                   false}},
      .epsilons = 32,
      .of_largest = true,
      .faults = {fault<ValueError>("[cosine_embedding] margin must be in [-1, 1], got 2",
                                   [] { cosine_embedding(kRows, kRows, Tensor{1}, 2); }),
                 fault<ShapeError>("[cosine_embedding] targets (2,) are not vectors (1, 2)", [] {
                   cosine_embedding(kRows, kRows, Tensor{1, 1});
                 })}};
}

OpCase triplet_margin_case() {
  return {.name = "triplet_margin",
          .forward =
              [](const Tensors& x) {
                return triplet_margin(x[0], x[1], x[2], {.margin = 1.5, .swap = true});
              },
          .reference =
              [](const Hosts& x) {
                return mean_of_rows(x, 4, [](const auto& row) {
                  const double away = std::min(distance(row[0], row[2]), distance(row[1], row[2]));
                  return std::max(0.0, distance(row[0], row[1]) - away + 1.5);
                });
              },
          .samples = {{"vectors",
                       {draw({4, 3}, -2, 2, 1), draw({4, 3}, -2, 2, 2), draw({4, 3}, -2, 2, 3)}}},
          .epsilons = 32,
          .of_largest = true,
          .faults = {fault<ShapeError>("[triplet_margin] prediction (1, 2) and target (2,)",
                                       [] { triplet_margin(kRows, kTwo, kRows); })}};
}

OpCase multi_margin_case() {
  return {.name = "multi_margin",
          .forward = [](const Tensors& x) { return multi_margin(x[0], x[1], 2, 0.75); },
          .reference =
              [](const Hosts& x) {
                return mean_of_rows(x, 4, [](const auto& row) {
                  const auto label = static_cast<std::size_t>(row[1][0]);
                  double total = 0;
                  for (std::size_t j = 0; j < row[0].size(); ++j) {
                    const double over = std::max(0.0, 0.75 - row[0][label] + row[0][j]);
                    total += j == label ? 0 : over * over;
                  }
                  return total / static_cast<double>(row[0].size());
                });
              },
          .samples = {{"scores", {draw({4, 3}, -2, 2, 1), fixed(list({0, 2, 1, 1}), i64)}}},
          .epsilons = 32,
          .of_largest = true,
          .faults = {fault<ValueError>("[multi_margin] p must be 1 or 2, got 3",
                                       [] { multi_margin(kRows, Tensor{1}, 3); })}};
}

}  // namespace

std::vector<OpCase> margin_loss_cases() {
  return {smooth_l1_case(),        soft_margin_case(),    margin_ranking_case(),
          cosine_embedding_case(), triplet_margin_case(), multi_margin_case()};
}

}  // namespace carousel::test
