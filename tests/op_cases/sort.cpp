// Orders.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <carousel/autograd/ops/sort.h>
#include <tests/op_cases/op_case.h>

namespace carousel::test {
namespace {

using Line = std::vector<double>;

// Positions in order, equal ones as they stood, NaN last.
Line order(const Line& x, bool descending) {
  Line positions(x.size());
  std::iota(positions.begin(), positions.end(), 0);
  std::stable_sort(positions.begin(), positions.end(), [&](double i, double j) {
    const double a = x[static_cast<std::size_t>(i)], b = x[static_cast<std::size_t>(j)];
    if (std::isnan(a) || std::isnan(b)) return !std::isnan(a) && std::isnan(b);
    return descending ? a > b : a < b;
  });
  return positions;
}

Line ordered(const Line& x, bool descending) {
  Line values;
  for (double i : order(x, descending)) values.push_back(x[static_cast<std::size_t>(i)]);
  return values;
}

// Values and positions of each line's first `count`.
HostOutputs sorted(const Host& x, int axis, bool descending, std::size_t count) {
  const auto first = [count](Line line) {
    line.resize(std::min(count, line.size()));
    return line;
  };
  Host values = along(x, axis, [&](const Line& line) { return first(ordered(line, descending)); });
  Host positions = along(x, axis, [&](const Line& line) { return first(order(line, descending)); });
  return Hosts{values, as(positions, i64)};
}

std::vector<Sample> samples() {
  return {
      {"a vector", {draw({7}, -9, 9, 1)}},
      {"a matrix", {draw({4, 5}, -9, 9, 2)}},
      {"transposed", {draw({4, 5}, -9, 9, 3, Lie::transposed)}},
      {"strided", {draw({2, 3, 4}, -9, 9, 4, Lie::strided)}},
      {"one element", {draw({1}, -9, 9, 5)}},
      {"ties and NaN", {list({2, 5}, {3, kNaN, 1, 3, kNaN, -0.0, kInf, 0.0, -kInf, 0})}, false}};
}

constexpr std::size_t kAll = 1000;
const Tensor kMatrix{{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}};

}  // namespace

std::vector<OpCase> sort_cases() {
  const std::vector<DType> numbers{f32, f64, i32, i64};
  const auto both = [](const SortResult& r) { return Tensors{r.values, r.indices}; };
  return {
      {.name = "sort",
       .forward = [both](const Tensors& x) { return both(sort(x[0])); },
       .reference = [](const Hosts& x) { return sorted(x[0], -1, false, kAll); },
       .samples = samples(),
       .dtypes = numbers,
       .faults = {fault<IndexError>("[sort] axis 2 is out of range for shape (2, 3)",
                                    [] { sort(kMatrix, 2); }),
                  fault<DTypeError>("[sort] ",
                                    [] {
                                      sort(Tensor{true, false});
                                    })}},
      {.name = "sort",
       .variant = "descending_first_axis",
       .forward = [both](const Tensors& x) { return both(sort(x[0], 0, true)); },
       .reference = [](const Hosts& x) { return sorted(x[0], 0, true, kAll); },
       .samples = samples(),
       .dtypes = numbers},
      {.name = "argsort",
       .forward = [](const Tensors& x) { return argsort(x[0], 0, true); },
       .reference = [](const Hosts& x) { return Hosts{sorted(x[0], 0, true, kAll)[1]}; },
       .samples = samples(),
       .dtypes = numbers,
       .derivatives = 0,
       .faults = {fault<IndexError>("[argsort] axis -3 is out of range for shape (2, 3)",
                                    [] { argsort(kMatrix, -3); })}},
      {.name = "topk",
       .forward = [both](const Tensors& x) { return both(topk(x[0], 1)); },
       .reference = [](const Hosts& x) { return sorted(x[0], -1, true, 1); },
       .samples = samples(),
       .dtypes = numbers,
       .faults = {fault<ValueError>("[topk] k = 4 is outside [0, 3] for axis 1 of shape (2, 3)",
                                    [] { topk(kMatrix, 4); }),
                  fault<ValueError>("[topk] k = -1 is outside", [] { topk(kMatrix, -1); })}},
      {.name = "topk",
       .variant = "smallest_first_axis",
       .forward = [both](const Tensors& x) { return both(topk(x[0], 1, 0, false)); },
       .reference = [](const Hosts& x) { return sorted(x[0], 0, false, 1); },
       .samples = samples(),
       .dtypes = numbers},
  };
}

}  // namespace carousel::test
