#include <carousel/autograd/ops.h>
#include <carousel/optim/optim.h>
#include <carousel/tensor/error.h>

#include <boost/test/unit_test.hpp>

using namespace carousel;

namespace {

// Parameters whose gradients are (3, -4) f32, (12) f64 and none.
std::vector<Tensor> three() {
  std::vector<Tensor> all = {Tensor{0.f, 0.f}.set_requires_grad(), Tensor{0.}.set_requires_grad(),
                             Tensor{0.}.set_requires_grad()};
  all[0].set_grad(Tensor{3.f, -4.f});
  all[1].set_grad(Tensor{12.});
  return all;
}

void check_gradients(const std::vector<Tensor>& parameters, double a, double b, double c) {
  BOOST_TEST(std::abs(parameters[0].grad()(0) - a) < 1e-6);
  BOOST_TEST(std::abs(parameters[0].grad()(1) - b) < 1e-6);
  BOOST_TEST(std::abs(parameters[1].grad()(0) - c) < 1e-6);
  BOOST_TEST(!parameters[2].grad().defined());
}

auto says(const std::string& text) {
  return [text](const Error& e) {
    BOOST_TEST(e.what() == text);
    return true;
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(clip_gradients)

BOOST_AUTO_TEST_CASE(by_value) {
  const auto p = three();
  optim::clip_by_value(p, 3.5);
  check_gradients(p, 3, -3.5, 3.5);
}

BOOST_AUTO_TEST_CASE(by_norm_of_each) {
  const auto p = three();
  optim::clip_by_norm(p, 6);
  check_gradients(p, 3, -4, 6);
  optim::clip_by_norm(p, 1);
  check_gradients(p, 0.6, -0.8, 1);
}

BOOST_AUTO_TEST_CASE(by_the_norm_of_all) {
  const auto p = three();
  BOOST_TEST(optim::clip_by_global_norm(p, 20) == 13);
  check_gradients(p, 3, -4, 12);
  BOOST_TEST(optim::clip_by_global_norm(p, 6.5) == 13);
  check_gradients(p, 1.5, -2, 6);
}

BOOST_AUTO_TEST_CASE(shared_gradients_are_scaled_once_each) {
  const Tensor shared{3.f, 4.f};
  std::vector<Tensor> p = {Tensor{0.f, 0.f}.set_requires_grad(),
                           Tensor{0.f, 0.f}.set_requires_grad()};
  p[0].set_grad(shared);
  p[1].set_grad(shared);
  optim::clip_by_norm(p, 1);
  BOOST_TEST(shared(0) == 3);
  for (const Tensor& each : p) BOOST_TEST(std::abs(each.grad()(1) - 0.8) < 1e-6);
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_a_view) {
  const Tensor w = Tensor{{1.f, 1.f}, {1.f, 1.f}}.set_requires_grad();
  (w.t() * Tensor{{0.f, 2.f}, {1.f, 2.f}}).sum().backward();
  const std::vector<Tensor> p = {w};
  BOOST_TEST(optim::clip_by_global_norm(p, 1.5) == 3);
  BOOST_TEST(w.grad().to_vector<float>() == (std::vector<float>{0, 0.5, 1, 1}));
}

BOOST_AUTO_TEST_CASE(nan_is_reported_and_nothing_changes) {
  for (double bad : {std::nan(""), HUGE_VAL}) {
    const auto p = three();
    p[1].grad().fill_(bad);
    BOOST_CHECK_THROW(optim::clip_by_global_norm(p, 1), NumericError);
    BOOST_CHECK_THROW(optim::clip_by_norm(p, 1), NumericError);
    BOOST_TEST(p[0].grad()(1) == -4);
    optim::SGD sgd{{.global_clipnorm = 1}};
    sgd.bind(p);
    BOOST_CHECK_THROW(sgd.step(), NumericError);
    BOOST_TEST(p[0](0) == 0);
    BOOST_TEST(sgd.iterations() == 0);
  }
  const auto p = three();
  p[1].grad().fill_(std::nan(""));
  optim::clip_by_value(p, 1);
  BOOST_TEST(std::isnan(p[1].grad()(0)));
  BOOST_CHECK_EXCEPTION(optim::clip_by_global_norm(p, 1), NumericError,
                        says("[clip_by_global_norm] the gradients' norm is nan: a gradient holds "
                             "NaN or infinity; AnomalyMode finds the operation"));
}

BOOST_AUTO_TEST_CASE(an_optimizer_clips_before_its_step) {
  const struct {
    optim::SGDOptions options;
    double a, b, c;
  } cases[] = {{{.learning_rate = 1, .clipvalue = 3.5}, -3, 3.5, -3.5},
               {{.learning_rate = 1, .clipnorm = 6}, -3, 4, -6},
               {{.learning_rate = 1, .global_clipnorm = 6.5}, -1.5, 2, -6}};
  for (const auto& c : cases) {
    const auto p = three();
    optim::SGD sgd{c.options};
    sgd.bind(p);
    sgd.step();
    BOOST_TEST(std::abs(p[0](0) - c.a) < 1e-6);
    BOOST_TEST(std::abs(p[0](1) - c.b) < 1e-6);
    BOOST_TEST(std::abs(p[1](0) - c.c) < 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(bounds_must_be_positive) {
  const auto p = three();
  BOOST_CHECK_EXCEPTION(optim::clip_by_value(p, 0), ValueError,
                        says("[clip_by_value] value must be positive and finite, got 0"));
  BOOST_CHECK_EXCEPTION(optim::clip_by_norm(p, -1), ValueError,
                        says("[clip_by_norm] norm must be positive and finite, got -1"));
  BOOST_CHECK_EXCEPTION(optim::clip_by_global_norm(p, std::nan("")), ValueError,
                        says("[clip_by_global_norm] norm must be positive and finite, got nan"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(schedules)

BOOST_AUTO_TEST_CASE(exponential_decay) {
  const optim::ExponentialDecay smooth{
      {.initial_learning_rate = 0.1, .decay_steps = 30, .decay_rate = 0.7}};
  const optim::ExponentialDecay stairs{
      {.initial_learning_rate = 0.1, .decay_steps = 30, .decay_rate = 0.7, .staircase = true}};
  for (int step : {0, 1, 29, 30, 45, 199}) {
    BOOST_TEST(std::abs(smooth.at(step) - 0.1 * std::pow(0.7, step / 30.0)) < 1e-15);
    BOOST_TEST(std::abs(stairs.at(step) - 0.1 * std::pow(0.7, step / 30)) < 1e-15);
  }
}

BOOST_AUTO_TEST_CASE(a_plateau_lowers_the_rate) {
  optim::ReduceOnPlateau schedule{{.initial_learning_rate = 1,
                                   .factor = 0.5,
                                   .patience = 2,
                                   .min_delta = 0.1,
                                   .cooldown = 1,
                                   .min_lr = 0.3}};
  // Better; too little better, worse: halved; cooling; two more: the floor; and there it stays.
  const double values[] = {5, 4.95, 6, 5, 5, 5, 5, 5, 5};
  const double rates[] = {1, 1, 0.5, 0.5, 0.3, 0.3, 0.3, 0.3, 0.3};
  for (int i = 0; i < 9; ++i) {
    schedule.observe(values[i]);
    BOOST_TEST(schedule.at(i) == rates[i], "after epoch " << i);
  }
}

// As in Keras, the epoch in which the cooldown ends counts again.
BOOST_AUTO_TEST_CASE(a_plateau_cools_down) {
  optim::ReduceOnPlateau schedule{
      {.initial_learning_rate = 1, .factor = 0.5, .patience = 1, .cooldown = 3}};
  const double rates[] = {1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125};
  for (int i = 0; i < 8; ++i) {
    schedule.observe(7);
    BOOST_TEST(schedule.at(i) == rates[i], "after epoch " << i);
  }
}

BOOST_AUTO_TEST_CASE(an_optimizer_has_a_schedule_of_its_own) {
  const optim::ReduceOnPlateau schedule{{.initial_learning_rate = 1, .patience = 1}};
  optim::SGD a{{.learning_rate = schedule}}, b{{.learning_rate = schedule}};
  a.schedule()->observe(1);
  a.schedule()->observe(1);
  BOOST_TEST(a.learning_rate() == 0.1);
  BOOST_TEST(b.learning_rate() == 1);
  BOOST_TEST(schedule.at(0) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
