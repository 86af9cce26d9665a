// Running extremes and sums, order statistics, counts.
#include <algorithm>
#include <cmath>

#include <carousel/autograd/ops/create.h>
#include <carousel/autograd/ops/running.h>
#include <carousel/autograd/ops/sort.h>
#include <tests/op_cases/reductions.h>

namespace carousel::test {
namespace {

using Line = std::vector<double>;

// The places of the extremes so far, the last of equals; a NaN stays.
template <bool largest>
Line places(const Line& x) {
  Line at;
  std::size_t best = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool better = largest ? x[i] >= x[best] : x[i] <= x[best];
    if (std::isnan(x[i]) || better) best = i;
    at.push_back(static_cast<double>(best));
  }
  return at;
}

Line taken(const Line& x, const Line& at) {
  Line y;
  for (double i : at) y.push_back(x[static_cast<std::size_t>(i)]);
  return y;
}

Tensors both(const SortResult& r) { return {r.values, r.indices}; }

template <bool largest>
OpCase extreme(const char* name, SortResult (*forward)(const Tensor&, int)) {
  return {.name = name,
          .forward = [forward](const Tensors& x) { return both(forward(x[0], 1)); },
          .reference =
              [](const Hosts& x) {
                const Host at = along(x[0], 1, places<largest>);
                return Hosts{
                    along(x[0], 1, [](const Line& l) { return taken(l, places<largest>(l)); }),
                    as(at, i64)};
              },
          .samples = {{"a matrix", {draw({3, 6}, -9, 9, 1)}},
                      {"three axes", {draw({2, 5, 3}, -9, 9, 2, Lie::transposed)}},
                      {"strided", {draw({2, 4}, -9, 9, 3, Lie::strided)}},
                      {"nothing", {draw({2, 0}, -9, 9, 4)}},
                      {"ties and NaN",
                       {list({3, 4}, {1, 3, 3, 2, 0, 0, 0, 0, 5, kNaN, 1, kInf})},
                       false}},
          .dtypes = kNumbers,
          .faults = {fault<IndexError>("[" + std::string(name) +
                                           "] axis 1 is out of range for "
                                           "shape (2,)",
                                       [forward] {
                                         forward(Tensor{1.f, 2.f}, 1);
                                       })}};
}

Line log_sums(const Line& x) {
  Line y;
  double largest = -kInf, total = 0;
  for (double v : x) {
    if (v > largest) {
      total = total * std::exp(largest - v);
      largest = v;
    }
    total += v == largest ? 1 : std::exp(v - largest);
    y.push_back(largest + std::log(total));
  }
  return y;
}

std::vector<OpCase> running() {
  OpCase logs{.name = "logcumsumexp",
              .forward = [](const Tensors& x) { return logcumsumexp(x[0], 1); },
              .reference = [](const Hosts& x) { return along(x[0], 1, log_sums); },
              .samples = {{"a matrix", {draw({3, 6}, -3, 3, 1)}},
                          {"three axes", {draw({2, 5, 3}, -3, 3, 2, Lie::transposed)}},
                          {"nothing", {draw({2, 0}, -3, 3, 3)}},
                          {"far apart",
                           {list({2, 4}, {-kInf, 1, 80, -kInf, -kInf, -kInf, 0, kNaN})},
                           false}},
              .epsilons = 16,
              .of_largest = true,
              .faults = {fault<DTypeError>("[logcumsumexp] takes f32 or f64, got i32 (1,)",
                                           [] { logcumsumexp(Tensor{1}, 0); })}};
  OpCase steps{
      .name = "diff",
      .forward = [](const Tensors& x) { return diff(x[0], 2, 1); },
      .reference =
          [](const Hosts& x) {
            return along(x[0], 1, [](const Line& l) {
              Line y;
              for (std::size_t i = 2; i < l.size(); ++i)
                y.push_back(l[i] - 2 * l[i - 1] + l[i - 2]);
              return y;
            });
          },
      .samples = {{"a matrix", {draw({3, 6}, -9, 9, 1)}},
                  {"too short", {draw({3, 1}, -9, 9, 2)}},
                  {"strided", {draw({2, 5}, -9, 9, 3, Lie::strided)}}},
      .of_largest = true,
      .faults = {fault<ValueError>("[diff] n is negative: -1", [] { diff(Tensor{1.f}, -1); })}};
  return {extreme<true>("cummax", cummax), extreme<false>("cummin", cummin), logs, steps};
}

std::vector<std::size_t> order_of(const Line& x) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
    return !std::isnan(x[i]) && (std::isnan(x[j]) || x[i] < x[j]);
  });
  return order;
}

