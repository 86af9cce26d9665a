// Reductions, scans and sorting beside xtensor's.
#include <numeric>

#if __has_include(<xtensor/core/xmath.hpp>)
#include <xtensor/misc/xsort.hpp>
#include <xtensor/reducers/xnorm.hpp>
#else
#include <xtensor/xnorm.hpp>
#include <xtensor/xsort.hpp>
#endif

#include <tests/ops/xtensor_oracle.h>

using namespace carousel::test::xtensor_oracle;

namespace {

// The cases' spellings: of all elements, the last axis, the first with kept axes, both by name.
// Axes in a vector, so that one template serves all of a function's.
using Axes = std::vector<std::size_t>;
#define CAROUSEL_ORACLES(name, function)                                                \
  {name, CAROUSEL_ORACLE(xt::function(x[0], all_axes(x[0])))},                          \
      {name "_rows", CAROUSEL_ORACLE(xt::function(x[0], Axes{x[0].dimension() - 1}))},  \
      {name "_columns", CAROUSEL_ORACLE(xt::function(x[0], Axes{0}, xt::keep_dims))}, { \
    name "_two_axes", CAROUSEL_ORACLE(xt::function(x[0], Axes{0, 1}, xt::keep_dims))    \
  }

Axes all_axes(const A& x) {
  Axes axes(x.dimension());
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
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

}  // namespace

BOOST_AUTO_TEST_SUITE(xtensor_oracle)

BOOST_AUTO_TEST_CASE(reductions_scans_and_sorting) { check_all(reductions()); }

BOOST_AUTO_TEST_SUITE_END()
