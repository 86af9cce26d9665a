// Element-wise operations, and those that rearrange, beside xtensor's.
#if __has_include(<xtensor/core/xmath.hpp>)
#include <xtensor/generators/xbuilder.hpp>
#include <xtensor/misc/xmanipulation.hpp>
#include <xtensor/misc/xpad.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xbuilder.hpp>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xpad.hpp>
#include <xtensor/xview.hpp>
#endif

#include <tests/ops/xtensor_oracle.h>

using namespace carousel::test::xtensor_oracle;

namespace {

Table element_wise() {
  return {
      {"neg", CAROUSEL_ORACLE(-x[0])},
      {"abs", CAROUSEL_ORACLE(xt::abs(x[0]))},
      {"sign", CAROUSEL_ORACLE(xt::sign(x[0]))},
      {"square", CAROUSEL_ORACLE(xt::square(x[0]))},
      {"sqrt", CAROUSEL_ORACLE(xt::sqrt(x[0]))},
      {"exp", CAROUSEL_ORACLE(xt::exp(x[0]))},
      {"expm1", CAROUSEL_ORACLE(xt::expm1(x[0]))},
      {"log", CAROUSEL_ORACLE(xt::log(x[0]))},
      {"log1p", CAROUSEL_ORACLE(xt::log1p(x[0]))},
      {"sin", CAROUSEL_ORACLE(xt::sin(x[0]))},
      {"cos", CAROUSEL_ORACLE(xt::cos(x[0]))},
      {"tanh", CAROUSEL_ORACLE(xt::tanh(x[0]))},
      {"erf", CAROUSEL_ORACLE(xt::erf(x[0]))},
      {"floor", CAROUSEL_ORACLE(xt::floor(x[0]))},
      {"ceil", CAROUSEL_ORACLE(xt::ceil(x[0]))},
      {"round", CAROUSEL_ORACLE(xt::nearbyint(x[0]))},
      {"pow_scalar", CAROUSEL_ORACLE(xt::pow(x[0], 3.0))},
      {"clip", CAROUSEL_ORACLE(xt::clip(x[0], -3.0, 4.0))},
      {"add", CAROUSEL_ORACLE(x[0] + x[1])},
      {"sub", CAROUSEL_ORACLE(x[0] - x[1])},
      {"mul", CAROUSEL_ORACLE(x[0] * x[1])},
      {"div", CAROUSEL_ORACLE(x[0] / x[1])},
      {"pow", CAROUSEL_ORACLE(xt::pow(x[0], x[1]))},
      {"minimum", CAROUSEL_ORACLE(xt::minimum(x[0], x[1]))},
      {"maximum", CAROUSEL_ORACLE(xt::maximum(x[0], x[1]))},
      {"less", CAROUSEL_ORACLE(xt::cast<double>(x[0] < x[1]))},
      {"less_equal", CAROUSEL_ORACLE(xt::cast<double>(x[0] <= x[1]))},
      {"equal", CAROUSEL_ORACLE(xt::cast<double>(xt::equal(x[0], x[1])))},
      {"where", CAROUSEL_ORACLE(xt::where(x[0] > 0.5, x[1], x[2]))},
  };
}

// xt::pad of 0.24 throws bad_alloc here.
A padded(const A& x) {
  A y = xt::ones<double>({2, 4, 9}) * 7.0;
  xt::view(y, xt::all(), xt::range(1, 4), xt::range(2, 6)) = x;
  return y;
}

// Of boxes (2, 3, 4); diagonals of what the cases give.
Table rearranging() {
  return {
      {"reshape", CAROUSEL_ORACLE((xt::reshape_view(x[0], {4, 6})))},
      {"transpose", CAROUSEL_ORACLE((xt::transpose(x[0], {2, 1, 0})))},
      {"permute", CAROUSEL_ORACLE((xt::transpose(x[0], {2, 0, 1})))},
      {"unsqueeze", CAROUSEL_ORACLE(xt::expand_dims(x[0], 1))},
      {"squeeze", CAROUSEL_ORACLE(xt::squeeze(x[0]))},
      {"expand", CAROUSEL_ORACLE((xt::broadcast(xt::expand_dims(x[0], 1), {2, 5, 3, 4})))},
      {"slice", CAROUSEL_ORACLE((xt::view(x[0], xt::all(), xt::range(-2, 3), xt::range(1, 3, 2))))},
      {"select", CAROUSEL_ORACLE((xt::view(x[0], xt::all(), 2, xt::all())))},
      {"flip", CAROUSEL_ORACLE(xt::flip(A(xt::flip(x[0], 0)), 2))},
      {"roll", CAROUSEL_ORACLE(xt::roll(x[0], -5, 2))},
      {"pad", CAROUSEL_ORACLE(padded(x[0]))},
      {"tile", CAROUSEL_ORACLE((xt::tile(A(xt::expand_dims(x[0], 0)), {2, 1, 3, 2})))},
      {"repeat", CAROUSEL_ORACLE(xt::repeat(x[0], 2, 1))},
      {"concat",
       CAROUSEL_ORACLE(xt::concatenate(
           xt::xtuple(x[0], A(xt::view(x[0], xt::all(), xt::range(0, 1), xt::all()))), 1))},
      {"stack", CAROUSEL_ORACLE(xt::stack(xt::xtuple(x[0], x[0], x[0]), 2))},
      {"diag_of_matrix", CAROUSEL_ORACLE(xt::diagonal(x[0], 1))},
      {"diag_below", CAROUSEL_ORACLE(xt::diagonal(x[0], -2))},
      {"diag_of_vector", CAROUSEL_ORACLE(xt::diag(x[0], -1))},
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(xtensor_oracle)

BOOST_AUTO_TEST_CASE(element_wise_operations) { check_all(element_wise()); }
BOOST_AUTO_TEST_CASE(shape_operations) { check_all(rearranging()); }

BOOST_AUTO_TEST_SUITE_END()
