// Random numbers: known answers, the definition in tensor/philox.h, and what they are used for.
#include <carousel/tensor/philox.h>
#include <tests/backends/kernel_support.h>

using namespace carousel;
using namespace carousel::test;

namespace {

constexpr std::uint64_t kSeed = 0x123456789abcdef0, kStream = 42;

template <class T>
std::vector<T> draw(Kernel kernel, std::int64_t count, std::uint64_t offset, double alpha,
                    double beta) {
  const Buffer<T> out(count);
  cpu_kernels().random.at(kernel, dtype_of<T>)(
      cpu_context(),
      RandomArgs{kernel, dtype_of<T>, count, kSeed, kStream, offset, alpha, beta, out.operand()});
  out.check();
  return out.values();
}

std::uint64_t bits(std::uint64_t i) { return detail::random_bits(kSeed, kStream, i); }

// Elements do not depend on where a call begins or how many it makes.
template <class T>
void check_slices(Kernel kernel, double alpha, double beta) {
  const auto all = draw<T>(kernel, 700, 1000, alpha, beta);
  for (std::int64_t begin : {0, 1, 2, 3, 126, 127, 300})
    for (std::int64_t n : {0, 1, 2, 5, 128, 399}) {
      const auto part = draw<T>(kernel, n, 1000 + begin, alpha, beta);
      BOOST_TEST(std::equal(part.begin(), part.end(), all.begin() + begin,
                            [](T a, T b) { return same(a, b); }),
                 name_of(kernel) << " from " << begin << ", " << n);
    }
}

template <class T>
void check_normal() {
  const auto z = draw<T>(Kernel::normal, 40001, 7, 1, 2);
  for (std::int64_t i = 0; i < 40001; ++i) {
    const auto e = static_cast<std::uint64_t>(i) + 7;
    const auto block = detail::philox(kSeed, kStream, e);
    long double u, v;
    if constexpr (sizeof(T) == 4) {
      u = (static_cast<float>(static_cast<std::uint32_t>(bits(e))) + 0.5f) * 0x1p-32f;
      v = static_cast<float>(static_cast<std::uint32_t>(bits(e) >> 32)) * 0x1p-32f;
    } else {
      const auto word = [&](std::size_t k) { return block[k] | std::uint64_t{block[k + 1]} << 32; };
      u = (static_cast<double>(word(0) >> 11) + 0.5) * 0x1p-53;
      v = static_cast<double>(word(2) >> 11) * 0x1p-53;
    }
    const long double wanted =
        1 + 2 * std::sqrt(-2 * std::log(u)) * std::cos(2 * 3.14159265358979323846L * v);
    // A few units of the largest number there is.
    BOOST_REQUIRE(std::abs(z[static_cast<std::size_t>(i)] - wanted) <=
                  40 * std::numeric_limits<T>::epsilon());
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cpu_random)

// The vectors published with Random123 (kat_vectors, philox4x32 10).
BOOST_AUTO_TEST_CASE(philox_gives_the_published_answers) {
  using detail::philox;
  const auto expect = [](detail::PhiloxBlock got, detail::PhiloxBlock wanted) {
    BOOST_TEST((got == wanted));
  };
  expect(philox(0, 0, 0), {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  expect(philox(~0ull, ~0ull, ~0ull), {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  expect(philox(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88),
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

BOOST_AUTO_TEST_CASE(kernels_do_as_the_definition_says_on_every_level) {
  cpu::for_each_level([] {
    const std::uint64_t from = 12345;
    const std::int64_t n = 1000;
    const auto f = draw<float>(Kernel::uniform, n, from, -1, 3);
    const auto d = draw<double>(Kernel::uniform, n, from, -1, 3);
    const auto b = draw<bool>(Kernel::bernoulli, n, from, 0.3, 0);
    const auto w = draw<float>(Kernel::bernoulli, n, from, 0.3, 0);
    const auto k = draw<std::int32_t>(Kernel::randint, n, from, -5, 100);
    for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
      const std::uint64_t x = bits(from + i);
      BOOST_TEST(f[i] == -1.f + 4.f * (static_cast<float>(x >> 40) * 0x1p-24f));
      BOOST_TEST(d[i] == -1.0 + 4.0 * (static_cast<double>(x >> 11) * 0x1p-53));
      BOOST_TEST(b[i] == (x >> 32 < static_cast<std::uint64_t>(0.3 * 0x1p32)));
      BOOST_TEST(w[i] == (b[i] ? 1.f : 0.f));
      BOOST_TEST(k[i] == -5 + static_cast<int>(detail::multiply_high(x, 105)));
    }
  });
}

BOOST_AUTO_TEST_CASE(normals_keep_to_their_bound) {
  cpu::for_each_level([] {
    check_normal<float>();
    check_normal<double>();
  });
}

BOOST_AUTO_TEST_CASE(a_part_is_a_part_of_the_whole) {
  cpu::for_each_level([] {
    check_slices<float>(Kernel::uniform, 0, 1);
    check_slices<double>(Kernel::uniform, 0, 1);
    check_slices<float>(Kernel::normal, 0, 1);
    check_slices<double>(Kernel::normal, 0, 1);
    check_slices<bool>(Kernel::bernoulli, 0.5, 0);
    check_slices<std::int64_t>(Kernel::randint, 0, 1e15);
  });
}

BOOST_AUTO_TEST_CASE(ranges_hold_and_moments_fit) {
  cpu::for_each_level([] {
    const std::int64_t n = 200000;
    double sum = 0, squares = 0;
    for (float z : draw<float>(Kernel::normal, n, 0, 3, 2)) sum += z, squares += (z - 3) * (z - 3);
    BOOST_TEST(std::abs(sum / n - 3) < 0.02);
    BOOST_TEST(std::abs(squares / n - 4) < 0.05);
    // A range so narrow that rounding would reach its end.
    for (float u : draw<float>(Kernel::uniform, n, 0, 1, 1 + 2 * 0x1p-23))
      BOOST_REQUIRE(u < 1.0000002f);
    std::int64_t ones = 0;
    for (bool b : draw<bool>(Kernel::bernoulli, n, 0, 0.1, 0)) ones += b;
    BOOST_TEST(std::abs(static_cast<double>(ones) / n - 0.1) < 0.003);
    for (bool b : draw<bool>(Kernel::bernoulli, 1000, 0, 1, 0)) BOOST_REQUIRE(b);
    for (bool b : draw<bool>(Kernel::bernoulli, 1000, 0, 0, 0)) BOOST_REQUIRE(!b);
  });
}

BOOST_AUTO_TEST_CASE(permutations) {
  cpu::for_each_level([] {
    for (std::int64_t n : {0, 1, 2, 7, 129, 1000}) {
      const auto p = draw<std::int64_t>(Kernel::permutation, n, 5, 0, 0);
      std::vector<std::int64_t> wanted;
      for (std::int64_t i = 0; i < n; ++i) wanted.push_back(i);
      for (std::int64_t j = n - 1; j > 0; --j)
        std::swap(wanted[static_cast<std::size_t>(j)],
                  wanted[detail::multiply_high(bits(static_cast<std::uint64_t>(j)),
                                               static_cast<std::uint64_t>(j + 1))]);
      // The definition draws bits(j) of the stream from `offset` on.
      const auto from_start = draw<std::int64_t>(Kernel::permutation, n, 0, 0, 0);
      BOOST_TEST(from_start == wanted);
      auto sorted = p;
      std::sort(sorted.begin(), sorted.end());
      for (std::int64_t i = 0; i < n; ++i) BOOST_REQUIRE(sorted[static_cast<std::size_t>(i)] == i);
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
