#include <tests/examples/program_runs.h>

#include <boost/test/unit_test.hpp>

using namespace carousel::test;

BOOST_AUTO_TEST_SUITE(training_loop)

BOOST_AUTO_TEST_CASE(has_the_losses_of_fit_bit_for_bit) {
  for (int seed = 0; seed < std::max(3, seeds_to_try()); ++seed) {
    const Folder folder;
    const Outcome run = run_program(
        "training_loop",
        {"--check", "--quiet", "--seed", std::to_string(seed), "--json", "report.json"}, folder);
    BOOST_TEST(run.status == 0, run.err);
    const auto metrics = json_of(folder / "report.json").at("metrics");
    BOOST_TEST(metrics.at("difference") == 0.0);
    figure("training_loop, seed " + std::to_string(seed) + ": difference to the losses of fit",
           metrics.at("difference").get<double>(), 0);
    BOOST_TEST(metrics.at("last_loss").get<double>() <
               0.5 * metrics.at("first_loss").get<double>());
  }
}

BOOST_AUTO_TEST_CASE(threads_change_nothing) {
  const Folder folder;
  const auto last_loss = [&](const char* threads) {
    run_program("training_loop", {"--quick", "--quiet", "--threads", threads, "--json", "r.json"},
                folder);
    return json_of(folder / "r.json").at("metrics").at("last_loss").get<double>();
  };
  BOOST_TEST(last_loss("1") == last_loss("2"));
}

BOOST_AUTO_TEST_SUITE_END()
