// Pages with C++ in them: their snippets are test cases (snippets.awk), or they are known to show
// excerpts of the library's files.
#include <tests/file_support.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>
#include <sstream>

using namespace carousel::test;

namespace {

const std::set<std::string> kTested = {CAROUSEL_TESTED_PAGES};
const std::set<std::string> kExcerpts = {"adding-a-layer", "adding-an-operation",
                                         "adding-an-optimizer"};

// Of a page: ```cpp blocks, not counting those outside of functions.
int snippets_of(const std::string& page) {
  std::istringstream lines(contents(CAROUSEL_SOURCE_DIR "/docs/" + page + ".md"));
  int count = 0;
  for (std::string line; std::getline(lines, line);) count += line == "```cpp";
  return count;
}

boost::unit_test::test_unit_id suite_of(std::string page) {
  std::replace(page.begin(), page.end(), '-', '_');
  return boost::unit_test::framework::master_test_suite().get(page);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pages)

BOOST_AUTO_TEST_CASE(each_with_snippets_is_tested_or_known) {
  for (const auto& entry : std::filesystem::directory_iterator(CAROUSEL_SOURCE_DIR "/docs")) {
    const std::string page = entry.path().stem();
    if (entry.path().extension() != ".md" || snippets_of(page) == 0) continue;
    BOOST_TEST(kTested.count(page) + kExcerpts.count(page) == 1u, page);
  }
}

BOOST_AUTO_TEST_CASE(each_snippet_is_a_case) {
  for (const std::string& page : kTested) {
    using namespace boost::unit_test;
    const auto id = suite_of(page);
    BOOST_REQUIRE_MESSAGE(id != INV_TEST_UNIT_ID, page);
    BOOST_TEST(framework::get<test_suite>(id).size() == static_cast<unsigned>(snippets_of(page)),
               page);
  }
}

BOOST_AUTO_TEST_SUITE_END()
