// Reductions and scans.
#include <numeric>

#include <carousel/autograd/ops/reduce.h>
#include <tests/op_cases/op_case.h>

namespace carousel::test {
namespace {

using Values = std::vector<double>;
using Reduction = Tensor (*)(const Tensor&, const Axes&, bool);
using Result = double (*)(const Values&);

const std::vector<DType> kNumbers{f32, f64, i32, i64};

std::vector<Sample> plain(double low, double high) {
  return {{"a matrix", {draw({3, 5}, low, high, 1)}},
          {"three axes", {draw({2, 3, 4}, low, high, 2)}},
          {"one element", {draw({1, 1}, low, high, 3)}},
          {"transposed", {draw({3, 4}, low, high, 4, Lie::transposed)}},
          {"strided", {draw({2, 3, 4}, low, high, 5, Lie::strided)}},
          {"stride 0", {draw({3, 4}, low, high, 6, Lie::expanded)}},
          {"an odd tail", {draw({2, 37}, low, high, 7)}}};
}

std::vector<Sample> empty() {
  return {{"no column", {draw({2, 0}, 0, 1, 8)}}, {"no row", {draw({0, 3}, 0, 1, 9)}}};
}

Sample nan_and_infinity() {
  return {"NaN and infinity",
          {list({4, 3}, {1, kNaN, 2, kInf, 3, 4, -kInf, 5, kInf, 0, -0.0, 7})},
          false};
}

OpCase reduction(const char* name, const char* word, Reduction forward, Result f,
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
std::vector<OpCase> everywhere(const char* name, Reduction forward, Result f,
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

void append(std::vector<OpCase>& all, std::vector<OpCase> more) {
  for (OpCase& c : more) all.push_back(std::move(c));
}

// Sums of bool and i32 are i64.
void widen(std::vector<OpCase>& cases) {
  for (OpCase& c : cases)
    c.reference = [narrow = c.reference](const Hosts& x) {
      Host y = narrow(x)[0];
      return as(y, is_floating(y.dtype) ? y.dtype : i64);
    };
}

double sum_of(const Values& x) { return std::accumulate(x.begin(), x.end(), 0.0); }
double mean_of(const Values& x) { return sum_of(x) / static_cast<double>(x.size()); }
double prod_of(const Values& x) {
  return std::accumulate(x.begin(), x.end(), 1.0, std::multiplies<>());
}
double max_of(const Values& x) {
  double y = -kInf;
  for (double v : x) y = std::isnan(v) || v > y ? v : y;
  return y;
}
double min_of(const Values& x) {
  double y = kInf;
  for (double v : x) y = std::isnan(v) || v < y ? v : y;
  return y;
}
template <int correction>
double var_of(const Values& x) {
  const double mean = mean_of(x);
  double sum = 0;
  for (double v : x) sum += (v - mean) * (v - mean);
  return sum / std::max(static_cast<double>(x.size()) - correction, 0.0);
}
double logsumexp_of(const Values& x) {
  const double largest = max_of(x);
  if (std::isinf(largest)) return largest;
  double sum = 0;
  for (double v : x) sum += std::exp(v - largest);
  return largest + std::log(sum);
}

std::vector<OpCase> sums() {
  const auto some = with(plain(-2, 2), empty());
  const auto special = with(some, {nan_and_infinity(), {"huge", {list({3e38, -3e38, 1})}, false}});
  std::vector<OpCase> all = everywhere("sum", sum, sum_of, special, kNumbers);
  OpCase truths = reduction("sum", "bool", sum, sum_of, {-1}, false,
                            {{"a matrix", {list({2, 3}, {1, 0, 1, 0, 0, 0})}}});
  truths.dtypes = {boolean};
  truths.derivatives = 0;
  all.push_back(truths);
  widen(all);
  append(all, everywhere("mean", mean, mean_of, with(plain(-2, 2), not_smooth(empty()))));
  all.back().faults = {fault<DTypeError>("[mean] takes f32 or f64, got i32 (2,)", [] {
    mean(Tensor{1, 2});
  })};
  auto products = everywhere(
      "prod", prod, prod_of,
      with(with(plain(0.5, 1.5), empty()), {{"a zero", {list({2, 3}, {0, 2, 3, 1, 2, 3})}},
                                            {"two zeros", {list({2, 3}, {0, 2, 0, 1, 2, 3})}}}),
      kNumbers);
  widen(products);
  append(all, products);
  return all;
}

std::vector<OpCase> extremes() {
  std::vector<OpCase> all;
  const auto some = with(plain(-9, 9), {nan_and_infinity()});
  append(all, everywhere("max", max, max_of, some, kNumbers));
  append(all, everywhere("min", min, min_of, some, kNumbers));
  for (OpCase& c : all) {
    // Slices that are equal along the first axis tie.
    for (Sample& sample : c.samples)
      if (sample.what == "stride 0") sample.smooth = false;
    if (c.variant == "rows")
      c.faults = {fault<ShapeError>(
          "[" + c.name + "] nothing to reduce: shape (2, 0) is empty along axis 1",
          [forward = c.forward] {
            forward({make(draw({2, 0}, 0, 1, 1), f32)});
          })};
  }
  return all;
}

template <bool largest>
double place_of(const Values& x) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < x.size(); ++i) {
    if (std::isnan(x[best])) break;
    if (std::isnan(x[i]) || (largest ? x[i] > x[best] : x[i] < x[best])) best = i;
  }
  return static_cast<double>(best);
}

std::vector<OpCase> places() {
  const auto some = with(plain(-9, 9), {nan_and_infinity(), {"equals", {list({1, 3, 3, 1})}}});
  std::vector<OpCase> all;
  for (const bool largest : {true, false}) {
    OpCase c;
    c.name = largest ? "argmax" : "argmin";
    c.samples = some;
    c.dtypes = kNumbers;
    c.derivatives = 0;
    const Result f = largest ? place_of<true> : place_of<false>;
    c.forward = [largest](const Tensors& x) { return largest ? argmax(x[0]) : argmin(x[0]); };
    c.reference = [f](const Hosts& x) { return as(reduce_over(x[0], {}, false, f), i64); };
    c.faults = {fault<ShapeError>("[" + c.name + "] nothing to reduce: shape (0, 3)", [c] {
      c.forward({make(draw({0, 3}, 0, 1, 1), f32)});
    })};
    all.push_back(c);
    for (const int axis : {0, -1}) {
      c.variant = axis == 0 ? "columns" : "rows";
      c.forward = [=](const Tensors& x) {
        return largest ? argmax(x[0], axis, axis == 0) : argmin(x[0], axis, axis == 0);
      };
      c.reference = [=](const Hosts& x) {
        return as(reduce_over(x[0], {axis}, axis == 0, f), i64);
      };
      c.faults = {};
      all.push_back(c);
    }
  }
  return all;
}

std::vector<OpCase> truths() {
  const std::vector<Sample> some{{"a matrix", {list({3, 3}, {1, 0, 1, 0, 0, 0, 1, 1, 1})}},
                                 {"one element", {list({1, 1}, {1})}},
                                 {"no column", {draw({2, 0}, 0, 1, 8)}},
                                 {"strided", {{{2, 3}, {0, 0, 0, 1, 1, 1}, Lie::strided, {}}}}};
  std::vector<OpCase> all = everywhere(
      "any", any, [](const Values& x) { return max_of(x) == 1 ? 1.0 : 0.0; }, some, {boolean});
  append(all,
         everywhere("all", carousel::all,
                    [](const Values& x) { return min_of(x) == 0 ? 0.0 : 1.0; }, some, {boolean}));
  for (OpCase& c : all) {
    c.derivatives = 0;
    if (c.variant == "rows")
      c.faults = {fault<DTypeError>("[" + c.name + "] takes bool, got f32",
                                    [forward = c.forward] { forward({Tensor{{1.f}}}); })};
  }
  return all;
}

std::vector<OpCase> moments() {
  std::vector<OpCase> all;
  const auto some = with(plain(-2, 2), {nan_and_infinity()});
  const auto sample_var = [](const Tensor& x, const Axes& axes, bool keep) {
    return var(x, axes, keep);
  };
  const auto whole_std = [](const Tensor& x, const Axes& axes, bool keep) {
    return carousel::std(x, axes, keep, 0);
  };
  append(all, everywhere("var", sample_var, var_of<1>, some));
  append(all, everywhere(
                  "std", whole_std, [](const Values& x) { return std::sqrt(var_of<0>(x)); }, some));
  for (OpCase& c : all) {
    c.epsilons = 64;
    // One element has no sample variance, and a constant no derivative of its deviation.
    for (Sample& sample : c.samples)
      if (sample.what == "one element" || sample.what == "a scalar" || sample.what == "stride 0")
        sample.smooth = false;
    // The mean of equal numbers may differ from them by a rounding; their variance is then no 0.
    if (c.variant == "columns")
      std::erase_if(c.samples, [](const Sample& sample) { return sample.what == "stride 0"; });
  }
  append(all, everywhere("logsumexp", logsumexp, logsumexp_of,
                         with(with(plain(-2, 2), not_smooth(empty())),
                              {{"large", {list({1, 3}, {1000, 1001, -1000})}, false},
                               {"only -inf", {list({1, 2}, {-kInf, -kInf})}, false}})));
  return all;
}

template <int p>
double norm_of(const Values& x) {
  double sum = 0;
  for (double v : x) sum += std::pow(std::abs(v), p);
  return std::pow(sum, 1.0 / p);
}
double largest_of(const Values& x) {
  double y = 0;
  for (double v : x) y = std::isnan(v) || std::abs(v) > y ? std::abs(v) : y;
  return y;
}
double count_of(const Values& x) {
  return static_cast<double>(std::count_if(x.begin(), x.end(), [](double v) { return v != 0; }));
}

template <int p>  // below 0: infinity
Tensor norm_with(const Tensor& x, const Axes& axes, bool keepdims) {
  return norm(x, p < 0 ? kInf : p, axes, keepdims);
}

std::vector<OpCase> norms() {
  std::vector<OpCase> all;
  const auto some = with(plain(0.5, 2), {{"negative", {draw({2, 3}, -2, -0.5, 51)}},
                                         {"zeros", {list({2, 2}, {0, 0, 0, 3})}, false}});
  const auto named = [&](const char* word, Reduction forward, Result f) {
    for (OpCase& c : everywhere("norm", forward, f, some)) {
      c.variant = c.variant.empty() ? word : word + ("_" + c.variant);
      all.push_back(c);
    }
  };
  named("2", norm_with<2>, norm_of<2>);
  named("1", norm_with<1>, norm_of<1>);
  named("3", norm_with<3>, norm_of<3>);
  named("0", norm_with<0>, count_of);
  named("inf", norm_with<-1>, largest_of);
  for (OpCase& c : all)
    for (Sample& sample : c.samples)
      if (c.variant.starts_with("inf") && sample.what == "stride 0") sample.smooth = false;
  all[0].faults.push_back(fault<ValueError>("[norm] p must be at least 0, got -1.000000",
                                            [] { norm(Tensor{1.f}, -1); }));
  all[0].faults.push_back(
      fault<DTypeError>("[norm] takes f32 or f64, got i32", [] { norm(Tensor{1}); }));
  return all;
}

Values running(const Values& x, double (*f)(double, double)) {
  Values y(x.size());
  std::partial_sum(x.begin(), x.end(), y.begin(), f);
  return y;
}
Values running_sum(const Values& x) {
  return running(x, [](double a, double b) { return a + b; });
}
Values running_product(const Values& x) {
  return running(x, [](double a, double b) { return a * b; });
}

std::vector<OpCase> scans() {
  std::vector<OpCase> all;
  for (const bool sums : {true, false})
    for (const int axis : {0, -1}) {
      OpCase c;
      c.name = sums ? "cumsum" : "cumprod";
      c.variant = axis == 0 ? "columns" : "rows";
      c.forward = [=](const Tensors& x) { return sums ? cumsum(x[0], axis) : cumprod(x[0], axis); };
      c.reference = [=](const Hosts& x) {
        return along(x[0], axis, sums ? running_sum : running_product);
      };
      c.samples = with(with(plain(0.5, 1.5), empty()),
                       {{"zeros", {list({2, 4}, {1, 0, 2, 3, 0, 2, 0, 4})}}, nan_and_infinity()});
      c.dtypes = kNumbers;
      c.epsilons = 16;
      c.of_largest = true;
      c.faults = {fault<IndexError>("[" + c.name + "] axis 0 is out of range for shape ()", [sums] {
        sums ? cumsum(Tensor{1.f}.sum(), 0) : cumprod(Tensor{1.f}.sum(), 0);
      })};
      all.push_back(c);
    }
  return all;
}

OpCase sum_to_case(const char* word, const Shape& shape, const Shape& from) {
  OpCase c;
  c.name = "sum_to";
  c.variant = word;
  c.forward = [shape](const Tensors& x) { return sum_to(x[0], shape); };
  c.reference = [shape](const Hosts& x) {
    Host y = zeros_host(shape, x[0].dtype);
    const int shift = x[0].shape.rank() - shape.rank();
    for (std::int64_t i = 0; i < x[0].shape.numel(); ++i) {
      const auto all = position(x[0].shape, i);
      std::vector<std::int64_t> to(all.begin() + shift, all.end());
      for (int axis = 0; axis < shape.rank(); ++axis)
        if (shape[axis] == 1) to[static_cast<std::size_t>(axis)] = 0;
      y.values[static_cast<std::size_t>(flat(shape, to))] +=
          x[0].values[static_cast<std::size_t>(i)];
    }
    return y;
  };
  c.samples = {{"dense", {draw(from, -2, 2, 61)}},
               {"strided", {draw(from, -2, 2, 62, Lie::strided)}}};
  c.epsilons = 16;
  c.of_largest = true;
  return c;
}

}  // namespace

std::vector<OpCase> reduce_cases() {
  std::vector<OpCase> all{sum_to_case("row", {3}, {4, 3}), sum_to_case("column", {4, 1}, {4, 3}),
                          sum_to_case("scalar", {}, {2, 3}),
                          sum_to_case("middle", {2, 1, 3}, {2, 4, 3}),
                          sum_to_case("itself", {2, 3}, {2, 3})};
  all[0].faults = {fault<ShapeError>("[sum_to] shapes (2, 3) and (2,) can't be broadcast together",
                                     [] {
                                       sum_to(Tensor{{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}}, {2});
                                     }),
                   fault<ShapeError>("[sum_to] (2, 1) is no broadcast of (2, 3)", [] {
                     sum_to(Tensor{{1.f}, {4.f}}, {2, 3});
                   })};
  for (auto family : {sums, extremes, places, truths, moments, norms, scans}) append(all, family());
  return all;
}

}  // namespace carousel::test
