#include <tests/examples/program_runs.h>

#include <boost/test/unit_test.hpp>

using namespace carousel::test;

BOOST_AUTO_TEST_SUITE(encoder_decoder)

BOOST_AUTO_TEST_CASE(a_year_ahead_is_better_than_last_year) {
  if (too_slow_to_train()) return;
  for (int seed = 0; seed < seeds_to_try(); ++seed) {
    const Folder folder;
    const Outcome run = run_program(
        "encoder_decoder",
        {"--seed", std::to_string(seed), "--quiet", "--check", "--json", "report.json"}, folder);
    BOOST_REQUIRE_MESSAGE(run.status == 0, run.err);
    const double ratio = json_of(folder / "report.json").at("metrics").at("ratio");
    figure("encoder_decoder, seed " + std::to_string(seed) + ": RMSE over the better guess's",
           std::to_string(ratio), "at most 0.9");
    BOOST_TEST(ratio <= 0.9);
  }
}

BOOST_AUTO_TEST_SUITE_END()
