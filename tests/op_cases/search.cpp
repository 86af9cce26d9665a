// Finding elements.
#include <algorithm>
#include <cmath>

#include <carousel/autograd/ops/search.h>
#include <tests/op_cases/boxes.h>

namespace carousel::test {
namespace {

// Results whose sizes hang on values, which meta tensors have not.
OpCase finding(OpCase c) {
  c.on_meta = false;
  return c;
}

template <class Find>
Fault needs_data(const char* text, const Find& find) {
  return fault<DeviceError>(text, [find] { find(kMatrix.to("meta")); });
}

std::vector<OpCase> finds() {
  return {
      finding({.name = "nonzero",
               .forward = [](const Tensors& x) { return nonzero(x[0]); },
               .reference =
                   [](const Hosts& x) {
                     Host y = zeros_host({0, 2}, i64);
                     for (std::int64_t i = 0; i < x[0].shape.numel(); ++i) {
                       if (x[0].values[at(i)] == 0) continue;
                       for (std::int64_t p : position(x[0].shape, i))
                         y.values.push_back(static_cast<double>(p));
                       ++y.shape[0];
                     }
                     return y;
                   },
               .samples = {{"some", {list({2, 3}, {0, 1, -2, 0, 0, 3})}},
                           {"all", {draw({3, 2}, 1, 9, 1, Lie::transposed)}},
                           {"none", {list({1, 2}, {0, -0.0})}},
                           {"nothing", {draw({0, 3}, 1, 9, 1)}},
                           {"NaN", {list({1, 3}, {kNaN, 0, kInf})}}},
               .dtypes = {f32, f64, i32, i64, boolean},
               .derivatives = 0,
               .faults = {needs_data("[nonzero] the result's size depends on values",
                                     [](const Tensor& x) { nonzero(x); })}}),
      finding({.name = "masked_select",
               .forward = [](const Tensors& x) { return masked_select(x[0], x[1]); },
               .reference =
                   [](const Hosts& x) {
                     const Host mask = broadcast(x[1], x[0].shape);
                     Host y = zeros_host({0}, x[0].dtype);
                     for (std::size_t i = 0; i < mask.values.size(); ++i)
                       if (mask.values[i] != 0) y.values.push_back(x[0].values[i]);
                     y.shape[0] = static_cast<std::int64_t>(y.values.size());
                     return y;
                   },
               .samples = {{"some",
                            {draw({2, 3}, -9, 9, 1, Lie::transposed),
                             fixed(list({2, 3}, {1, 0, 0, 1, 1, 0}), boolean)}},
                           {"broadcast", {draw({2, 3}, -9, 9, 2), fixed(list({0, 1, 1}), boolean)}},
                           {"none", {draw({2}, -9, 9, 2), fixed(list({0, 0}), boolean)}}},
               .dtypes = kNumbers,
               .faults = {fault<DTypeError>("[masked_select] the mask must be bool, got f32 (2, 3)",
                                            [] { masked_select(kMatrix, kMatrix); }),
                          needs_data("[masked_select] the result's size depends on values",
                                     [](const Tensor& x) { masked_select(x, x > 0); })}}),
  };
}

HostOutputs different(const Host& x) {
  std::vector<double> values = x.values;
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  const Shape shape{static_cast<std::int64_t>(values.size())};
  Host inverse = zeros_host(x.shape, i64), counts = zeros_host(shape, i64);
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    const auto place = std::lower_bound(values.begin(), values.end(), x.values[i]) - values.begin();
    inverse.values[i] = static_cast<double>(place);
    counts.values[at(place)] += 1;
  }
  return Hosts{{shape, x.dtype, values}, inverse, counts};
}

std::vector<OpCase> counts() {
  return {
      finding({.name = "unique",
               .forward =
                   [](const Tensors& x) {
                     const UniqueResult r = unique(x[0]);
                     return Tensors{r.values, r.inverse, r.counts};
                   },
               .reference = [](const Hosts& x) { return different(x[0]); },
               .samples = {{"repeated", {list({2, 3}, {3, 1, 3, 2, 1, -7})}},
                           {"one", {list({5})}},
                           {"nothing", {draw({0}, 1, 2, 1)}}},
               .dtypes = kNumbers,
               .derivatives = 0,
               .faults = {needs_data("[unique] the result's size depends on values",
                                     [](const Tensor& x) { unique(x); })}}),
      finding({.name = "bincount",
               .forward = [](const Tensors& x) { return bincount(x[0], 3); },
               .reference =
                   [](const Hosts& x) {
                     Host y = zeros_host({3}, i64);
                     for (double v : x[0].values) {
                       if (at(static_cast<std::int64_t>(v)) >= y.values.size())
                         y.values.resize(at(static_cast<std::int64_t>(v)) + 1);
                       y.values[at(static_cast<std::int64_t>(v))] += 1;
                     }
                     y.shape[0] = static_cast<std::int64_t>(y.values.size());
                     return y;
                   },
               .samples = {{"some", {list({0, 1, 1, 5})}},
                           {"few", {list({1})}},
                           {"nothing", {draw({0}, 1, 2, 1)}}},
               .dtypes = {i32, i64},
               .derivatives = 0,
               .faults = {fault<ValueError>("[bincount] counts from 0, got -1",
                                            [] {
                                              bincount(Tensor{2, -1});
                                            }),
                          fault<DTypeError>("[bincount] takes i32 or i64, got f32 (2, 3)",
                                            [] { bincount(kMatrix); })}}),
  };
}

std::vector<OpCase> places() {
  std::vector<OpCase> all;
  for (const bool right : {true, false}) {
    OpCase c{.name = "searchsorted", .variant = right ? "right" : "left"};
    c.forward = [right](const Tensors& x) { return searchsorted(x[0], x[1], right); };
    c.reference = [right](const Hosts& x) {
      Host y = zeros_host(x[1].shape, i64);
      for (std::size_t i = 0; i < y.values.size(); ++i)
        for (double s : x[0].values) {
          const double v = x[1].values[i];
          const bool before = std::isnan(v)   ? right || !std::isnan(s)
                              : std::isnan(s) ? false
                              : right         ? s <= v
                                              : s < v;
          y.values[i] += before;
        }
      return y;
    };
    c.samples = {{"equals", {list({1, 2, 2, 3}), list({2, 3}, {0, 2, 3, 9, 1, 2})}},
                 {"one", {list({1}), list({0, 1, 2})}},
                 {"nothing", {draw({0}, 0, 1, 1), list({0, 1, 2})}},
                 {"NaN", {list({1, 2, kInf, kNaN}), list({kNaN, kInf, -kInf, 1.5})}}};
    c.dtypes = kNumbers;
    c.derivatives = 0;
    c.faults = {fault<ShapeError>("[searchsorted] sorted must be a vector, got (2, 3)",
                                  [] { searchsorted(kMatrix, kMatrix); })};
    all.push_back(c);
  }
  return all;
}

}  // namespace

std::vector<OpCase> search_cases() {
  std::vector<OpCase> all;
  for (auto family : {finds, counts, places})
    for (OpCase& c : family()) all.push_back(std::move(c));
  return all;
}

}  // namespace carousel::test
