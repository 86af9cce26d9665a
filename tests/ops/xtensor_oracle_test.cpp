// The operation cases beside xtensor, a second opinion that shares no code with ours or with the
// naive references. In f64 and on finite values: its f32 reductions lose precision, and its maxima
// drop NaN. The only test that includes xtensor's mathematics, which compile slowly.
#include <cmath>
#include <map>

#if __has_include(<xtensor/core/xmath.hpp>)  // 0.26 and later
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/core/xmath.hpp>
#include <xtensor/generators/xbuilder.hpp>
#include <xtensor/misc/xmanipulation.hpp>
#include <xtensor/misc/xpad.hpp>
#include <xtensor/misc/xsort.hpp>
#include <xtensor/reducers/xnorm.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnorm.hpp>
#include <xtensor/xpad.hpp>
#include <xtensor/xsort.hpp>
#include <xtensor/xview.hpp>
#endif

#include <tests/op_cases/op_case.h>

using namespace carousel;
using namespace carousel::test;

namespace {

using A = xt::xarray<double>;
using As = std::vector<A>;
using Table = std::map<std::string, A (*)(const As&)>;  // by label(case)

#define CAROUSEL_ORACLE(expression) [](const As& x) -> A { return expression; }

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

// The cases' spellings: of all elements, the last axis, the first with kept axes, both by name.
#define CAROUSEL_ORACLES(name, function)                                            \
  {name, CAROUSEL_ORACLE(xt::function(x[0]))},                                      \
      {name "_rows", CAROUSEL_ORACLE(xt::function(x[0], {x[0].dimension() - 1}))},  \
      {name "_columns", CAROUSEL_ORACLE(xt::function(x[0], {0}, xt::keep_dims))}, { \
    name "_two_axes", CAROUSEL_ORACLE(xt::function(x[0], {0, 1}, xt::keep_dims))    \
  }

Table reductions() {
  return {
      CAROUSEL_ORACLES("sum", sum),
      CAROUSEL_ORACLES("mean", mean),
      CAROUSEL_ORACLES("prod", prod),
      CAROUSEL_ORACLES("max", amax),
      CAROUSEL_ORACLES("min", amin),
      {"std", CAROUSEL_ORACLE(xt::stddev(x[0]))},
      {"norm_2", CAROUSEL_ORACLE(xt::norm_l2(x[0]))},
      {"norm_1", CAROUSEL_ORACLE(xt::norm_l1(x[0]))},
      {"norm_0", CAROUSEL_ORACLE(xt::cast<double>(xt::norm_l0(x[0])))},
      {"norm_inf", CAROUSEL_ORACLE(xt::norm_linf(x[0]))},
      {"argmax", CAROUSEL_ORACLE(xt::argmax(x[0]))},
      {"argmin_rows", CAROUSEL_ORACLE(xt::argmin(x[0], -1))},
      {"cumsum_rows", CAROUSEL_ORACLE(xt::cumsum(x[0], -1))},
      {"cumsum_columns", CAROUSEL_ORACLE(xt::cumsum(x[0], 0))},
      {"cumprod_rows", CAROUSEL_ORACLE(xt::cumprod(x[0], -1))},
      {"cumprod_columns", CAROUSEL_ORACLE(xt::cumprod(x[0], 0))},
      {"sort", CAROUSEL_ORACLE(xt::sort(x[0], -1))},
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

bool finite(const Sample& sample) {
  for (const Array& x : sample.inputs)
    for (double value : x.values)
      if (!std::isfinite(value)) return false;
  return true;
}
// xtensor has no reductions of no elements along an axis, and no shape () in some manipulations.
bool plain(const Sample& sample) {
  for (const Array& x : sample.inputs)
    if (x.values.empty() || x.shape.rank() == 0) return false;
  return true;
}

A array(const Tensor& x) {
  const Host h = host(x);
  const std::vector<std::size_t> sizes(h.shape.begin(), h.shape.end());
  return xt::adapt(h.values, sizes);
}

void compare(const OpCase& c, const std::string& what, const A& got, const A& wanted) {
  if (got.shape() != wanted.shape()) {
    BOOST_ERROR(what << ": " << got.dimension() << " axes or other sizes than xtensor's "
                     << wanted.dimension());
    return;
  }
  const double largest = c.of_largest ? xt::amax(xt::abs(wanted))() : 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double want = wanted.flat(i),
                 bound = 0x1p-52 * std::max(c.epsilons, 4.0) * std::max(std::abs(want), largest);
    if (!(std::abs(got.flat(i) - want) <= bound)) {
      BOOST_ERROR(what << ": element " << i << " is " << got.flat(i) << ", xtensor's " << want);
      return;
    }
  }
}

// How many samples were compared.
int check(const OpCase& c, A (*oracle)(const As&)) {
  int count = 0;
  for (const Sample& sample : c.samples) {
    if (!finite(sample) || !plain(sample)) continue;
    const Tensors inputs = make(sample, f64);
    As arrays;
    for (const Tensor& x : inputs) arrays.push_back(array(x));
    compare(c, label(c) + ", " + sample.what, array(c.forward(inputs)[0]), oracle(arrays));
    ++count;
  }
  return count;
}

void check_all(Table table) {
  for (const OpCase& c : all_cases()) {
    const auto found = table.find(label(c));
    if (found == table.end()) continue;
    BOOST_TEST_CHECKPOINT(label(c));
    BOOST_TEST(check(c, found->second) > 0, label(c));
    table.erase(found);
  }
  for (const auto& [name, oracle] : table) BOOST_ERROR("there is no case " << name);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(xtensor_oracle)

BOOST_AUTO_TEST_CASE(element_wise_operations) { check_all(element_wise()); }
BOOST_AUTO_TEST_CASE(reductions_scans_and_sorting) { check_all(reductions()); }
BOOST_AUTO_TEST_CASE(shape_operations) { check_all(rearranging()); }

BOOST_AUTO_TEST_SUITE_END()