// The element of rank k (from 0), or the first NaN where there is one and NaNs count.
std::size_t place_of(const Line& x, std::size_t k, bool nan_wins) {
  if (nan_wins)
    for (std::size_t i = 0; i < x.size(); ++i)
      if (std::isnan(x[i])) return i;
  return order_of(x)[k];
}

HostOutputs chosen(const Host& x, std::function<std::size_t(const Line&)> place) {
  const auto at = [place](const Line& l) { return Line{static_cast<double>(place(l))}; };
  Host values = along(x, -1, [=](const Line& l) { return taken(l, at(l)); });
  Host positions = as(along(x, -1, at), i64);
  Shape shape;
  for (int i = 0; i + 1 < x.shape.rank(); ++i) shape.append(x.shape[i]);
  values.shape = positions.shape = shape;
  return Hosts{values, positions};
}

std::vector<Sample> rows() {
  return {{"odd rows", {draw({3, 5}, -9, 9, 1)}},
          {"even rows", {draw({2, 2, 4}, -9, 9, 2, Lie::transposed)}},
          {"one element", {draw({1}, -9, 9, 3)}},
          {"ties and NaN", {list({2, 5}, {3, kNaN, 1, 3, kNaN, 2, 2, 0, 2, kInf})}, false}};
}

double quantile_of(const Line& x) {
  Line sorted;
  for (std::size_t i : order_of(x)) sorted.push_back(x[i]);
  if (std::isnan(sorted.back())) return kNaN;
  const double at = 0.3 * static_cast<double>(x.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const double part = at - std::floor(at);
  return part == 0 ? sorted[low] : sorted[low] + part * (sorted[low + 1] - sorted[low]);
}

std::vector<OpCase> orders() {
  OpCase kth{
      .name = "kthvalue",
      .forward = [](const Tensors& x) { return both(kthvalue(x[0], 1)); },
      .reference =
          [](const Hosts& x) {
            return chosen(x[0], [](const Line& l) { return place_of(l, 0, false); });
          },
      .samples = rows(),
      .dtypes = kNumbers,
      .faults = {fault<ValueError>("[kthvalue] k = 0 is outside [1, 2] for axis 0 of shape", [] {
        kthvalue(Tensor{1.f, 2.f}, 0);
      })}};
  OpCase middle{
      .name = "median",
      .forward = [](const Tensors& x) { return both(median(x[0])); },
      .reference =
          [](const Hosts& x) {
            return chosen(x[0],
                          [](const Line& l) { return place_of(l, (l.size() - 1) / 2, true); });
          },
      .samples = rows(),
      .dtypes = kNumbers,
      .faults = {fault<ShapeError>("[median] nothing to choose from: axis 0 of shape (0,)",
                                   [] { median(zeros({0})); })}};
  OpCase part{
      .name = "quantile",
      .forward = [](const Tensors& x) { return quantile(x[0], 0.3); },
      .reference = [](const Hosts& x) { return reduce_over(x[0], {-1}, false, quantile_of); },
      .samples = rows(),
      .faults = {fault<ValueError>("[quantile] q must be in [0, 1], got 1.500000",
                                   [] { quantile(Tensor{1.f}, 1.5); }),
                 fault<DTypeError>("[quantile] takes f32 or f64, got i32 (1,)",
                                   [] { quantile(Tensor{1}, 0.5); })}};
  return {kth, middle, part};
}

std::vector<OpCase> sums() {
  const auto of_numbers = [](const Values& x) {
    double total = 0;
    for (double v : x) total += std::isnan(v) ? 0 : v;
    return total;
  };
  std::vector<OpCase> all =
      everywhere("nansum", nansum, of_numbers, with(plain(-2, 2), {nan_and_infinity()}));
  auto counts = everywhere(
      "count_nonzero", count_nonzero,
      [](const Values& x) {
        return static_cast<double>(
            std::count_if(x.begin(), x.end(), [](double v) { return v != 0; }));
      },
      {{"zeros and NaN", {list({2, 3}, {0, 1, -2, -0.0, kNaN, 0})}, false},
       {"integers", {list({2, 3}, {0, 1, -2, 0, 3, 0})}}},
      kNumbers);
  for (OpCase& c : counts) {
    c.derivatives = 0;
    c.samples.erase(std::remove_if(c.samples.begin(), c.samples.end(),
                                   [](const Sample& s) { return s.what == "a scalar"; }),
                    c.samples.end());
    c.reference = [narrow = c.reference](const Hosts& x) { return as(narrow(x)[0], i64); };
  }
  append(all, counts);
  return all;
}

}  // namespace

std::vector<OpCase> running_cases() {
  std::vector<OpCase> all;
  for (auto family : {running, orders, sums}) append(all, family());
  return all;
}

}  // namespace carousel::test
