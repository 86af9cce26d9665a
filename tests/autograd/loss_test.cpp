// Losses against sums written out here, and their gradients against differences.
#include <limits>

#include <carousel/autograd/engine.h>
#include <carousel/autograd/ops.h>
#include <carousel/tensor/error.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

using namespace carousel;

namespace {

const double kNear = 1e-12;

auto says(const char* text) {
  return [text](const Error& e) {
    BOOST_TEST_INFO(e.what());
    return std::string(e.what()).find(text) != std::string::npos;
  };
}

const Tensor kLogits{{1.0, 2.0, -1.0}, {0.5, -0.5, 3.0}, {1000.0, 0.0, -1000.0}};

double row_loss(int row, int label) {
  double largest = kLogits(row, 0), total = 0;
  for (int j = 1; j < 3; ++j) largest = std::max(largest, kLogits(row, j));
  for (int j = 0; j < 3; ++j) total += std::exp(kLogits(row, j) - largest);
  return largest + std::log(total) - kLogits(row, label);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(loss)

BOOST_AUTO_TEST_CASE(cross_entropy_of_each_row) {
  const Tensor labels{1, 0, 2};
  const Tensor each = cross_entropy(kLogits, labels, Reduction::none);
  double total = 0;
  const int expected[] = {1, 0, 2};
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(std::abs(each(i) - row_loss(i, expected[i])) < kNear);
    total += row_loss(i, expected[i]);
  }
  BOOST_TEST(std::abs(cross_entropy(kLogits, labels).item() - total / 3) < kNear * total);
  BOOST_TEST(std::abs(cross_entropy(kLogits, labels, Reduction::sum).item() - total) <
             kNear * total);
}

BOOST_AUTO_TEST_CASE(ignored_rows_count_nothing) {
  const Tensor x = Tensor(kLogits.clone()).set_requires_grad();
  const Tensor loss = cross_entropy(x, Tensor{1, -1, -1});
  BOOST_TEST(std::abs(loss.item() - row_loss(0, 1)) < kNear);
  loss.backward();
  BOOST_TEST(x.grad()(1, 2) == 0);
  BOOST_TEST(x.grad()(0, 1) < 0);
}

BOOST_AUTO_TEST_CASE(composed_gradient_is_the_fused_one) {
  const Tensor x = Tensor(kLogits.clone()).set_requires_grad();
  const Tensor weights{0.3, -2.0, 1.5}, labels{1, 0, 2};
  const Tensor loss = sum(cross_entropy(x, labels, Reduction::none) * weights);
  const Tensor fused = grad({loss}, {x}, {.retain_graph = true})[0];
  const Tensor composed = grad({loss}, {x}, {.create_graph = true})[0];
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) BOOST_TEST(std::abs(fused(i, j) - composed(i, j)) < kNear);
}

BOOST_AUTO_TEST_CASE(mse_and_its_gradients) {
  const Tensor p = Tensor{{1.0, 2.0}, {3.0, 5.0}}.set_requires_grad();
  const Tensor t = Tensor{{0.0, 4.0}, {3.0, 2.0}}.set_requires_grad();
  const Tensor loss = mse(p, t);
  BOOST_TEST(loss.item() == 14.0 / 4);
  loss.backward();
  BOOST_TEST(p.grad()(0, 1) == -1.0);
  BOOST_TEST(t.grad()(1, 1) == -1.5);
  BOOST_TEST(mse(p, t, Reduction::sum).item() == 14.0);
  BOOST_TEST(mse(p, t, Reduction::none)(1, 1) == 9.0);
}

BOOST_AUTO_TEST_CASE(mae_and_huber) {
  const Tensor p{1.0, 2.0, -4.0}, t{0.5, 5.0, -4.0};
  BOOST_TEST(mae(p, t, Reduction::sum).item() == 3.5);
  // 0.5^2 / 2 inside; 2 * 3 - 2^2 / 2 outside.
  BOOST_TEST(huber(p, t, 2.0, Reduction::none)(0) == 0.125);
  BOOST_TEST(huber(p, t, 2.0, Reduction::none)(1) == 4.0);
}

BOOST_AUTO_TEST_CASE(binary_cross_entropy_of_probabilities_and_logits) {
  const Tensor logits{-700.0, -1.0, 0.0, 2.0, 700.0}, target{1.0, 0.25, 0.5, 1.0, 1.0};
  const Tensor stable = binary_cross_entropy_with_logits(logits, target, Reduction::none);
  BOOST_TEST(std::abs(stable(0) - 700) < kNear * 700);
  BOOST_TEST(stable(4) < 1e-300);
  const Tensor plain = binary_cross_entropy(sigmoid(logits), target, Reduction::none, 1e-12);
  for (int i = 1; i < 4; ++i) BOOST_TEST(std::abs(plain(i) - stable(i)) < 1e-10);
  BOOST_TEST(std::abs(plain(0) + std::log(1e-12)) < 1e-9);
}

// INT64_MIN cut to i32 would be 0, a label.
BOOST_AUTO_TEST_CASE(a_number_beyond_i32_ignores_no_i32_label) {
  const Tensor labels{0, 0, 1};
  const std::int64_t nothing = std::numeric_limits<std::int64_t>::min();
  BOOST_TEST(cross_entropy(kLogits, labels, Reduction::mean, nothing).item() ==
             cross_entropy(kLogits, labels.to(i64), Reduction::mean, nothing).item());
}

BOOST_AUTO_TEST_CASE(errors) {
  BOOST_CHECK_EXCEPTION(mse(Tensor{1.0, 2.0}, Tensor{{1.0}, {2.0}}), ShapeError,
                        says("[mse] prediction (2,) and target (2, 1) differ in shape"));
  BOOST_CHECK_EXCEPTION(cross_entropy(kLogits, Tensor{1, 2}), ShapeError,
                        says("[cross_entropy] labels (2,) are not logits (3, 3) without"));
  BOOST_CHECK_EXCEPTION(cross_entropy(kLogits, Tensor{1.0, 2.0, 0.0}), DTypeError,
                        says("[cross_entropy] labels must be i32 or i64, got f64 (3,)"));
  BOOST_CHECK_EXCEPTION(cross_entropy(kLogits, Tensor{1, 2, 3}), IndexError,
                        says("[cross_entropy] label 3"));
  BOOST_CHECK_EXCEPTION(huber(kLogits, kLogits, 0), ValueError,
                        says("[huber] delta must be positive, got 0"));
  BOOST_CHECK_EXCEPTION(binary_cross_entropy(kLogits, kLogits, Reduction::mean, 0.5), ValueError,
                        says("[binary_cross_entropy] epsilon must be in [0, 0.5), got 0.5"));
}

BOOST_AUTO_TEST_SUITE_END()
