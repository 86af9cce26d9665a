#include <tests/opencl/device.h>

using namespace carousel;
using test::check_close, test::make;

namespace {

const float kNaN = std::numeric_limits<float>::quiet_NaN();

std::vector<float> ramp(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>((i * 37 + 11) % 101) / 50.f - 1.f;
  return values;
}

// Reduces axis 1 of (a, b, c), naively in double.
std::vector<double> reduce_middle(const std::vector<float>& x, std::size_t a, std::size_t b,
                                  std::size_t c, double start, double (*step)(double, double)) {
  std::vector<double> out(a * c, start);
  for (std::size_t i = 0; i < a; ++i)
    for (std::size_t j = 0; j < b; ++j)
      for (std::size_t k = 0; k < c; ++k)
        out[i * c + k] = step(out[i * c + k], x[(i * b + j) * c + k]);
  return out;
}

struct Sizes {
  std::int64_t a, b, c;
};
// One item an output, one group an output, several chunks, many outputs, empty and single ones.
const Sizes kSizes[] = {{3, 5, 2},     {2, 200, 3}, {2, 9000, 1}, {1, 300000, 1},
                        {2, 100, 700}, {2, 0, 3},   {1, 1, 1},    {0, 4, 3}};

}  // namespace

BOOST_AUTO_TEST_SUITE(opencl_reduce)

BOOST_AUTO_TEST_CASE(sums_and_extremes_match_a_naive_loop) {
  CAROUSEL_NEEDS_OPENCL();
  for (const Sizes& sizes : kSizes) {
    const std::int64_t a = sizes.a, b = sizes.b, c = sizes.c;
    const std::vector<float> values = ramp(a * b * c);
    const Tensor x = make<float>({a, b, c}, values);
    const auto naive = [&, a = a, b = b, c = c](double start, double (*step)(double, double)) {
      return reduce_middle(values, std::size_t(a), std::size_t(b), std::size_t(c), start, step);
    };
    const auto got = [&](Kernel k) {
      return detail::run_reduce(k, x, 2, false).to_vector<float>();
    };
    const double rounding = 6e-8 * double(b + 10);  // half an ulp of the sum of magnitudes
    const std::string what = " of " + to_string(x.shape());
    check_close(got(Kernel::sum), naive(0, [](double s, double v) { return s + v; }), rounding,
                "sum" + what);
    check_close(got(Kernel::sum_squares), naive(0, [](double s, double v) { return s + v * v; }),
                rounding, "sum_squares" + what);
    if (b == 0) continue;
    check_close(got(Kernel::max), naive(-9, [](double s, double v) { return std::max(s, v); }), 0,
                "max" + what);
    check_close(got(Kernel::min), naive(9, [](double s, double v) { return std::min(s, v); }), 0,
                "min" + what);
  }
}

BOOST_AUTO_TEST_CASE(long_sums_keep_their_precision_and_their_bits) {
  CAROUSEL_NEEDS_OPENCL();
  const std::int64_t n = 1 << 22;
  const Tensor x = detail::empty({n}, f32, test::kDevice);
  detail::run_fill(x, 0.1);
  const float first = detail::run_reduce(Kernel::sum, x, 1, false).item<float>();
  BOOST_TEST(first == 0.1f * float(n), boost::test_tools::tolerance(1e-6f));
  BOOST_TEST(detail::run_reduce(Kernel::sum, x, 1, false).item<float>() == first);
}

BOOST_AUTO_TEST_CASE(reduces_strided_views_over_several_axes) {
  CAROUSEL_NEEDS_OPENCL();
  const std::vector<float> values = ramp(2 * 3 * 4);
  const Tensor x = detail::view_transpose(make<float>({2, 3, 4}, values), 0, 2);  // (4, 3, 2)
  std::vector<double> expected(3, 0);
  for (std::size_t i = 0; i < values.size(); ++i) expected[i / 4 % 3] += values[i];
  const Tensor sums = detail::run_reduce(Kernel::sum, x, 0b101, true);
  BOOST_TEST(to_string(sums.shape()) == "(1, 3, 1)");
  check_close(sums.to_vector<float>(), expected, 1e-6, "sum");
}

BOOST_AUTO_TEST_CASE(integers_and_booleans_widen) {
  CAROUSEL_NEEDS_OPENCL();
  const Tensor x = make<std::int32_t>({3}, {2'000'000'000, 2'000'000'000, 2});
  const auto of = [](Kernel k, const Tensor& t) { return detail::run_reduce(k, t, 1, false); };
  BOOST_TEST(of(Kernel::sum, x).item<std::int64_t>() == 4'000'000'002);
  BOOST_TEST(of(Kernel::prod, x).item<std::int64_t>() == 8'000'000'000'000'000'000);
  BOOST_TEST(of(Kernel::max, x).item<std::int32_t>() == 2'000'000'000);
  const Tensor bits = detail::run(Kernel::less, x, Scalar(10));
  BOOST_TEST(of(Kernel::sum, bits).item<std::int64_t>() == 1);
  BOOST_TEST(of(Kernel::any, bits).item<bool>());
  BOOST_TEST(!of(Kernel::all, bits).item<bool>());
}

BOOST_AUTO_TEST_CASE(nan_propagates) {
  CAROUSEL_NEEDS_OPENCL();
  for (const std::int64_t n : {5, 5000}) {
    std::vector<float> values = ramp(n);
    values[3] = kNaN;
    const Tensor x = make<float>({n}, values);
    for (const Kernel k : {Kernel::sum, Kernel::prod, Kernel::max, Kernel::min})
      BOOST_TEST(std::isnan(detail::run_reduce(k, x, 1, false).item<float>()), name_of(k));
  }
}

BOOST_AUTO_TEST_CASE(argmax_takes_the_first_of_equals_and_the_first_nan) {
  CAROUSEL_NEEDS_OPENCL();
  std::vector<float> values(300, 0.f);
  values[70] = values[201] = 2.f, values[100] = values[250] = -2.f;
  const auto at = [&](Kernel k) {
    return detail::run_reduce(k, make<float>({300}, values), 1, false).item<std::int64_t>();
  };
  BOOST_TEST(at(Kernel::argmax) == 70);
  BOOST_TEST(at(Kernel::argmin) == 100);
  values[260] = values[299] = kNaN;
  BOOST_TEST(at(Kernel::argmax) == 260);
  BOOST_TEST(at(Kernel::argmin) == 260);
  const Tensor x = make<float>({2, 3}, {1, 5, 3, 4, 0, 4});
  using V = std::vector<std::int64_t>;
  BOOST_TEST(
      detail::run_reduce(Kernel::argmax, x, 1, false).to_vector<std::int64_t>() == (V{1, 0, 1}),
      boost::test_tools::per_element());
  BOOST_TEST(detail::run_reduce(Kernel::argmax, x, 2, false).to_vector<std::int64_t>() == (V{1, 0}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
