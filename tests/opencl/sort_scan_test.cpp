#include <algorithm>

#include <tests/opencl/device.h>

using namespace carousel;
using test::check_close, test::make;

namespace {

const float kNaN = std::numeric_limits<float>::quiet_NaN();

bool before(float a, float b, bool descending) {
  if (std::isnan(a)) return false;
  if (std::isnan(b)) return true;
  return descending ? a > b : a < b;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(opencl_sort_scan)

BOOST_AUTO_TEST_CASE(sort_is_stable_with_nan_last) {
  CAROUSEL_NEEDS_OPENCL();
  for (const std::int64_t cols : {1, 2, 7, 300}) {
    std::vector<float> values(std::size_t(2 * cols));
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = i % 11 == 5 ? kNaN : float(i * 17 % 23) - 11;
    for (const bool descending : {false, true}) {
      const auto got = detail::run_sort(make<float>({2, cols}, values), 1, descending);
      const auto positions = got.positions.to_vector<std::int64_t>();
      std::vector<double> expected_values;
      for (std::int64_t row = 0; row < 2; ++row) {
        std::vector<std::int64_t> order(static_cast<std::size_t>(cols));
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = std::int64_t(i);
        const float* x = values.data() + row * cols;
        std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
          return before(x[a], x[b], descending);
        });
        for (std::size_t i = 0; i < order.size(); ++i) {
          BOOST_TEST_REQUIRE(positions[std::size_t(row * cols) + i] == order[i]);
          expected_values.push_back(x[order[i]]);
        }
      }
      check_close(got.values.to_vector<float>(), expected_values, 0, "sorted");
    }
  }
}

BOOST_AUTO_TEST_CASE(sorts_integers_along_the_first_axis) {
  CAROUSEL_NEEDS_OPENCL();
  const Tensor x = make<std::int64_t>({3, 2}, {3, 10, 1, 30, 2, 20});
  const auto got = detail::run_sort(x, 0, false);
  BOOST_TEST(
      got.values.to_vector<std::int64_t>() == (std::vector<std::int64_t>{1, 10, 2, 20, 3, 30}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(running_sums_and_products) {
  CAROUSEL_NEEDS_OPENCL();
  const Tensor x = make<float>({2, 3, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  check_close(detail::run_scan(Kernel::cumsum, x, 1, false).to_vector<float>(),
              {1, 2, 4, 6, 9, 12, 7, 8, 16, 18, 27, 30}, 0, "cumsum");
  check_close(detail::run_scan(Kernel::cumsum, x, 1, true).to_vector<float>(),
              {9, 12, 8, 10, 5, 6, 27, 30, 20, 22, 11, 12}, 0, "reverse cumsum");
  const Tensor n = make<std::int32_t>({4}, {2, 3, 0, 5});
  BOOST_TEST(detail::run_scan(Kernel::cumprod, n, 0, false).to_vector<std::int32_t>() ==
                 (std::vector<std::int32_t>{2, 6, 0, 0}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(running_extremes_and_logarithms_of_sums) {
  CAROUSEL_NEEDS_OPENCL();
  const double inf = HUGE_VAL, nan = kNaN;
  const auto scan = [](Kernel kernel, const std::vector<float>& x, bool reverse = false) {
    return detail::run_scan(kernel, make<float>({std::int64_t(x.size())}, x), 0, reverse)
        .to_vector<float>();
  };
  const std::vector<float> x{2, -1, 3, 3, kNaN, 9}, logs{-HUGE_VALF, 1, 80, -HUGE_VALF, 80};
  check_close(scan(Kernel::cummax, x), {2, 2, 3, 3, nan, nan}, 0, "cummax");
  check_close(scan(Kernel::cummin, x), {2, -1, -1, -1, nan, nan}, 0, "cummin");
  check_close(scan(Kernel::cummax, {-3, -5}, true), {-3, -5}, 0, "reverse cummax");
  check_close(scan(Kernel::logcumsumexp, logs), {-inf, 1, 80, 80, 80 + std::log(2.0)}, 1e-6,
              "logcumsumexp");
  check_close(scan(Kernel::logcumsumexp, {HUGE_VALF, 1, HUGE_VALF}), {inf, inf, inf}, 0,
              "infinities");
  const Tensor n = make<std::int32_t>({4}, {2, -3, 7, 5});
  BOOST_TEST(detail::run_scan(Kernel::cummax, n, 0, false).to_vector<std::int32_t>() ==
                 (std::vector<std::int32_t>{2, 2, 7, 7}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
