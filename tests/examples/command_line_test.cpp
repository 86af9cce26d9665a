// What all example programs have in common.
#include <tests/examples/program_runs.h>

#include <boost/test/unit_test.hpp>
#include <sstream>

using namespace carousel::test;

namespace {

std::string name_of(const std::filesystem::path& source) { return source.stem(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(command_line)

BOOST_AUTO_TEST_CASE(help_lists_the_common_flags_and_metrics) {
  const Folder folder;
  for (const auto& source : example_sources()) {
    const Outcome run = run_program(name_of(source), {"--help"}, folder);
    BOOST_TEST_CONTEXT(source) {
      BOOST_TEST(run.status == 0);
      for (const char* flag : {"--seed", "--epochs", "--threads", "--device", "--out", "--quick",
                               "--quiet", "--json", "--check", "Metrics of --json:"})
        BOOST_TEST(has(run.out, flag), flag);
    }
  }
}

BOOST_AUTO_TEST_CASE(quick_and_quiet_prints_nothing_and_reports) {
  for (const auto& source : example_sources()) {
    const Folder folder;
    const std::string name = name_of(source);
    const Outcome run = run_program(
        name, {"--quick", "--quiet", "--seed", "3", "--json", "report.json", "--out", "here"},
        folder);
    BOOST_TEST_CONTEXT(name << ": " << run.err) {
      BOOST_REQUIRE(run.status == 0);
      BOOST_TEST(run.out == "");
      BOOST_TEST(run.err == "");
      const auto report = json_of(folder / "report.json");
      BOOST_TEST(report.size() == 6u);
      BOOST_TEST(report.at("program") == name);
      BOOST_TEST(report.at("seed") == 3);
      BOOST_TEST(report.at("epochs").is_number_integer());
      BOOST_TEST(report.at("seconds").get<double>() > 0);
      BOOST_TEST(!report.at("metrics").empty());
      for (const auto& [metric, value] : report.at("metrics").items())
        BOOST_TEST(value.is_number(), metric << " is " << value);
      for (const std::string file : report.at("files"))
        BOOST_TEST(std::filesystem::is_regular_file(folder / file), file);
    }
  }
}

BOOST_AUTO_TEST_CASE(wrong_command_lines_exit_with_2) {
  const Folder folder;
  const std::vector<std::string> lines[] = {
      {"--no-such-flag"}, {"stray"},           {"--seed", "-1"},      {"--seed", "x"},
      {"--epochs", "0"},  {"--epochs", "1.5"}, {"--threads", "none"}, {"--threads", "0"},
      {"--json"},         {"--device", "gpu"}, {"--device", "meta"},  {"--device", "opencl:-1"}};
  for (const auto& source : example_sources())
    for (const auto& line : lines) {
      const Outcome run = run_program(name_of(source), line, folder);
      BOOST_TEST(run.status == 2, source << " " << line[0] << " gave " << run.status);
      BOOST_TEST(run.err != "");
    }
}

BOOST_AUTO_TEST_CASE(an_error_exits_with_1_and_says_so) {
  const Folder folder;
  for (const auto& source : example_sources()) {
    const Outcome run = run_program(
        name_of(source), {"--quick", "--quiet", "--json", "no/such/folder/report.json"}, folder);
    BOOST_TEST(run.status == 1);
    BOOST_TEST(run.err == "error: [json] can't write no/such/folder/report.json\n");
  }
}

BOOST_AUTO_TEST_CASE(a_device_that_is_not_there_is_an_error) {
  const Folder folder;
  const Outcome run =
      run_program("lstm_from_primitives", {"--quiet", "--device", "opencl:99"}, folder);
  BOOST_TEST(run.status == 1);
  BOOST_TEST(run.err.starts_with("error: ["), run.err);
}

BOOST_AUTO_TEST_CASE(model_code_is_short) {
  for (const auto& source : example_sources()) {
    std::istringstream lines(contents(source));
    std::string line;
    int count = 0;
    bool inside = false;
    while (std::getline(lines, line)) {
      if (has(line, "// [model]")) inside = true;
      if (has(line, "// [/model]")) inside = false;
      if (inside && line.find_first_not_of(' ') != std::string::npos && !has(line, "// [model]"))
        ++count;
    }
    BOOST_TEST(!inside, source << " lacks // [/model]");
    BOOST_TEST((count > 0 && count < 40), source << " has " << count << " lines of model code");
  }
}

BOOST_AUTO_TEST_SUITE_END()
