#include <tests/examples/program_runs.h>

#include <boost/test/unit_test.hpp>
#include <map>

using namespace carousel::test;

BOOST_AUTO_TEST_SUITE(lstm_from_primitives)

BOOST_AUTO_TEST_CASE(equals_the_built_in_lstm_for_many_seeds) {
  const std::pair<const char*, double> bounds[] = {
      {"loops_difference", 1e-12}, {"f64_values", 1e-12},         {"f64_gradients", 1e-12},
      {"f32_exact_values", 1e-6},  {"f32_exact_gradients", 5e-6}, {"f32_fast_values", 2e-5},
      {"f32_fast_gradients", 1e-4}};
  std::map<std::string, double> worst;
  for (int seed = 0; seed < 20; ++seed) {
    const Folder folder;
    const Outcome run = run_program(
        "lstm_from_primitives",
        {"--check", "--quiet", "--seed", std::to_string(seed), "--json", "report.json"}, folder);
    BOOST_REQUIRE(run.status == 0);
    const auto metrics = json_of(folder / "report.json").at("metrics");
    for (const auto& [name, bound] : bounds) {
      BOOST_TEST(metrics.at(name).get<double>() <= bound, name << " is " << metrics.at(name));
      worst[name] = std::max(worst[name], metrics.at(name).get<double>());
    }
  }
  for (const auto& [name, bound] : bounds)
    figure("lstm_from_primitives, worst of 20 seeds: " + std::string(name), worst[name], bound);
}

BOOST_AUTO_TEST_CASE(prints_the_gates) {
  const Folder folder;
  const Outcome run = run_program("lstm_from_primitives", {}, folder);
  BOOST_TEST(run.status == 0);
  for (const char* line : {"input 0.500000  0.600000  0.700000, hidden_state 0.100000  0.200000",
                           "forget_gate", "input_gate, i", "input_gate, c", "output_gate",
                           "lstm_cell, hidden_state", "lstm_cell, cell_state", "kept: "})
    BOOST_TEST(has(run.out, line), line);
}

BOOST_AUTO_TEST_SUITE_END()
