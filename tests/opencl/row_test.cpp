#include <carousel/tensor/error.h>
#include <tests/opencl/device.h>

using namespace carousel;
using test::check_close, test::make;

namespace {

const float kInf = std::numeric_limits<float>::infinity();

// 3 rows of 70 columns: more than a group's items. The second row is huge.
constexpr std::size_t kRows = 3, kCols = 70;
std::vector<float> logits() {
  std::vector<float> x(kRows * kCols);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = float(i * 29 % 41) / 10.f + (i / kCols == 1 ? 1000.f : 0.f);
  return x;
}

double logsumexp(const std::vector<float>& x, std::size_t row) {
  double largest = -1e300, sum = 0;
  for (std::size_t c = 0; c < kCols; ++c) largest = std::max<double>(largest, x[row * kCols + c]);
  for (std::size_t c = 0; c < kCols; ++c) sum += std::exp(x[row * kCols + c] - largest);
  return largest + std::log(sum);
}

Tensor on_device(const std::vector<float>& x) {
  return make<float>({std::int64_t(kRows), std::int64_t(kCols)}, x);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(opencl_row)

BOOST_AUTO_TEST_CASE(softmax_and_its_logarithm) {
  CAROUSEL_NEEDS_OPENCL();
  const std::vector<float> x = logits();
  std::vector<double> y(x.size()), log_y(x.size()), sums;
  for (std::size_t row = 0; row < kRows; ++row) sums.push_back(logsumexp(x, row));
  for (std::size_t i = 0; i < x.size(); ++i) {
    log_y[i] = x[i] - sums[i / kCols];
    y[i] = std::exp(log_y[i]);
  }
  const auto of = [&](Kernel k) {
    const Tensor input = on_device(x);
    return detail::run_row(k, {&input})[0].to_vector<float>();
  };
  check_close(of(Kernel::softmax), y, 1e-6, "softmax");
  check_close(of(Kernel::log_softmax), log_y, 1e-6, "log_softmax");
  check_close(of(Kernel::logsumexp), sums, 1e-6, "logsumexp");
}

BOOST_AUTO_TEST_CASE(infinite_rows) {
  CAROUSEL_NEEDS_OPENCL();
  const Tensor x = make<float>({3, 2}, {-kInf, -kInf, kInf, 0, NAN, 0});
  const auto sums = detail::run_row(Kernel::logsumexp, {&x})[0].to_vector<float>();
  check_close(sums, {-kInf, kInf, NAN}, 0, "logsumexp");
  const Tensor partly = make<float>({1, 2}, {-kInf, 3});
  check_close(detail::run_row(Kernel::softmax, {&partly})[0].to_vector<float>(), {0, 1}, 0,
              "softmax");
}

BOOST_AUTO_TEST_CASE(gradients_of_softmax) {
  CAROUSEL_NEEDS_OPENCL();
  const std::vector<float> x = logits();
  std::vector<float> dy(x.size());
  for (std::size_t i = 0; i < dy.size(); ++i) dy[i] = float(i % 7) - 3;
  const Tensor device_x = on_device(x), device_dy = on_device(dy);
  const Tensor y = detail::run_row(Kernel::softmax, {&device_x})[0],
               log_y = detail::run_row(Kernel::log_softmax, {&device_x})[0];
  std::vector<double> dx(x.size()), log_dx(x.size());
  for (std::size_t row = 0; row < kRows; ++row) {
    double dot = 0, sum = 0;
    const auto p = [&](std::size_t c) { return std::exp(x[row * kCols + c] - logsumexp(x, row)); };
    for (std::size_t c = 0; c < kCols; ++c)
      dot += p(c) * dy[row * kCols + c], sum += dy[row * kCols + c];
    for (std::size_t c = 0; c < kCols; ++c) {
      const std::size_t i = row * kCols + c;
      dx[i] = p(c) * (dy[i] - dot), log_dx[i] = dy[i] - p(c) * sum;
    }
  }
  check_close(detail::run_row(Kernel::softmax_grad, {&y, &device_dy})[0].to_vector<float>(), dx,
              1e-6, "softmax_grad");
  check_close(detail::run_row(Kernel::log_softmax_grad, {&log_y, &device_dy})[0].to_vector<float>(),
              log_dx, 2e-6, "log_softmax_grad");
}

BOOST_AUTO_TEST_CASE(cross_entropy_ignores_what_it_is_told_to) {
  CAROUSEL_NEEDS_OPENCL();
  const std::vector<float> x = logits();
  const Tensor device_x = on_device(x), labels = make<std::int32_t>({3}, {69, -1, 4});
  const auto [losses, sums] = detail::run_row(Kernel::cross_entropy, {&device_x, &labels});
  check_close(losses.to_vector<float>(),
              {logsumexp(x, 0) - x[69], 0, logsumexp(x, 2) - x[2 * kCols + 4]}, 1e-6, "losses");
  const Tensor dloss = make<float>({3}, {1, 2, 3});
  const Tensor dx =
      detail::run_row(Kernel::cross_entropy_grad, {&device_x, &labels, &sums, &dloss})[0];
  std::vector<double> expected(x.size(), 0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t row = i / kCols;
    if (row == 1) continue;
    const bool hit = i % kCols == (row == 0 ? 69u : 4u);
    expected[i] = (std::exp(x[i] - logsumexp(x, row)) - hit) * double(row + 1);
  }
  check_close(dx.to_vector<float>(), expected, 1e-6, "cross_entropy_grad");
}

BOOST_AUTO_TEST_CASE(a_bad_label_is_thrown_at_the_next_read) {
  CAROUSEL_NEEDS_OPENCL();
  const Tensor x = on_device(logits()), labels = make<std::int64_t>({3}, {0, -1, 70});
  const auto losses = detail::run_row(Kernel::cross_entropy, {&x, &labels})[0];
  BOOST_CHECK_EXCEPTION(losses.to_vector<float>(), IndexError, [](const IndexError& e) {
    return e.what() ==
           std::string("[cross_entropy] label 70 in row 2 is out of range for 70 classes");
  });
}

BOOST_AUTO_TEST_SUITE_END()
