#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/impl.h>
#include <carousel/tensor/tensor.h>

namespace carousel {
namespace {

Tensor counted(const Shape& shape, double step) {
  Tensor out;
  auto* at = static_cast<double*>(detail::make_host(out, shape, f64));
  for (std::int64_t i = 0; i < shape.numel(); ++i) at[i] = static_cast<double>(i % 7) * step - 1;
  return out;
}

// a (p, q, m, k) @ b (p, q, k, n), element by element; batch axes of size 1 are broadcast.
double expected(const Tensor& a, const Tensor& b, int p, int q, int i, int j) {
  const auto at = [](const Tensor& x, int axis, int index) { return x.dim(axis) == 1 ? 0 : index; };
  double sum = 0;
  for (int k = 0; k < a.dim(3); ++k)
    sum += a(at(a, 0, p), at(a, 1, q), i, k) * b(at(b, 0, p), at(b, 1, q), k, j);
  return sum;
}

void check(const Tensor& a, const Tensor& b) {
  const Tensor out = detail::run_matmul(a, b);
  BOOST_TEST_CONTEXT(to_string(a.shape()) << " @ " << to_string(b.shape())) {
    for (int p = 0; p < out.dim(0); ++p)
      for (int q = 0; q < out.dim(1); ++q)
        for (int i = 0; i < out.dim(2); ++i)
          for (int j = 0; j < out.dim(3); ++j)
            BOOST_TEST(std::abs(out(p, q, i, j) - expected(a, b, p, q, i, j)) < 1e-12);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(matmul)

BOOST_AUTO_TEST_CASE(batches_are_broadcast_transposed_and_merged) {
  check(counted({2, 3, 4, 5}, .5), counted({2, 3, 5, 6}, .25));
  check(counted({2, 1, 4, 5}, .5), counted({1, 3, 5, 2}, .25));
  check(counted({2, 3, 4, 5}, .5), counted({1, 1, 5, 6}, .25));  // one product of 24 rows
  check(counted({1, 4, 1, 5}, .5), counted({1, 1, 5, 3}, .25));
  check(detail::view_transpose(counted({2, 3, 5, 4}, .5), 2, 3), counted({2, 3, 5, 6}, .25));
  check(detail::view_transpose(counted({3, 2, 4, 5}, .5), 0, 1),
        detail::view_transpose(counted({1, 1, 6, 5}, .25), 2, 3));
}

BOOST_AUTO_TEST_CASE(an_inner_size_of_zero_gives_zeros) {
  const auto out = detail::run_matmul(counted({2, 0}, 1), counted({0, 3}, 1)).to_vector<double>();
  BOOST_TEST((out == std::vector<double>(6, 0.0)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace carousel
