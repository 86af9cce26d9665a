// What products of few rows with a transposed matrix keep of it.
#include <carousel/autograd/ops.h>
#include <carousel/backends/cpu/weight_pack.h>
#include <carousel/tensor/host_write.h>

#include <boost/test/unit_test.hpp>

#include "tests/backends/cpu_levels.h"

namespace carousel::cpu {
namespace {

std::int64_t published() { return weight_pack_counts().published; }

Tensor uniform_matrix(std::int64_t rows, std::int64_t columns, std::uint64_t seed, DType dtype) {
  Generator generator{.seed = seed};
  return uniform({rows, columns}, -1, 1, generator, {.dtype = dtype});
}

std::vector<double> values(const Tensor& x) { return x.to(f64).to_vector<double>(); }

BOOST_AUTO_TEST_SUITE(kept_pack)

BOOST_AUTO_TEST_CASE(gives_the_same_bits_as_packing_anew) {
  const struct {
    std::int64_t m, n, k;
  } sizes[] = {{1, 1, 1}, {5, 33, 7}, {16, 256, 256}, {3, 70, 300}, {12, 31, 513}};
  for_each_level([&] {
    for (const DType dtype : {f32, f64})
      for (const auto& [m, n, k] : sizes) BOOST_TEST_CONTEXT(m << " " << n << " " << k) {
          const Tensor x = uniform_matrix(m, k, 1, dtype), w = uniform_matrix(n, k, 2, dtype);
          const std::vector<double> expected = values(matmul(x, w.t().clone()));
          for (int call = 0; call < 4; ++call) BOOST_TEST(values(matmul(x, w.t())) == expected);
        }
  });
}

BOOST_AUTO_TEST_CASE(is_made_at_the_second_call_of_a_version) {
  const Tensor x = uniform_matrix(4, 8, 1, f32), w = uniform_matrix(6, 8, 2, f32);
  const std::int64_t before = published();
  for (int version = 0; version < 3; ++version) {
    matmul(x, w.t());
    BOOST_TEST(published() == before + version);
    for (int call = 0; call < 3; ++call) matmul(x, w.t());
    BOOST_TEST(published() == before + version + 1);
    BOOST_TEST(values(matmul(x, w.t())) == values(matmul(x, w.t().clone())));
    HostWrite<float>(w).begin()[version] += 1;
  }
}

BOOST_AUTO_TEST_CASE(another_view_of_the_storage_has_its_own) {
  const Tensor x = uniform_matrix(4, 8, 1, f32), w = uniform_matrix(12, 8, 2, f32);
  for (int call = 0; call < 3; ++call)
    for (const std::int64_t begin : {0, 6}) {
      const Tensor part = w.slice(0, begin, begin + 6).t();
      for (int again = 0; again < 2; ++again)
        BOOST_TEST(values(matmul(x, part)) == values(matmul(x, part.clone())));
    }
}

// Of one shape, from one element on, but the rows lie another distance apart.
BOOST_AUTO_TEST_CASE(views_of_other_strides_have_their_own) {
  const Tensor x = uniform_matrix(2, 3, 1, f32), w = uniform_matrix(8, 6, 2, f32);
  const Tensor views[] = {w.slice(1, 0, 3).t(), w.reshape({16, 3}).slice(0, 0, 8).t()};
  for (int round = 0; round < 2; ++round)
    for (const Tensor& view : views)
      for (int again = 0; again < 3; ++again)
        BOOST_TEST(values(matmul(x, view)) == values(matmul(x, view.clone())));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace carousel::cpu
