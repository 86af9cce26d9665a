// Lengths, angles and distances.
#include <cmath>

#include <carousel/autograd/ops/distance.h>
#include <tests/op_cases/boxes.h>

namespace carousel::test {
namespace {

using Line = std::vector<double>;

double length(const Line& x) {
  double total = 0;
  for (double v : x) total += v * v;
  return std::sqrt(total);
}

// Row i of a matrix.
Line row(const Host& x, std::int64_t i) {
  const std::int64_t width = x.shape[x.shape.rank() - 1];
  return {x.values.begin() + i * width, x.values.begin() + (i + 1) * width};
}

std::vector<OpCase> lengths() {
  return {
      {.name = "normalize",
       .forward = [](const Tensors& x) { return normalize(x[0], 2, 1); },
       .reference =
           [](const Hosts& x) {
             return along(x[0], 1, [](Line line) {
               const double norm = std::max(length(line), 1e-12);
               for (double& v : line) v /= norm;
               return line;
             });
           },
       .samples = {{"a matrix", {draw({3, 4}, -2, 2, 1)}},
                   {"three axes", {draw({2, 3, 2}, -2, 2, 2, Lie::transposed)}},
                   {"zeros and NaN", {list({2, 2}, {0, 0, kNaN, 1})}, false}},
       .epsilons = 8,
       .faults = {fault<ValueError>("[normalize] epsilon must not be negative, got -1.000000",
                                    [] { normalize(Tensor{1.f}, 2, 0, -1); }),
                  fault<DTypeError>("[normalize] takes f32 or f64, got i32 (1,)",
                                    [] { normalize(Tensor{1}); })}},
      {.name = "cosine_similarity",
       .forward = [](const Tensors& x) { return cosine_similarity(x[0], x[1]); },
       .reference =
           [](const Hosts& x) {
             const Shape shape = broadcast_shapes(x[0].shape, x[1].shape, "");
             const Host a = broadcast(x[0], shape), b = broadcast(x[1], shape);
             Host y = zeros_host({shape[0]}, a.dtype);
             for (std::int64_t i = 0; i < shape[0]; ++i) {
               const Line u = row(a, i), v = row(b, i);
               double product = 0;
               for (std::size_t k = 0; k < u.size(); ++k) product += u[k] * v[k];
               y.values[at(i)] = product / (std::max(length(u), 1e-8) * std::max(length(v), 1e-8));
             }
             return y;
           },
       .samples = {{"rows", {draw({3, 4}, -2, 2, 1), draw({3, 4}, -2, 2, 2)}},
                   {"broadcast", {draw({3, 4}, -2, 2, 1), draw({4}, -2, 2, 2)}},
                   {"zeros", {list({1, 2}, {0, 0}), list({1, 2}, {1, 2})}, false}},
       .epsilons = 16,
       .of_largest = true,
       .faults = {fault<ShapeError>("[cosine_similarity] shapes (2,) and (3,) can't be broadcast",
                                    [] {
                                      cosine_similarity(Tensor{1.f, 2.f}, Tensor{1.f, 2.f, 3.f});
                                    })}},
  };
}

std::vector<OpCase> distances() {
  return {
      {.name = "cdist",
       .forward = [](const Tensors& x) { return cdist(x[0], x[1]); },
       .reference =
           [](const Hosts& x) {
             Host y = zeros_host({x[0].shape[0], x[1].shape[0]}, x[0].dtype);
             for (std::int64_t i = 0; i < y.shape.numel(); ++i) {
               Line u = row(x[0], i / y.shape[1]);
               const Line v = row(x[1], i % y.shape[1]);
               for (std::size_t k = 0; k < u.size(); ++k) u[k] -= v[k];
               y.values[at(i)] = length(u);
             }
             return y;
           },
       .samples = {{"points", {draw({3, 2}, -2, 2, 1), draw({4, 2}, -2, 2, 2)}},
                   {"no point", {draw({0, 2}, -2, 2, 1), draw({4, 2}, -2, 2, 2)}}},
       .epsilons = 8,
       .faults = {fault<ShapeError>(
           "[cdist] needs (..., n, features) and (..., m, features), got (2, 3) and (1, 2)",
           [] {
             cdist(kMatrix, Tensor{{1.f, 2.f}});
           })}},
  };
}

std::vector<OpCase> products() {
  return {
      {.name = "cross",
       .forward = [](const Tensors& x) { return cross(x[0], x[1]); },
       .reference =
           [](const Hosts& x) {
             const Host a = broadcast(x[0], {2, 3}), b = broadcast(x[1], {2, 3});
             Host y = a;
             for (std::size_t r = 0; r < 2; ++r)
               for (std::size_t i = 0; i < 3; ++i) {
                 const std::size_t j = 3 * r + (i + 1) % 3, k = 3 * r + (i + 2) % 3;
                 y.values[3 * r + i] = a.values[j] * b.values[k] - a.values[k] * b.values[j];
               }
             return y;
           },
       .samples = {{"rows", {draw({2, 3}, -2, 2, 1), draw({2, 3}, -2, 2, 2)}},
                   {"broadcast", {draw({2, 3}, -2, 2, 1, Lie::transposed), draw({3}, -2, 2, 2)}}},
       .dtypes = kNumbers,
       .of_largest = true,
       .faults = {fault<ShapeError>("[cross] needs three elements along axis 0, got (2,) and (2,)",
                                    [] {
                                      cross(Tensor{1.f, 2.f}, Tensor{1.f, 2.f});
                                    })}},
      {.name = "kron",
       .forward = [](const Tensors& x) { return kron(x[0], x[1]); },
       .reference =
           [](const Hosts& x) {
             const Shape &a = x[0].shape, &b = x[1].shape;
             Host y = zeros_host({a[0] * b[0], a[1] * b[1]}, x[0].dtype);
             for (std::int64_t i = 0; i < y.shape.numel(); ++i) {
               const Position p = position(y.shape, i);
               y.values[at(i)] = value(x[0], {p[0] / b[0], p[1] / b[1]}) *
                                 value(x[1], {p[0] % b[0], p[1] % b[1]});
             }
             return y;
           },
       .samples = {{"matrices", {draw({2, 3}, -2, 2, 1), draw({2, 2}, -2, 2, 2, Lie::transposed)}},
                   {"nothing", {draw({2, 0}, -2, 2, 1), draw({1, 3}, -2, 2, 2)}}},
       .dtypes = kNumbers,
       .faults = {fault<ShapeError>("[kron] needs tensors of one rank up to 4, got (2, 3) and (1,)",
                                    [] { kron(kMatrix, Tensor{1.f}); })}},
  };
}

}  // namespace

std::vector<OpCase> distance_cases() {
  std::vector<OpCase> all = lengths();
  for (auto family : {distances, products})
    for (OpCase& c : family()) all.push_back(std::move(c));
  return all;
}

}  // namespace carousel::test
