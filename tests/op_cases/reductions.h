// What the cases of reductions share.
#pragma once

#include <numeric>

#include <carousel/autograd/ops/reduce.h>
#include <tests/op_cases/op_case.h>

namespace carousel::test {

using Values = std::vector<double>;
using Reduction = Tensor (*)(const Tensor&, const Axes&, bool);
using Result = double (*)(const Values&);

inline std::vector<Sample> plain(double low, double high) {
  return {{"a matrix", {draw({3, 5}, low, high, 1)}},
          {"three axes", {draw({2, 3, 4}, low, high, 2)}},
          {"one element", {draw({1, 1}, low, high, 3)}},
          {"transposed", {draw({3, 4}, low, high, 4, Lie::transposed)}},
          {"strided", {draw({2, 3, 4}, low, high, 5, Lie::strided)}},
          {"stride 0", {draw({3, 4}, low, high, 6, Lie::expanded)}},
          {"an odd tail", {draw({2, 37}, low, high, 7)}}};
}

inline std::vector<Sample> empty() {
  return {{"no column", {draw({2, 0}, 0, 1, 8)}}, {"no row", {draw({0, 3}, 0, 1, 9)}}};
}

inline Sample nan_and_infinity() {
  return {"NaN and infinity",
          {list({4, 3}, {1, kNaN, 2, kInf, 3, 4, -kInf, 5, kInf, 0, -0.0, 7})},
          false};
}

inline OpCase reduction(const char* name, const char* word, Reduction forward, Result f,
                        const std::vector<int>& axes, bool keepdims, std::vector<Sample> samples) {
  OpCase c;
  c.name = name;
  c.variant = word;
  const Axes over = axes.empty() ? Axes() : Axes(std::span<const int>(axes));
  c.forward = [=](const Tensors& x) { return forward(x[0], over, keepdims); };
  c.reference = [=](const Hosts& x) { return reduce_over(x[0], axes, keepdims, f); };
  c.samples = std::move(samples);
  c.epsilons = 16;
  c.of_largest = true;
  return c;
}

// Over everything, the rows, the columns with kept axes, and both axes by name.
inline std::vector<OpCase> everywhere(const char* name, Reduction forward, Result f,
                                      const std::vector<Sample>& samples,
                                      const std::vector<DType>& dtypes = {f32, f64}) {
  std::vector<OpCase> all{reduction(name, "", forward, f, {}, false, samples),
                          reduction(name, "rows", forward, f, {-1}, false, samples),
                          reduction(name, "columns", forward, f, {0}, true, samples),
                          reduction(name, "two_axes", forward, f, {1, 0}, true, samples)};
  all[0].samples.push_back({"a scalar", {draw({}, 1, 2, 10)}});
  const std::string op = "[" + std::string(name) + "] ";
  all[0].faults = {fault<IndexError>(op + "axis 2 is out of range for shape (2,)",
                                     [forward] {
                                       forward(Tensor{1.f, 2.f}, 2, false);
                                     }),
                   fault<ValueError>(op, [forward] {
                     forward(Tensor{1.f, 2.f}, {0, -1}, false);
                   })};
  for (OpCase& c : all) c.dtypes = dtypes;
  return all;
}

inline void append(std::vector<OpCase>& all, std::vector<OpCase> more) {
  for (OpCase& c : more) all.push_back(std::move(c));
}

inline double sum_of(const Values& x) { return std::accumulate(x.begin(), x.end(), 0.0); }
inline double mean_of(const Values& x) { return sum_of(x) / static_cast<double>(x.size()); }
inline double max_of(const Values& x) {
  double y = -kInf;
  for (double v : x) y = std::isnan(v) || v > y ? v : y;
  return y;
}

}  // namespace carousel::test
