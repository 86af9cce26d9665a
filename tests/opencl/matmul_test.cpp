#include <tests/opencl/device.h>

using namespace carousel;
using test::check_close, test::make;

namespace {

template <class T>
std::vector<T> ramp(std::int64_t count, int seed) {
  std::vector<T> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<T>((i * 31 + std::size_t(seed)) % 17) / T(8) - T(1);
  return values;
}

// Any operands, read element by element.
template <class T>
std::vector<double> naive(const Tensor& a, const Tensor& b) {
  const std::vector<T> va = a.to_vector<T>(), vb = b.to_vector<T>();
  const auto m = std::size_t(a.dim(-2)), k = std::size_t(a.dim(-1)), n = std::size_t(b.dim(-1));
  const std::size_t batch = m * k == 0 ? 0 : va.size() / (m * k);
  std::vector<double> out(batch * m * n, 0);
  for (std::size_t g = 0; g < batch; ++g)
    for (std::size_t i = 0; i < m; ++i)
      for (std::size_t j = 0; j < n; ++j)
        for (std::size_t l = 0; l < k; ++l)
          out[(g * m + i) * n + j] +=
              double(va[(g * m + i) * k + l]) * double(vb[(g * k + l) * n + j]);
  return out;
}

template <class T>
void check_product(const Tensor& a, const Tensor& b, double relative, const char* what) {
  check_close(detail::run_matmul(a, b).to_vector<T>(), naive<T>(a, b), relative, what);
}

template <class T>
void check_matrices(double relative) {
  const Tensor a = make<T>({5, 7}, ramp<T>(35, 1)), b = make<T>({7, 6}, ramp<T>(42, 2));
  const auto t = [](const Tensor& x) { return detail::view_transpose(x, 0, 1); };
  check_product<T>(a, b, relative, "a b");
  check_product<T>(t(b), t(a), relative, "b' a'");
  check_product<T>(detail::run_copy(t(b)), t(a), relative, "copied b' a'");
  check_product<T>(detail::view_slice(a, 0, 1, 3, 1), b, relative, "rows of a");
  check_product<T>(detail::view_slice(a, 0, 0, 3, 2), b, relative, "every second row of a");
  check_product<T>(a, detail::view_slice(b, 1, 0, 3, 2), relative, "every second column of b");
  const Tensor row = make<T>({1, 7}, ramp<T>(7, 3));
  check_product<T>(row, b, relative, "a row");
  check_product<T>(detail::view_expand(row, {4, 7}), b, relative, "an expanded row");
  check_product<T>(a, t(row), relative, "a column");
  check_product<T>(t(row), row, relative, "an outer product");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(opencl_matmul)

BOOST_AUTO_TEST_CASE(products_of_matrices_in_any_layout) {
  CAROUSEL_NEEDS_OPENCL();
  check_matrices<float>(1e-6);
  if (test::has_f64()) check_matrices<double>(1e-15);
}

BOOST_AUTO_TEST_CASE(batches_broadcast) {
  CAROUSEL_NEEDS_OPENCL();
  const Tensor a = make<float>({2, 3, 4, 5}, ramp<float>(120, 1)),
               b = make<float>({2, 3, 5, 6}, ramp<float>(180, 2));
  check_product<float>(a, b, 1e-6, "(2, 3, 4, 5) (2, 3, 5, 6)");
  check_product<float>(detail::view_transpose(a, 0, 1), detail::view_transpose(b, 0, 1), 1e-6,
                       "batch axes swapped");
  const Tensor shared = make<float>({5, 6}, ramp<float>(30, 3));
  check_product<float>(a, detail::view_expand(shared, {2, 3, 5, 6}), 1e-6, "one right operand");
  const Tensor left = make<float>({3, 4, 5}, ramp<float>(60, 4));
  check_product<float>(detail::view_expand(left, {2, 3, 4, 5}), b, 1e-6, "a left one for each row");
}

BOOST_AUTO_TEST_CASE(empty_sizes) {
  CAROUSEL_NEEDS_OPENCL();
  const auto zeros = [](const Shape& shape) { return make<float>(shape, {}); };
  BOOST_TEST(detail::run_matmul(zeros({0, 3}), make<float>({3, 2}, ramp<float>(6, 0))).numel() ==
             0);
  const Tensor none = detail::run_matmul(zeros({2, 0}), zeros({0, 2}));
  check_close(none.to_vector<float>(), {0, 0, 0, 0}, 0, "inner size 0");
}

BOOST_AUTO_TEST_CASE(nan_in_memory_that_is_overwritten_does_not_leak) {
  CAROUSEL_NEEDS_OPENCL();
  {
    const Tensor stale = detail::empty({64, 64}, f32, test::kDevice);
    detail::run_fill(stale, std::numeric_limits<double>::quiet_NaN());
  }
  const Tensor a = make<float>({64, 64}, ramp<float>(4096, 5));
  check_product<float>(a, a, 1e-5, "after a freed NaN");
}

BOOST_AUTO_TEST_SUITE_END()
