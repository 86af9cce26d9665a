// What the tests share that hold the operation cases beside xtensor, a second opinion that shares
// no code with ours or with the naive references. In f64 and on finite values: its f32 reductions
// lose precision, and its maxima drop NaN. Tests that include xtensor's mathematics compile slowly.
#pragma once

#include <cmath>
#include <map>

#if __has_include(<xtensor/core/xmath.hpp>)  // 0.26 and later
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/core/xmath.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#endif

#include <tests/op_cases/op_case.h>

namespace carousel::test::xtensor_oracle {

using A = xt::xarray<double>;
using As = std::vector<A>;
using Table = std::map<std::string, A (*)(const As&)>;  // by label(case)

#define CAROUSEL_ORACLE(expression) [](const As& x) -> A { return expression; }

inline bool finite(const Sample& sample) {
  for (const Array& x : sample.inputs)
    for (double value : x.values)
      if (!std::isfinite(value)) return false;
  return true;
}
// xtensor has no reductions of no elements along an axis, and no shape () in some manipulations.
inline bool plain(const Sample& sample) {
  for (const Array& x : sample.inputs)
    if (x.values.empty() || x.shape.rank() == 0) return false;
  return true;
}

inline A array(const Tensor& x) {
  const Host h = host(x);
  const std::vector<std::size_t> sizes(h.shape.begin(), h.shape.end());
  return xt::adapt(h.values, sizes);
}

inline void compare(const OpCase& c, const std::string& what, const A& got, const A& wanted) {
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
inline int check(const OpCase& c, A (*oracle)(const As&)) {
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

inline void check_all(Table table) {
  for (const OpCase& c : all_cases()) {
    const auto found = table.find(label(c));
    if (found == table.end()) continue;
    BOOST_TEST_CHECKPOINT(label(c));
    BOOST_TEST(check(c, found->second) > 0, label(c));
    table.erase(found);
  }
  for (const auto& [name, oracle] : table) BOOST_ERROR("there is no case " << name);
}

}  // namespace carousel::test::xtensor_oracle
