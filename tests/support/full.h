// What `./dev test full` adds to the tests: all seeds, all kills, slow sweeps, and figures.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <string>

namespace carousel::test {

inline bool full_tests() { return std::getenv("CAROUSEL_TEST_FULL") != nullptr; }

// In the full tests, a row for docs/results.md: what was measured, and the bound that the test
// asserts.
inline void figure(const std::string& what, const std::string& value, const std::string& bound) {
  if (!full_tests()) return;
  std::printf("\nfigure: %s | %s | %s\n", what.c_str(), value.c_str(), bound.c_str());
  std::fflush(stdout);
}
inline void figure(const std::string& what, double value, double at_most) {
  char text[32], bound[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  std::snprintf(bound, sizeof bound, "<= %g", at_most);
  figure(what, std::string(text), std::string(bound));
}

}  // namespace carousel::test
