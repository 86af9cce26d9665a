#include <tests/examples/program_runs.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

using namespace carousel::test;

namespace {

nlohmann::json metrics_of(std::vector<std::string> arguments) {
  const Folder folder;
  arguments.insert(arguments.end(), {"--quiet", "--json", "report.json"});
  const Outcome run = run_program("counting", arguments, folder);
  BOOST_REQUIRE_MESSAGE(run.status == 0, run.err);
  return json_of(folder / "report.json").at("metrics");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(counting)

BOOST_AUTO_TEST_CASE(hundred_gives_a_hundred_and_one) {
  if (too_slow_to_train()) return;
  const int seeds = seeds_to_try();
  int kept = 0;
  for (int seed = 0; seed < seeds; ++seed) {
    const auto metrics = metrics_of({"--seed", std::to_string(seed)});
    const double prediction = metrics.at("prediction");
    figure("counting, seed " + std::to_string(seed) + ": predict(100)", std::to_string(prediction),
           "within 1.0 of 101, 9 of 10");
    kept += std::abs(prediction - 101) <= 1.0;
    // The second fit goes on where the first one ended.
    const double first = metrics.at("first_loss"), middle = metrics.at("middle_loss"),
                 resumed = metrics.at("resumed_loss"), last = metrics.at("last_loss");
    BOOST_TEST(middle < 0.01 * first);
    BOOST_TEST(resumed < 2 * middle);
    BOOST_TEST(last < middle);
  }
  BOOST_TEST((kept >= (seeds == 10 ? 9 : 1)), kept << " of " << seeds << " seeds");
}

BOOST_AUTO_TEST_CASE(a_missed_promise_is_status_3_only_with_check) {
  const Folder folder;
  BOOST_TEST(run_program("counting", {"--quick", "--quiet"}, folder).status == 0);
  const Outcome run = run_program("counting", {"--quick", "--quiet", "--check"}, folder);
  BOOST_TEST(run.status == 3);
  BOOST_TEST(run.err.starts_with("missed: predict(100) is within 1.0 of 101: "), run.err);
}

BOOST_AUTO_TEST_CASE(epochs_are_counted_over_both_fits) {
  const Folder folder;
  run_program("counting", {"--epochs", "7", "--quiet", "--json", "report.json"}, folder);
  BOOST_TEST(json_of(folder / "report.json").at("epochs") == 14);
}

BOOST_AUTO_TEST_SUITE_END()
