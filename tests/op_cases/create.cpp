// Creators, which take dtype and device from an input that is there for this only; conversions.
#include <carousel/autograd/ops/create.h>
#include <tests/op_cases/op_case.h>

namespace carousel::test {
namespace {

constexpr std::initializer_list<DType> kAll{f32, f64, i32, i64, boolean};

TensorOptions like(const Tensor& x) { return {.dtype = x.dtype(), .device = x.device()}; }

OpCase creator(const char* name, const char* variant, Tensor (*make)(const TensorOptions&),
               const Shape& shape, std::vector<double> values, std::vector<DType> dtypes) {
  OpCase c;
  c.name = name;
  c.variant = variant;
  c.forward = [make](const Tensors& x) { return make(like(x[0])); };
  c.reference = [=](const Hosts& x) { return Host{shape, x[0].dtype, values}; };
  c.samples = {{"", {list({0})}}};
  c.dtypes = std::move(dtypes);
  c.derivatives = 0;
  return c;
}

std::vector<OpCase> constants() {
  using Options = TensorOptions;
  OpCase full_case = creator(
      "full", "", [](const Options& o) { return full({2}, 1, o); }, {2}, {1, 1}, kAll);
  full_case.faults = {
      fault<DTypeError>("[full] a floating scalar (2.500000) beside a i32 tensor",
                        [] { full({2}, 2.5, {.dtype = i32}); }),
      fault<DTypeError>("[full] requires_grad takes f32 or f64, got i64",
                        [] { full({2}, 2, {.dtype = i64, .requires_grad = true}); }),
      fault<ShapeError>("[shape] a size is negative: -1", [] { full({-1}, 2); }),
      fault<ValueError>("[shape] size overflows", [] {
        full({1LL << 40, 1LL << 40}, 2);
      })};
  return {
      full_case,
      creator(
          "zeros", "",
          [](const Options& o) {
            return zeros({2, 2}, o);
          },
          {2, 2}, {0, 0, 0, 0}, kAll),
      creator(
          "zeros", "empty",
          [](const Options& o) {
            return zeros({2, 0}, o);
          },
          {2, 0}, {}, kAll),
      creator(
          "ones", "", [](const Options& o) { return ones({3}, o); }, {3}, {1, 1, 1}, kAll),
      creator(
          "scalar", "", [](const Options& o) { return scalar(7, o); }, {}, {7}, kNumbers),
      creator(
          "eye", "", [](const Options& o) { return eye(2, -1, o); }, {2, 2}, {1, 0, 0, 1}, kAll),
      creator(
          "eye", "wide", [](const Options& o) { return eye(2, 3, o); }, {2, 3}, {1, 0, 0, 0, 1, 0},
          kAll),
  };
}

std::vector<OpCase> ranges() {
  using Options = TensorOptions;
  OpCase range = creator(
      "arange", "", [](const Options& o) { return arange(3, o); }, {3}, {0, 1, 2}, kNumbers);
  range.faults = {
      fault<ValueError>("[arange] needs finite bounds and a step other than 0: begin 0.000000",
                        [] { arange(0, 3, 0); }),
      fault<DTypeError>("[arange] a floating scalar (0.500000) beside a i64 tensor",
                        [] { arange(0, 3, 0.5, {.dtype = i64}); })};
  OpCase line = creator("linspace", "", [](const Options& o) { return linspace(-1, 1, 5, o); }, {5},
                        {-1, -0.5, 0, 0.5, 1}, {f32, f64});
  line.faults = {fault<ValueError>("[linspace] count is negative: -1", [] { linspace(0, 1, -1); }),
                 fault<DTypeError>("[linspace] makes f32 or f64, got i32",
                                   [] { linspace(0, 1, 3, {.dtype = i32}); })};
  return {
      range,
      creator(
          "arange", "down", [](const Options& o) { return arange(5, -1, -2, o); }, {3}, {5, 3, 1},
          kNumbers),
      creator(
          "arange", "nothing", [](const Options& o) { return arange(5, 1, 2, o); }, {0}, {},
          kNumbers),
      creator("arange", "broken", [](const Options& o) { return arange(0.5, 2, 0.5, o); }, {3},
              {0.5, 1, 1.5}, {f32, f64}),
      line,
      creator("linspace", "one", [](const Options& o) { return linspace(3, 4, 1, o); }, {1}, {3},
              {f32, f64}),
  };
}

std::vector<OpCase> copies_of_memory() {
  using Options = TensorOptions;
  OpCase span = creator(
      "from_span", "",
      [](const Options& o) {
        const float values[] = {1, 0, 1, 1};
        return from_span<float>(values, {2, 2}, o);
      },
      {2, 2}, {1, 0, 1, 1}, kAll);
  span.faults = {fault<ShapeError>("[from_span] 2 values for shape (3,)", [] {
    const double values[] = {1, 2};
    from_span<double>(values, {3});
  })};
  return {span, creator(
                    "from_vector", "",
                    [](const Options& o) {
                      return from_vector<std::int64_t>({4, 5}, {2}, o);
                    },
                    {2}, {4, 5}, kNumbers)};
}

OpCase of_one(const char* name, const char* variant, Tensor (*forward)(const Tensor&),
              double (*f)(double), int derivatives) {
  OpCase c;
  c.name = name;
  c.variant = variant;
  c.forward = [forward](const Tensors& x) { return forward(x[0]); };
  c.reference = [f](const Hosts& x) { return map(x[0], f); };
  c.samples = unary_samples(-9, 9);
  c.dtypes = kNumbers;
  c.derivatives = derivatives;
  return c;
}

// The members that convert and copy.
std::vector<OpCase> conversions() {
  const auto itself = [](double x) { return x; };
  std::vector<OpCase> all{
      of_one(
          "zeros_like", "", zeros_like, [](double) { return 0.0; }, 0),
      of_one(
          "ones_like", "", ones_like, [](double) { return 1.0; }, 0),
      of_one(
          "full_like", "", [](const Tensor& x) { return full_like(x, 3); },
          [](double) { return 3.0; }, 0),
      of_one(
          "Tensor.clone", "", [](const Tensor& x) { return x.clone(); }, itself, 2),
      of_one(
          "Tensor.contiguous", "", [](const Tensor& x) { return x.contiguous(); }, itself, 2),
      of_one(
          "Tensor.detach", "", [](const Tensor& x) { return x.detach(); }, itself, 0)};
  OpCase whole = of_one(
      "Tensor.to", "i32", [](const Tensor& x) { return x.to(i32); },
      [](double x) { return std::trunc(x); }, 0);
  whole.reference = [](const Hosts& x) {
    return as(map(x[0],
                  [](double v) {
                    return std::isnan(v) ? 0
                                         : std::trunc(std::clamp(v, -2147483648.0, 2147483647.0));
                  }),
              i32);
  };
  whole.samples = unary_samples(-9, 9, {kNaN, kInf, -kInf, 1e30, -1e30, -0.5});
  OpCase wide = of_one(
      "Tensor.to", "f64", [](const Tensor& x) { return x.to(f64); }, itself, 2);
  wide.reference = [](const Hosts& x) { return as(x[0], f64); };
  OpCase truth = of_one(
      "Tensor.to", "bool", [](const Tensor& x) { return x.to(boolean); }, itself, 0);
  truth.reference = [](const Hosts& x) {
    return as(map(x[0], [](double v) { return v != 0 ? 1.0 : 0.0; }), boolean);
  };
  truth.samples = unary_samples(-9, 9, {kNaN, 0, -0.0, 1e-30, kInf});
  all.insert(all.end(), {whole, wide, truth});
  return all;
}

}  // namespace

std::vector<OpCase> create_cases() {
  std::vector<OpCase> all;
  for (auto family : {constants, ranges, copies_of_memory, conversions})
    for (OpCase& c : family()) all.push_back(std::move(c));
  return all;
}

}  // namespace carousel::test
