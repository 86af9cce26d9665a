#include <tests/opencl/device.h>

using namespace carousel;
using test::check_close, test::make;

namespace {

const double kNaN = std::numeric_limits<double>::quiet_NaN();
const double kInf = std::numeric_limits<double>::infinity();

double logistic(double x) { return 1 / (1 + std::exp(-x)); }
double selu(double x) {
  return 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * std::expm1(x) : x);
}
double normal_cdf(double x) { return 0.5 * (1 + std::erf(x / std::sqrt(2.0))); }
double normal_pdf(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * 3.14159265358979323846); }

struct UnaryCase {
  Kernel kernel;
  double (*reference)(double);
};
// alpha is 0.3 and beta 1.5 throughout.
const UnaryCase kUnary[] = {
    {Kernel::neg, [](double x) { return -x; }},
    {Kernel::abs, [](double x) { return std::abs(x); }},
    {Kernel::sign, [](double x) { return x != x ? x : double((x > 0) - (x < 0)); }},
    {Kernel::square, [](double x) { return x * x; }},
    {Kernel::sqrt, [](double x) { return std::sqrt(x); }},
    {Kernel::rsqrt, [](double x) { return 1 / std::sqrt(x); }},
    {Kernel::reciprocal, [](double x) { return 1 / x; }},
    {Kernel::exp, [](double x) { return std::exp(x); }},
    {Kernel::expm1, [](double x) { return std::expm1(x); }},
    {Kernel::log, [](double x) { return std::log(x); }},
    {Kernel::log1p, [](double x) { return std::log1p(x); }},
    {Kernel::sin, [](double x) { return std::sin(x); }},
    {Kernel::cos, [](double x) { return std::cos(x); }},
    {Kernel::atan, [](double x) { return std::atan(x); }},
    {Kernel::tanh, [](double x) { return std::tanh(x); }},
    {Kernel::sigmoid, logistic},
    {Kernel::relu, [](double x) { return x <= 0 ? 0 : x; }},
    {Kernel::leaky_relu, [](double x) { return x < 0 ? 0.3 * x : x; }},
    {Kernel::elu, [](double x) { return x < 0 ? 0.3 * std::expm1(x) : x; }},
    {Kernel::selu, selu},
    {Kernel::softplus, [](double x) { return x > 30 ? x : std::log1p(std::exp(x)); }},
    {Kernel::softsign, [](double x) { return x / (1 + std::abs(x)); }},
    {Kernel::gelu, [](double x) { return x * normal_cdf(x); }},
    {Kernel::gelu_tanh,
     [](double x) {
       return 0.5 * x * (1 + std::tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
     }},
    {Kernel::silu, [](double x) { return x * logistic(x); }},
    {Kernel::hard_sigmoid, [](double x) { return x <= -3  ? 0
                                                 : x >= 3 ? 1
                                                          : (x + 3) / 6; }},
    {Kernel::erf, [](double x) { return std::erf(x); }},
    {Kernel::floor, [](double x) { return std::floor(x); }},
    {Kernel::ceil, [](double x) { return std::ceil(x); }},
    {Kernel::round, [](double x) { return std::nearbyint(x); }},
    {Kernel::clip, [](double x) { return x < 0.3   ? 0.3
                                         : x > 1.5 ? 1.5
                                                   : x; }},
    {Kernel::pow_scalar, [](double x) { return std::pow(x, 0.3); }},
};

const std::vector<double> kFinite = {0,  -0.0, 0.5,  -0.5, 1.5, 2.5, -2.5, 3.25,
                                     -7, 0.1,  -0.1, 1,    -1,  12,  -12,  1e-6};

struct BinaryCase {
  Kernel kernel;
  double (*reference)(double, double);
};
const BinaryCase kBinary[] = {
    {Kernel::add, [](double a, double b) { return a + b; }},
    {Kernel::sub, [](double a, double b) { return a - b; }},
    {Kernel::mul, [](double a, double b) { return a * b; }},
    {Kernel::div, [](double a, double b) { return a / b; }},
    {Kernel::floor_divide, [](double a, double b) { return std::floor(a / b); }},
    {Kernel::remainder, [](double a, double b) { return a - b * std::floor(a / b); }},
    {Kernel::pow, [](double a, double b) { return std::pow(a, b); }},
    {Kernel::minimum, [](double a, double b) { return a < b ? a : b; }},
    {Kernel::maximum, [](double a, double b) { return a > b ? a : b; }},
    {Kernel::tanh_grad, [](double y, double dy) { return dy * (1 - y * y); }},
    {Kernel::sigmoid_grad, [](double y, double dy) { return dy * y * (1 - y); }},
    {Kernel::relu_grad, [](double y, double dy) { return y > 0 ? dy : 0; }},
    {Kernel::leaky_relu_grad, [](double x, double dy) { return x > 0 ? dy : 0.3 * dy; }},
    {Kernel::elu_grad, [](double x, double dy) { return x > 0 ? dy : 0.3 * std::exp(x) * dy; }},
    {Kernel::selu_grad,
     [](double x, double dy) {
       return 1.0507009873554805 * (x >= 0 ? 1 : 1.6732632423543772 * std::exp(x)) * dy;
     }},
    {Kernel::softplus_grad, [](double x, double dy) { return dy * logistic(x); }},
    {Kernel::softsign_grad,
     [](double x, double dy) { return dy / ((1 + std::abs(x)) * (1 + std::abs(x))); }},
    {Kernel::gelu_grad,
     [](double x, double dy) { return dy * (normal_cdf(x) + x * normal_pdf(x)); }},
    {Kernel::silu_grad,
     [](double x, double dy) { return dy * logistic(x) * (1 + x * (1 - logistic(x))); }},
    {Kernel::hard_sigmoid_grad, [](double x, double dy) { return x > -3 && x < 3 ? dy / 6 : 0; }},
    {Kernel::clip_grad, [](double x, double dy) { return x >= 0.3 && x <= 1.5 ? dy : 0; }},
    {Kernel::erf_grad,
     [](double x, double dy) { return dy * 1.1283791670955126 * std::exp(-x * x); }},
};

template <class T>
std::vector<T> as(const std::vector<double>& values) {
  return std::vector<T>(values.begin(), values.end());
}

template <class T>
void check_unary(double relative) {
  const Tensor x = make<T>({4, 4}, as<T>(kFinite));
  const Tensor turned = detail::view_transpose(x, 0, 1);
  for (const UnaryCase& c : kUnary) {
    std::vector<double> expected(16), transposed(16);
    for (std::size_t i = 0; i < 16; ++i) {
      expected[i] = c.reference(static_cast<T>(kFinite[i]));
      transposed[i % 4 * 4 + i / 4] = expected[i];
    }
    const std::string name = name_of(c.kernel);
    check_close(detail::run(c.kernel, x, detail::Immediates{0.3, 1.5}).to_vector<T>(), expected,
                relative, name);
    check_close(detail::run(c.kernel, turned, detail::Immediates{0.3, 1.5}).to_vector<T>(),
                transposed, relative, name + " of a transposed tensor");
    const Tensor nan = make<T>({1}, {static_cast<T>(kNaN)});
    BOOST_TEST(std::isnan(detail::run(c.kernel, nan, detail::Immediates{0.3, 1.5}).item<T>()),
               name << "(NaN)");
    BOOST_TEST(detail::run(c.kernel, make<T>({0, 3}, {})).numel() == 0);
  }
}

// (4, 1, 4) with (3, 1) broadcasts to (4, 3, 4).
template <class T>
void check_binary(double relative) {
  const std::vector<double> other = {0.75, -1.25, 3};
  const Tensor a = make<T>({4, 1, 4}, as<T>(kFinite)), b = make<T>({3, 1}, as<T>(other));
  for (const BinaryCase& c : kBinary) {
    std::vector<double> expected, scalar;
    for (std::size_t i = 0; i < 4; ++i)
      for (double v : other)
        for (std::size_t j = 0; j < 4; ++j)
          expected.push_back(c.reference(static_cast<T>(kFinite[4 * i + j]), v));
    for (double v : kFinite) scalar.push_back(c.reference(static_cast<T>(v), 0.75));
    const std::string name = name_of(c.kernel);
    check_close(detail::run(c.kernel, a, b, 0.3, 1.5).to_vector<T>(), expected, relative, name);
    if (kind_of(c.kernel) == KernelKind::binary && c.kernel <= Kernel::maximum)
      check_close(detail::run(c.kernel, a, Scalar(0.75)).to_vector<T>(), scalar, relative,
                  name + " 0.75");
    const Tensor nan = make<T>({1}, {static_cast<T>(kNaN)}), one = make<T>({1}, {1});
    BOOST_TEST(std::isnan(detail::run(c.kernel, nan, one, 0.3, 1.5).item<T>()), name << "(NaN, 1)");
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(opencl_elementwise)

BOOST_AUTO_TEST_CASE(unary_kernels_match_the_standard_library) {
  CAROUSEL_NEEDS_OPENCL();
  check_unary<float>(2e-6);
  if (test::has_f64()) check_unary<double>(1e-14);
}

BOOST_AUTO_TEST_CASE(binary_kernels_broadcast_and_match_the_standard_library) {
  CAROUSEL_NEEDS_OPENCL();
  check_binary<float>(2e-6);
  if (test::has_f64()) check_binary<double>(1e-14);
}

// Where 1 + erf would cancel.
BOOST_AUTO_TEST_CASE(gelu_keeps_its_digits_below_0) {
  CAROUSEL_NEEDS_OPENCL();
  const std::vector<float> x = {-0.5f, -2.f, -4.f, -6.f, -9.f};
  const Tensor there = make<float>({5}, x), one = make<float>({5}, {1, 1, 1, 1, 1});
  const auto y = detail::run(Kernel::gelu, there).to_vector<float>(),
             slope = detail::run(Kernel::gelu_grad, there, one).to_vector<float>();
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double below = 0.5 * std::erfc(-x[i] * std::sqrt(0.5));
    BOOST_TEST(std::abs(y[i] / (x[i] * below) - 1) < 2e-5, "gelu(" << x[i] << ") = " << y[i]);
    BOOST_TEST(std::abs(slope[i] / (below + x[i] * normal_pdf(x[i])) - 1) < 2e-5,
               "its derivative at " << x[i] << " is " << slope[i]);
  }
}

// Every kernel of these kinds against the CPU's, where a formula of its own would be a second one.
BOOST_AUTO_TEST_CASE(extreme_values_end_as_on_the_cpu) {
  CAROUSEL_NEEDS_OPENCL();
  const float inf = float(kInf), nan = float(kNaN), big = 3e38f, tiny = 1e-38f;
  const std::vector<float> extremes = {inf,   -inf, nan,  big, -big, tiny,
                                       -tiny, 0.f,  -0.f, 100, -100};
  const auto n = std::int64_t(extremes.size());
  const Tensor a = make<float>({n, 1}, extremes, {}), b = make<float>({n}, extremes, {});
  const Tensor device_a = make<float>({n, 1}, extremes), device_b = make<float>({n}, extremes);
  const Kernel last = Kernel::greater_equal;
  for (int i = 0; i <= int(last); ++i) {
    const auto k = static_cast<Kernel>(i);
    if (!has_kernel(backend({}).kernels(), k, f32)) continue;
    const KernelKind kind = kind_of(k);
    const bool one = kind == KernelKind::unary || kind == KernelKind::predicate;
    if (k == Kernel::sin || k == Kernel::cos) continue;  // arguments up to 3e38: not compared
    const auto run = [&](const Tensor& x, const Tensor& y) {
      const Tensor out =
          one ? detail::run(k, x, detail::Immediates{0.3, 1.5}) : detail::run(k, x, y, 0.3, 1.5);
      if (out.dtype() == f32) return out.to_vector<float>();
      const std::vector<bool> bits = out.to_vector<bool>();
      return std::vector<float>(bits.begin(), bits.end());
    };
    const std::vector<float> expected = run(a, b);
    check_close(run(device_a, device_b), {expected.begin(), expected.end()}, 4e-6, name_of(k));
  }
}

BOOST_AUTO_TEST_CASE(infinities_survive) {
  CAROUSEL_NEEDS_OPENCL();
  const Tensor x = make<float>({2}, {float(kInf), float(-kInf)});
  const auto of = [&](Kernel k) {
    return detail::run(k, x, detail::Immediates{-1, 1}).to_vector<float>();
  };
  const float inf = float(kInf);
  BOOST_TEST(of(Kernel::tanh) == (std::vector<float>{1, -1}), boost::test_tools::per_element());
  BOOST_TEST(of(Kernel::sigmoid) == (std::vector<float>{1, 0}), boost::test_tools::per_element());
  BOOST_TEST(of(Kernel::softplus) == (std::vector<float>{inf, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(of(Kernel::clip) == (std::vector<float>{1, -1}), boost::test_tools::per_element());
  BOOST_TEST(of(Kernel::relu) == (std::vector<float>{inf, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(integers_wrap_and_divide_towards_minus_infinity) {
  CAROUSEL_NEEDS_OPENCL();
  constexpr std::int32_t low = std::numeric_limits<std::int32_t>::min();
  const Tensor a = make<std::int32_t>({5}, {7, -7, 7, low, 5}),
               b = make<std::int32_t>({5}, {2, 2, -2, -1, 0});
  const auto of = [&](Kernel k) { return detail::run(k, a, b).to_vector<std::int32_t>(); };
  using V = std::vector<std::int32_t>;
  BOOST_TEST(of(Kernel::floor_divide) == (V{3, -4, -4, low, 0}), boost::test_tools::per_element());
  BOOST_TEST(of(Kernel::remainder) == (V{1, 1, -1, 0, 0}), boost::test_tools::per_element());
  BOOST_TEST(of(Kernel::add) == (V{9, -5, 5, std::numeric_limits<std::int32_t>::max(), 5}),
             boost::test_tools::per_element());
  const Tensor big = make<std::int64_t>({1}, {std::int64_t{1} << 53});
  BOOST_TEST(detail::run(Kernel::add, big, Scalar(1)).item<std::int64_t>() ==
             (std::int64_t{1} << 53) + 1);
}

BOOST_AUTO_TEST_CASE(compares_predicates_and_where) {
  CAROUSEL_NEEDS_OPENCL();
  const float nan = float(kNaN), inf = float(kInf);
  const Tensor a = make<float>({2, 2}, {1, 2, nan, inf}), b = make<float>({2}, {1, 3});
  using V = std::vector<bool>;
  const auto of = [&](Kernel k) { return detail::run(k, a, b).to_vector<bool>(); };
  BOOST_TEST(of(Kernel::equal) == (V{true, false, false, false}), boost::test_tools::per_element());
  BOOST_TEST(of(Kernel::not_equal) == (V{false, true, true, true}),
             boost::test_tools::per_element());
  BOOST_TEST(of(Kernel::less) == (V{false, true, false, false}), boost::test_tools::per_element());
  BOOST_TEST(of(Kernel::greater_equal) == (V{true, false, false, true}),
             boost::test_tools::per_element());
  BOOST_TEST(detail::run(Kernel::isnan, a).to_vector<bool>() == (V{false, false, true, false}),
             boost::test_tools::per_element());
  const Tensor finite = detail::run(Kernel::isfinite, a);
  BOOST_TEST(
      detail::run(Kernel::logical_not, finite).to_vector<bool>() == (V{false, false, true, true}),
      boost::test_tools::per_element());
  const Tensor chosen = detail::run_where(finite, a, make<float>({1}, {-1}));
  BOOST_TEST(chosen.to_vector<float>() == (std::vector<float>{1, 2, -1, -1}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(copies_fills_and_casts) {
  CAROUSEL_NEEDS_OPENCL();
  const Tensor x = make<std::int32_t>({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor turned = detail::run_copy(detail::view_transpose(x, 0, 1));
  using V = std::vector<std::int32_t>;
  BOOST_TEST(turned.to_vector<std::int32_t>() == (V{1, 4, 2, 5, 3, 6}),
             boost::test_tools::per_element());
  detail::run_fill(detail::view_select(x, 1, 1), 9);
  BOOST_TEST(x.to_vector<std::int32_t>() == (V{1, 9, 3, 4, 9, 6}),
             boost::test_tools::per_element());
  const Tensor reals = make<float>({6}, {-1.7f, 2.9f, 3e9f, -3e9f, float(kNaN), float(kInf)});
  constexpr std::int32_t low = std::numeric_limits<std::int32_t>::min(), high = ~low;
  BOOST_TEST(
      detail::run_cast(reals, i32).to_vector<std::int32_t>() == (V{-1, 2, high, low, 0, high}),
      boost::test_tools::per_element());
  BOOST_TEST(
      detail::run_cast(make<float>({3}, {0, 0.25f, float(kNaN)}), boolean).to_vector<bool>() ==
          (std::vector<bool>{false, true, true}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
