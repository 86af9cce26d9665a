// Random tensors: each value against Philox' definition where it is exact, else its moments.
#include <algorithm>
#include <cmath>

#include <carousel/autograd/ops/random.h>
#include <carousel/tensor/philox.h>
#include <tests/op_cases/op_case.h>

namespace carousel::test {
namespace {

constexpr std::uint64_t kSeed = 7, kStream = 2, kOffset = 5;

Generator start() { return {kSeed, kStream, kOffset}; }
TensorOptions like(const Tensor& x) { return {x.dtype(), x.device(), false}; }

std::uint64_t bits(std::size_t i) {
  return carousel::detail::random_bits(kSeed, kStream, kOffset + i);
}

// In [0, 1), as the dtype draws it.
double unit(DType dtype, std::size_t i) {
  return dtype == f32 ? static_cast<double>(bits(i) >> 40) * 0x1p-24
                      : static_cast<double>(bits(i) >> 11) * 0x1p-53;
}

Host generated(const Host& x, const std::function<double(std::size_t)>& value) {
  Host y = x;
  for (std::size_t i = 0; i < y.values.size(); ++i) y.values[i] = value(i);
  return y;
}

std::vector<Sample> shapes() {
  return {{"a matrix", {draw({5, 7}, 0, 1, 1)}},
          {"a scalar", {draw({}, 0, 1, 2)}},
          {"no element", {draw({0, 3}, 0, 1, 3)}}};
}

// Mean and variance of many, within five standard errors.
void check_moments(const Tensor& x, double mean, double deviation) {
  const Host h = host(x);
  const auto count = static_cast<double>(h.values.size());
  double sum = 0, squares = 0;
  for (double value : h.values) sum += value;
  for (double value : h.values) squares += (value - sum / count) * (value - sum / count);
  BOOST_TEST(std::abs(sum / count - mean) < 5 * deviation / std::sqrt(count));
  BOOST_TEST(std::abs(squares / count / (deviation * deviation) - 1) < 5 * std::sqrt(2 / count));
}

std::vector<Sample> many() { return {{"many", {draw({100, 100}, 0, 1, 1)}}}; }

Generator generator;  // of the faults, where nothing is drawn

std::vector<OpCase> real_cases() {
  return {
      {.name = "rand",
       .forward =
           [](const Tensors& x) {
             Generator g = start();
             return rand(x[0].shape(), g, like(x[0]));
           },
       .reference =
           [](const Hosts& x) {
             const DType dtype = x[0].dtype;
             return generated(x[0], [dtype](std::size_t i) { return unit(dtype, i); });
           },
       .samples = shapes(),
       .derivatives = 0,
       .epsilons = 0,
       .faults = {fault<DTypeError>("[uniform] ", [] { rand({2}, generator, {.dtype = i32}); })}},
      {.name = "uniform",
       .forward =
           [](const Tensors& x) {
             Generator g = start();
             return uniform(x[0].shape(), -2, 6, g, like(x[0]));
           },
       .reference =
           [](const Hosts& x) {
             const DType dtype = x[0].dtype;
             return generated(x[0], [dtype](std::size_t i) { return -2 + 8 * unit(dtype, i); });
           },
       .samples = shapes(),
       .derivatives = 0,
       .epsilons = 1,
       .of_largest = true,
       .faults = {fault<ValueError>(
                      "[uniform] needs finite low < high: low 1.000000, high 1.000000",
                      [] { uniform({2}, 1, 1, generator); }),
                  fault<ValueError>("[uniform] needs finite low < high",
                                    [] { uniform({2}, 0, kInf, generator); })}},
      {.name = "randn",
       .forward =
           [](const Tensors& x) {
             Generator g = start();
             return randn(x[0].shape(), g, like(x[0]));
           },
       .check = [](const Tensors&, const Tensors& y) { check_moments(y[0], 0, 1); },
       .samples = many(),
       .derivatives = 0},
      {.name = "normal",
       .forward =
           [](const Tensors& x) {
             Generator g = start();
             return normal(x[0].shape(), 3, 0.5, g, like(x[0]));
           },
       .check = [](const Tensors&, const Tensors& y) { check_moments(y[0], 3, 0.5); },
       .samples = many(),
       .derivatives = 0,
       .faults = {fault<ValueError>("[normal] needs a finite mean and stddev >= 0: mean 0.000000, "
                                    "stddev -1.000000",
                                    [] { normal({2}, 0, -1, generator); })}},
  };
}

std::vector<OpCase> whole_cases() {
  return {
      {.name = "randint",
       .forward =
           [](const Tensors& x) {
             Generator g = start();
             return randint(x[0].shape(), -3, 10, g, like(x[0]));
           },
       .reference =
           [](const Hosts& x) {
             return generated(x[0], [](std::size_t i) {
               return -3 + static_cast<double>(carousel::detail::multiply_high(bits(i), 13));
             });
           },
       .samples = shapes(),
       .dtypes = {i32, i64},
       .derivatives = 0,
       .faults = {fault<ValueError>("[randint] needs low < high that i64 and f64 hold exactly: "
                                    "low 2, high 2",
                                    [] { randint({2}, 2, 2, generator); }),
                  fault<ValueError>(
                      "[randint] needs low < high that i32",
                      [] { randint({2}, 0, std::int64_t{1} << 32, generator, {.dtype = i32}); }),
                  fault<DTypeError>("[randint] ",
                                    [] { randint({2}, 0, 2, generator, {.dtype = f32}); })}},
  };
}

std::vector<OpCase> order_cases() {
  return {
      {.name = "bernoulli",
       .forward =
           [](const Tensors& x) {
             Generator g = start();
             return bernoulli(x[0].shape(), 0.3, g, like(x[0]));
           },
       .reference =
           [](const Hosts& x) {
             return generated(x[0], [](std::size_t i) {
               return static_cast<double>(bits(i) >> 32) < std::floor(0.3 * 0x1p32) ? 1.0 : 0.0;
             });
           },
       .samples = shapes(),
       .dtypes = {f32, f64, i32, i64, boolean},
       .derivatives = 0,
       .faults = {fault<ValueError>("[bernoulli] probability must be in [0, 1], got 1.500000",
                                    [] { bernoulli({2}, 1.5, generator); }),
                  fault<ValueError>("[bernoulli] probability must be in [0, 1], got nan",
                                    [] { bernoulli({2}, kNaN, generator); })}},
      {.name = "permutation",
       .forward =
           [](const Tensors& x) {
             Generator g = start();
             return permutation(x[0].numel(), g, x[0].device());
           },
       .reference =
           [](const Hosts& x) {
             std::vector<double> p(x[0].values.size());
             for (std::size_t i = 0; i < p.size(); ++i) p[i] = static_cast<double>(i);
             for (std::size_t j = p.size() - 1; p.size() > 1 && j > 0; --j)
               std::swap(p[j], p[carousel::detail::multiply_high(bits(j), j + 1)]);
             return Host{{static_cast<std::int64_t>(p.size())}, i64, p};
           },
       .samples = {{"of 100", {draw({100}, 0, 1, 1)}},
                   {"of 1", {draw({1}, 0, 1, 1)}},
                   {"of 0", {draw({0}, 0, 1, 1)}}},
       .dtypes = {i64},
       .derivatives = 0,
       .faults = {fault<ValueError>("[permutation] count is negative: -1",
                                    [] { permutation(-1, generator); })}},
  };
}

// The mask is the generator's, so each call of the same state drops the same elements.
OpCase dropout_case() {
  return {.name = "dropout",
          .forward =
              [](const Tensors& x) {
                Generator g = start();
                return dropout(x[0], 0.25, g);
              },
          .reference =
              [](const Hosts& x) {
                Host y = x[0];
                for (std::size_t i = 0; i < y.values.size(); ++i) {
                  const bool kept = static_cast<double>(bits(i) >> 32) < std::floor(0.75 * 0x1p32);
                  y.values[i] = kept ? y.values[i] / 0.75 : 0 * y.values[i];
                }
                return y;
              },
          .samples = unary_samples(-3, 3, wild()),
          .faults = {fault<ValueError>("[dropout] rate must be in [0, 1), got 1.000000",
                                       [] { dropout(Tensor{1.f}, 1, generator); }),
                     fault<DTypeError>("[dropout] ", [] { dropout(Tensor{1}, 0.5, generator); })}};
}

}  // namespace

std::vector<OpCase> random_cases() {
  std::vector<OpCase> all = real_cases();
  for (auto family : {whole_cases, order_cases})
    for (OpCase& c : family()) all.push_back(std::move(c));
  all.push_back(dropout_case());
  return all;
}

}  // namespace carousel::test
