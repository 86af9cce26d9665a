// What tests of modules share.
#pragma once

#include <boost/test/unit_test.hpp>

#include <string>

namespace carousel::nn::test {

// The text of the E that f throws; fails where it throws none.
template <class E, class F>
std::string text_of(const F& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  BOOST_ERROR("nothing was thrown");
  return {};
}

}  // namespace carousel::nn::test
