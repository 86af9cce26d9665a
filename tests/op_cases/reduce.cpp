// Reductions to one of their elements, sums, products, truths; sum_to.
#include <tests/op_cases/reductions.h>

namespace carousel::test {
namespace {

// Sums of bool and i32 are i64.
void widen(std::vector<OpCase>& cases) {
  for (OpCase& c : cases)
    c.reference = [narrow = c.reference](const Hosts& x) {
      Host y = narrow(x)[0];
      return as(y, is_floating(y.dtype) ? y.dtype : i64);
    };
}

double prod_of(const Values& x) {
  return std::accumulate(x.begin(), x.end(), 1.0, std::multiplies<>());
}
double min_of(const Values& x) {
  double y = kInf;
  for (double v : x) y = std::isnan(v) || v < y ? v : y;
  return y;
}
std::vector<OpCase> sums() {
  const auto some = with(plain(-2, 2), empty());
  const auto special =
      with(some, {nan_and_infinity(), {"huge", {list({1, 3}, {3e38, -1e38, -1e38})}, false}});
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
  for (auto family : {sums, extremes, places, truths}) append(all, family());
  return all;
}

}  // namespace carousel::test
