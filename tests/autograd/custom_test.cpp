// Operations of the user's own.
#include <carousel/autograd/custom.h>
#include <carousel/autograd/gradcheck.h>
#include <carousel/autograd/ops.h>
#include <carousel/tensor/error.h>

using namespace carousel;

namespace {

using Tensors = std::vector<Tensor>;

// a^2 b, with a number in the derivative.
Tensor weighted_square(const Tensor& a, const Tensor& b, double scale) {
  return custom(
      "weighted_square", {a, b},
      [scale](const Tensors& in) { return in[0] * in[0] * in[1] * scale; },
      [scale](const CustomBackward& back) {
        const Tensor& x = back.inputs[0];
        return Tensors{2 * scale * x * back.inputs[1] * back.dy, scale * x * x * back.dy};
      });
}

template <class Derivative>
void check_refused(const Derivative& derivative, const std::string& text) {
  const Tensor x = Tensor{1.0, 2.0}.set_requires_grad();
  const Tensor y = custom(
      "mine", {x}, [](const Tensors& in) { return in[0] * 2; }, derivative);
  BOOST_CHECK_EXCEPTION(y.sum().backward(), GraphError,
                        [&](const GraphError& e) { return e.what() == text; });
  BOOST_TEST(!x.grad().defined());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(custom_operations)

BOOST_AUTO_TEST_CASE(derivatives_of_any_order_agree_with_differences) {
  const Tensor a = Tensor{{0.5, -1.0, 2.0}, {1.5, 0.25, -3.0}}.set_requires_grad();
  const Tensor b = Tensor{2.0, -1.0, 0.5}.set_requires_grad();  // broadcast
  const auto fn = [](const Tensors& in) { return weighted_square(in[0], in[1], 0.7); };
  gradcheck(fn, {a, b}, {.full = true});
  gradgradcheck(fn, {a, b}, {.full = true});
  BOOST_TEST(weighted_square(a, b, 0.7)(0, 0) == 0.7 * 0.25 * 2);
}

BOOST_AUTO_TEST_CASE(the_derivative_may_use_the_output) {
  const Tensor x = Tensor{0.5, -1.0}.set_requires_grad();
  const auto fn = [](const Tensors& in) {
    return custom(
        "my_exp", {in[0]}, [](const Tensors& raw) { return exp(raw[0]); },
        [](const CustomBackward& back) { return Tensors{back.dy * back.output}; });
  };
  gradcheck(fn, {x});
  gradgradcheck(fn, {x});
}

BOOST_AUTO_TEST_CASE(forward_may_return_an_input_and_hide_it) {
  const Tensor x = Tensor{1.0, 2.0}.set_requires_grad();
  const Tensor y = custom(
      "reversed_gradient", {x}, [](const Tensors& in) { return in[0]; },
      [](const CustomBackward& back) { return Tensors{-back.dy}; });
  y.sum().backward();
  BOOST_TEST(x.is_leaf());
  BOOST_TEST(x.grad()(1) == -1);
}

BOOST_AUTO_TEST_CASE(nothing_is_recorded_without_need) {
  const Tensor y = weighted_square(Tensor{1.0}, Tensor{2.0}, 1);
  BOOST_TEST(!y.requires_grad());
}

BOOST_AUTO_TEST_CASE(wrong_gradients_are_refused) {
  check_refused([](const CustomBackward&) { return Tensors{}; },
                "[mine] its derivative gave 0 gradients for 1 inputs");
  check_refused(
      [](const CustomBackward&) {
        return Tensors{Tensor{1.0, 2.0, 3.0}};
      },
      "[mine] its derivative gave a gradient (3,) for input 0 (2,)");
}

BOOST_AUTO_TEST_SUITE_END()
