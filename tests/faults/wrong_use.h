// Tables of what a user can get wrong: what is thrown, and its text.
#pragma once

#include <tests/op_cases/op_case.h>

#include <boost/test/unit_test.hpp>

namespace carousel::test {

struct Wrong {
  const char* what;
  Fault fault;
};

// A list of names that grows is cut: the text expected then ends in "...".
inline void check_all(const std::vector<Wrong>& table) {
  for (const Wrong& each : table) BOOST_TEST_CONTEXT(each.what) {
      std::string wanted = each.fault.text, thrown = each.fault.call();
      if (wanted.ends_with("...")) {
        wanted.resize(wanted.size() - 3);
        thrown = thrown.substr(0, wanted.size());
      }
      BOOST_TEST(thrown == wanted);
    }
}

}  // namespace carousel::test
