// A test that lacks what it needs (data, a device, a program) says so and is counted as skipped.
//
//   BOOST_AUTO_TEST_CASE(reads_golden_file) {
//     if (!exists(file)) return carousel::test::skip("no " + file);
//
// ./dev test reads these lines: one a test case, `skipped: SUITE/CASE: why`, at the start of a
// line.
#pragma once
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <string>

namespace carousel::test {

inline void skip(const std::string& why) {
  const auto& test = boost::unit_test::framework::current_test_case();
  BOOST_TEST(true);  // else Boost warns that the case checked nothing
  std::printf("\nskipped: %s: %s\n", test.full_name().c_str(), why.c_str());
  std::fflush(stdout);
}

}  // namespace carousel::test
