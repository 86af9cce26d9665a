// Does the check find what is wrong, and say where?
#include <carousel/autograd/custom.h>
#include <carousel/autograd/gradcheck.h>
#include <carousel/autograd/ops.h>
#include <carousel/tensor/error.h>

using namespace carousel;

namespace {

using Tensors = std::vector<Tensor>;

Tensor leaf(std::initializer_list<double> values) { return Tensor(values).set_requires_grad(); }

// x^2 whose derivative is wrong by `error` in one element.
Tensor almost_square(const Tensor& x, double error) {
  return custom(
      "almost_square", {x}, [](const Tensors& in) { return in[0] * in[0]; },
      [error](const CustomBackward& b) {
        const Tensor off = Tensor{0.0, 0.0, error};
        return Tensors{(2 * b.inputs[0] + off) * b.dy};
      });
}

std::string thrown_by(const Tensors& inputs, double error, const GradcheckOptions& options) {
  try {
    gradcheck([error](const Tensors& in) { return almost_square(in.back(), error); }, inputs,
              options);
  } catch (const NumericError& e) {
    return e.what();
  }
  return "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gradcheck_itself)

BOOST_AUTO_TEST_CASE(a_wrong_element_is_named) {
  const Tensor x = leaf({0.5, 1, 2});
  for (const bool full : {false, true}) {
    BOOST_TEST(thrown_by({Tensor{1.0}, x}, 0, {.full = full}) == "");
    const std::string text = thrown_by({Tensor{1.0}, x}, 1e-3, {.full = full});
    BOOST_TEST(text.starts_with("[gradcheck] input 1 (3,), element (2), output 0"), text);
  }
  const std::string text = thrown_by({x}, 1e-3, {.full = true});
  BOOST_TEST(text.find("output 0 element (2): analytic 4.001, numeric 4") != std::string::npos,
             text);
}

BOOST_AUTO_TEST_CASE(a_missing_gradient_is_found) {
  const auto dropped = [](const Tensors& in) { return in[0] * in[1].detach(); };
  BOOST_CHECK_EXCEPTION(gradcheck(dropped, {leaf({1, 2}), leaf({3, 4})}), NumericError,
                        [](const Error& e) {
                          return std::string(e.what()).starts_with(
                              "[gradcheck] input 1 (2,), element (0), output 0: "
                              "analytic 0, numeric ");
                        });
}

BOOST_AUTO_TEST_CASE(a_wrong_second_derivative_is_found) {
  // dy 2x, but x is hidden from the second pass.
  const auto fn = [](const Tensors& in) {
    return custom(
        "once", {in[0]}, [](const Tensors& x) { return x[0] * x[0]; },
        [](const CustomBackward& b) { return Tensors{2 * b.inputs[0].detach() * b.dy}; });
  };
  gradcheck(fn, {leaf({1, 2})});
  BOOST_CHECK_EXCEPTION(gradgradcheck(fn, {leaf({1, 2})}), NumericError, [](const Error& e) {
    return std::string(e.what()).starts_with("[gradgradcheck] input 0 (2,), element (0)");
  });
}

BOOST_AUTO_TEST_CASE(several_outputs_are_all_checked) {
  const auto fn = [](const Tensors& in) { return Tensors{sin(in[0]), almost_square(in[0], 1e-3)}; };
  BOOST_CHECK_EXCEPTION(gradcheck(fn, {leaf({1, 2, 3})}), NumericError, [](const Error& e) {
    return std::string(e.what()).find("output 1") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(unfit_inputs_are_refused) {
  const auto fn = [](const Tensors& in) { return in[0] * 2; };
  BOOST_CHECK_EXCEPTION(gradcheck(fn, {Tensor{1.0}}), ValueError, [](const Error& e) {
    return e.what() == std::string("[gradcheck] no input wants a gradient");
  });
  BOOST_CHECK_EXCEPTION(gradcheck(fn, {Tensor{1.f}.set_requires_grad()}), DTypeError,
                        [](const Error& e) {
                          return e.what() == std::string(
                                                 "[gradcheck] input 0 (1,) is f32: "
                                                 "differences need f64");
                        });
}

BOOST_AUTO_TEST_SUITE_END()
