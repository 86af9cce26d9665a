#include <cstring>

#include <carousel/backends/cpu/gemm.h>
#include <carousel/tensor/threads.h>

#include "tests/backends/cpu_levels.h"

namespace carousel {
namespace {

// Values in [-1, 1) that depend on the index alone.
double value(std::int64_t index, int seed) {
  auto x = static_cast<std::uint64_t>(index) * 4 + static_cast<std::uint64_t>(seed);
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return static_cast<double>((x ^ (x >> 31)) >> 40) / (1 << 23) - 1.0;
}

template <class T>
struct Matrix {
  Matrix(std::int64_t rows, std::int64_t columns, bool transposed, int seed)
      : data(rows * columns + 3),
        row(transposed ? 1 : columns + (rows > 0 ? 0 : 1)),
        column(transposed ? rows : 1) {
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<T>(value(i, seed));
  }
  double at(std::int64_t i, std::int64_t j) const { return data[i * row + j * column]; }
  std::vector<T> data;
  std::int64_t row, column;
};

struct Case {
  std::int64_t m, n, k;
  bool a_transposed, b_transposed, accumulate;
};

template <class T>
std::vector<T> product(const Case& c, std::int64_t rows) {
  const Matrix<T> a(c.m, c.k, c.a_transposed, 1), b(c.k, c.n, c.b_transposed, 2);
  const std::int64_t c_row = c.n + 5;
  std::vector<T> out(c.m * c_row + 1, T(0.5));
  cpu::gemm<T>({rows, c.n, c.k, a.data.data(), a.row, a.column, b.data.data(), b.row, b.column,
                out.data(), c_row, c.accumulate});
  return out;
}

template <class T>
double max_error(const Case& c, const std::vector<T>& out) {
  const Matrix<T> a(c.m, c.k, c.a_transposed, 1), b(c.k, c.n, c.b_transposed, 2);
  double worst = 0;
  for (std::int64_t i = 0; i < c.m; ++i)
    for (std::int64_t j = 0; j < c.n + 5; ++j) {
      double expected = 0.5;  // what lies between the rows stays
      if (j < c.n) {
        if (!c.accumulate) expected = 0;
        for (std::int64_t p = 0; p < c.k; ++p) expected += a.at(i, p) * b.at(p, j);
      }
      worst = std::max(worst, std::abs(out[i * (c.n + 5) + j] - expected));
    }
  return worst;
}

const Case kCases[] = {
    {1, 1, 1, false, false, false},      {1, 3, 4, false, false, false},
    {1, 200, 300, false, false, false},  {1, 200, 300, false, true, true},
    {2, 130, 17, false, false, false},   {3, 65, 513, true, false, true},
    {4, 4, 0, false, false, false},      {4, 4, 0, false, false, true},
    {5, 7, 255, false, true, false},     {16, 64, 256, false, false, false},
    {17, 33, 257, true, true, false},    {50, 50, 50, false, true, true},
    {97, 101, 300, false, false, false}, {193, 70, 600, true, false, false},
    {64, 1100, 40, false, false, false}, {30, 2100, 9, false, true, false},
    {300, 1, 300, false, false, false},  {1, 1, 1000, false, false, false},
};

// Rounding errors of a random walk: each step adds half a unit of a partial sum near sqrt(k) / 3.
template <class T>
void check_all() {
  const double unit = std::numeric_limits<T>::epsilon() / 2;
  for (const Case& c : kCases) {
    BOOST_TEST_CONTEXT("m " << c.m << " n " << c.n << " k " << c.k << " ta " << c.a_transposed
                            << " tb " << c.b_transposed << " accumulate " << c.accumulate) {
      BOOST_TEST(max_error(c, product<T>(c, c.m)) <= unit * static_cast<double>(4 + c.k));
    }
  }
}

// The bits of the first `rows` rows, however many are computed and by how many threads.
template <class T>
bool same_rows(const Case& c, std::int64_t rows) {
  set_num_threads(1);
  const auto whole = product<T>(c, c.m);
  for (int threads : {1, 2}) {
    set_num_threads(threads);
    const auto part = product<T>(c, rows);
    if (std::memcmp(part.data(), whole.data(), (rows * (c.n + 5) - 5) * sizeof(T)) != 0)
      return false;
  }
  return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gemm)

BOOST_AUTO_TEST_CASE(equals_a_naive_product_on_every_level) {
  cpu::for_each_level([] {
    check_all<float>();
    check_all<double>();
  });
}

BOOST_AUTO_TEST_CASE(nan_is_never_multiplied_away) {
  cpu::for_each_level([] {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    std::vector<float> a(40, 0.f), b(40 * 33, 1.f), c(33);
    a[39] = nan;
    cpu::gemm<float>({1, 33, 40, a.data(), 40, 1, b.data(), 33, 1, c.data(), 33});
    for (float x : c) BOOST_TEST(std::isnan(x));
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(threads)

BOOST_AUTO_TEST_CASE(products_have_the_same_bits_for_any_threads_and_rows) {
  const int before = num_threads();
  cpu::for_each_level([] {
    for (std::int64_t rows : {1, 2, 3, 5, 12, 31, 96, 200}) {
      BOOST_TEST_CONTEXT("rows " << rows) {
        BOOST_TEST(same_rows<float>({200, 161, 700, false, false, false}, rows));
        BOOST_TEST(same_rows<float>({200, 161, 300, true, true, true}, rows));
        BOOST_TEST(same_rows<double>({200, 75, 513, false, true, false}, rows));
      }
    }
  });
  set_num_threads(before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace carousel
