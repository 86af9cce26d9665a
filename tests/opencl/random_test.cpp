#include <carousel/tensor/philox.h>
#include <tests/opencl/device.h>

using namespace carousel;

namespace {

constexpr std::uint64_t kSeed = 0x123456789abcdef0, kStream = 7, kOffset = (1ull << 32) - 3;
constexpr std::int64_t kCount = 1001;

template <class T>
std::vector<T> draw(Kernel kernel, double alpha, double beta, std::int64_t count = kCount) {
  const Tensor values = detail::run_random(kernel, {count}, dtype_of<T>, test::kDevice, kSeed,
                                           kStream, kOffset, alpha, beta);
  return values.to_vector<T>();
}

std::uint64_t bits(std::int64_t i) {
  return detail::random_bits(kSeed, kStream, kOffset + std::uint64_t(i));
}

template <class T>
void check_equal(const std::vector<T>& got, const std::function<T(std::int64_t)>& expected) {
  for (std::size_t i = 0; i < got.size(); ++i)
    BOOST_TEST_REQUIRE(got[i] == expected(std::int64_t(i)), "element " << i);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(opencl_random)

BOOST_AUTO_TEST_CASE(integers_and_uniforms_have_the_bits_of_the_definition) {
  CAROUSEL_NEEDS_OPENCL();
  check_equal<float>(draw<float>(Kernel::uniform, -1, 3), [](std::int64_t i) {
    const float u = float(bits(i) >> 40) * 0x1p-24f, scaled = 4.f * u;
    return -1.f + scaled;
  });
  if (test::has_f64())
    check_equal<double>(draw<double>(Kernel::uniform, 0, 1),
                        [](std::int64_t i) { return double(bits(i) >> 11) * 0x1p-53; });
  check_equal<std::int32_t>(draw<std::int32_t>(Kernel::randint, -5, 6), [](std::int64_t i) {
    return std::int32_t(-5 + std::int64_t(detail::multiply_high(bits(i), 11)));
  });
  check_equal<bool>(draw<bool>(Kernel::bernoulli, 0.25, 0),
                    [](std::int64_t i) { return (bits(i) >> 32) < (1ull << 30); });
}

BOOST_AUTO_TEST_CASE(the_end_of_the_interval_is_never_drawn) {
  CAROUSEL_NEEDS_OPENCL();
  const float next = std::nextafter(1.f, 2.f);  // most values round up to it
  for (const float v : draw<float>(Kernel::uniform, 1, next)) BOOST_TEST_REQUIRE(v == 1.f);
  for (const bool v : draw<bool>(Kernel::bernoulli, 1, 0)) BOOST_TEST_REQUIRE(v);
}

BOOST_AUTO_TEST_CASE(permutations_are_fisher_yates) {
  CAROUSEL_NEEDS_OPENCL();
  std::vector<std::int64_t> expected(100);
  for (std::size_t i = 0; i < 100; ++i) expected[i] = std::int64_t(i);
  for (std::size_t j = 99; j > 0; --j)
    std::swap(expected[j], expected[detail::multiply_high(bits(std::int64_t(j)), j + 1)]);
  BOOST_TEST(draw<std::int64_t>(Kernel::permutation, 0, 0, 100) == expected,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(normals_follow_the_formula_and_have_their_moments) {
  CAROUSEL_NEEDS_OPENCL();
  const std::vector<float> values = draw<float>(Kernel::normal, 2, 3, 20000);
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint64_t b = bits(std::int64_t(i));
    const double u1 = (double(std::uint32_t(b)) + 0.5) * 0x1p-32, u2 = double(b >> 32) * 0x1p-32;
    const double exact =
        2 + 3 * std::sqrt(-2 * std::log(u1)) * std::cos(2 * 3.14159265358979323846 * u2);
    BOOST_TEST_REQUIRE(std::abs(values[i] - exact) <= 1e-5, "element " << i);
    sum += values[i], squares += (values[i] - 2) * (values[i] - 2);
  }
  BOOST_TEST(std::abs(sum / 20000 - 2) < 0.1);
  BOOST_TEST(std::abs(squares / 20000 - 9) < 0.5);
}

BOOST_AUTO_TEST_SUITE_END()
