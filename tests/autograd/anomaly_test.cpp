// A NaN in a gradient names its operation and the line that called it.
#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/tensor/error.h>

using namespace carousel;

namespace {

std::string text_of_backward(const Tensor& y) {
  try {
    y.sum().backward();
  } catch (const NumericError& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(anomaly)

BOOST_AUTO_TEST_CASE(the_operation_and_its_line_are_named) {
  const Tensor x = Tensor{1.0, -4.0}.set_requires_grad();
  const AnomalyMode guard;
  const Tensor y = sqrt(x * 2) + 1;
  constexpr int kLine = __LINE__ - 1;
  const std::string text = text_of_backward(y);
  BOOST_TEST(text.starts_with("[sqrt] the gradient of input 0 (2,) contains NaN; forward was "
                              "called at "),
             text);
  // Without addr2line or debug information, the program's name and the way to get the line.
  const std::string line = "anomaly_test.cpp:" + std::to_string(kLine);
  const bool said = text.find(line) != std::string::npos;
  BOOST_TEST((said || text.find("build with -g for the line") != std::string::npos), text);
  BOOST_TEST(!x.grad().defined());
}

BOOST_AUTO_TEST_CASE(what_was_recorded_before_is_named_without_a_line) {
  const Tensor x = Tensor{-1.0}.set_requires_grad();
  const Tensor y = log(x * 0.0 - 1.0) * 0.0 + sqrt(x);
  const AnomalyMode guard;
  BOOST_TEST(text_of_backward(y) == "[sqrt] the gradient of input 0 (1,) contains NaN");
}

BOOST_AUTO_TEST_CASE(finite_gradients_pass) {
  const Tensor x = Tensor{1.0, 4.0}.set_requires_grad();
  const AnomalyMode guard;
  BOOST_TEST(text_of_backward(sqrt(x)) == "no error");
  BOOST_TEST(x.grad()(1) == 0.25);
}

BOOST_AUTO_TEST_SUITE_END()
