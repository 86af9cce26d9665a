#include <tests/backends/kernel_support.h>

using namespace carousel;
using namespace carousel::test;

namespace {

template <class T>
std::vector<T> scan(Kernel kernel, const std::vector<T>& values, std::int64_t outer,
                    std::int64_t length, std::int64_t inner, bool reverse) {
  const Buffer<T> x(values), out(x.size());
  cpu_kernels().scan.at(kernel, dtype_of<T>)(
      cpu_context(),
      ScanArgs{kernel, dtype_of<T>, outer, length, inner, reverse, x.operand(), out.operand()});
  out.check();
  return out.values();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cpu_scan)

BOOST_AUTO_TEST_CASE(sums_and_products_run_along_the_middle_axis) {
  using Ints = std::vector<std::int32_t>;
  const Ints x{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  BOOST_TEST(scan(Kernel::cumsum, x, 2, 3, 2, false) ==
             (Ints{1, 2, 4, 6, 9, 12, 7, 8, 16, 18, 27, 30}));
  BOOST_TEST(scan(Kernel::cumsum, x, 2, 3, 2, true) ==
             (Ints{9, 12, 8, 10, 5, 6, 27, 30, 20, 22, 11, 12}));
  BOOST_TEST(scan(Kernel::cumprod, x, 1, 4, 3, false) ==
             (Ints{1, 2, 3, 4, 10, 18, 28, 80, 162, 280, 880, 1944}));
  BOOST_TEST(scan<double>(Kernel::cumsum, {}, 2, 0, 3, false).empty());
}

BOOST_AUTO_TEST_CASE(long_sums_of_floats_keep_their_precision) {
  const std::size_t n = 1000000;
  const auto sums = scan(Kernel::cumsum, std::vector<float>(n, 0.1f), 1, n, 1, false);
  BOOST_TEST(ulps(sums.back(), static_cast<long double>(0.1f) * n) <= 1);
}

BOOST_AUTO_TEST_CASE(nan_stays_from_where_it_stands) {
  const auto sums = scan<float>(Kernel::cumsum, {1.f, float(kNaN), 2.f}, 1, 3, 1, false);
  BOOST_TEST(sums[0] == 1.f);
  BOOST_TEST(std::isnan(sums[1]));
  BOOST_TEST(std::isnan(sums[2]));
}

BOOST_AUTO_TEST_CASE(extremes_run_too_and_a_nan_wins) {
  using Floats = std::vector<float>;
  const float nan = static_cast<float>(kNaN), inf = static_cast<float>(kInf);
  BOOST_TEST(same(scan<float>(Kernel::cummax, {-inf, -2, nan, 5}, 1, 4, 1, false),
                  Floats{-inf, -2, nan, nan}));
  BOOST_TEST(same(scan<float>(Kernel::cummin, {inf, 2, 3, -inf}, 1, 4, 1, false),
                  Floats{inf, 2, 2, -inf}));
  BOOST_TEST(
      same(scan<float>(Kernel::cummin, {5, nan, 1, 2}, 1, 4, 1, true), Floats{nan, nan, 1, 2}));
  const std::vector<std::int64_t> lowest{std::numeric_limits<std::int64_t>::min(), -3};
  BOOST_TEST(scan(Kernel::cummax, lowest, 1, 2, 1, false) == lowest);
}

BOOST_AUTO_TEST_CASE(logarithms_of_running_sums_neither_overflow_nor_lose_small_ones) {
  const std::vector<double> x{-kInf, -800, 800, 1, 800, kInf, 3, kInf, kNaN, kInf};
  const double two = 800 + std::log(2.0);
  BOOST_TEST(same(scan(Kernel::logcumsumexp, x, 1, 10, 1, false),
                  {-kInf, -800, 800, 800, two, kInf, kInf, kInf, kNaN, kNaN}));
  BOOST_TEST(same(scan<float>(Kernel::logcumsumexp, {0, 0, 0, 0}, 1, 4, 1, true),
                  {std::log(4.f), std::log(3.f), std::log(2.f), 0}));
}

BOOST_AUTO_TEST_SUITE_END()
