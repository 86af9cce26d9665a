#include <tests/examples/program_runs.h>

#include <boost/test/unit_test.hpp>

using namespace carousel::test;

BOOST_AUTO_TEST_SUITE(custom_cell)

BOOST_AUTO_TEST_CASE(the_cell_learns_to_add_in_every_arrangement) {
  if (too_slow_to_train()) return;
  for (int seed = 0; seed < seeds_to_try(); ++seed) {
    const Folder folder;
    const Outcome run = run_program(
        "custom_cell",
        {"--seed", std::to_string(seed), "--quiet", "--check", "--json", "report.json"}, folder);
    BOOST_REQUIRE_MESSAGE(run.status == 0, run.err);
    const auto report = json_of(folder / "report.json");
    const double guess = report.at("metrics").at("guess");
    BOOST_TEST(guess > 0.1);  // about 1/6: twice the variance of a number in [0, 1)
    for (const std::string name : {"cell", "stacked", "bidirectional"}) {
      const double error = report.at("metrics").at("mse_" + name);
      figure("custom_cell, seed " + std::to_string(seed) + ", " + name + ": error over the mean's",
             std::to_string(error / guess), "at most 0.1");
      BOOST_TEST(error <= 0.1 * guess);
    }
    BOOST_TEST(report.at("files").size() == 3u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
