#include <tests/examples/program_runs.h>
#include <tests/support/skip.h>

#include <boost/test/unit_test.hpp>
#include <sstream>

using namespace carousel::test;

namespace {

constexpr const char* kNoPrograms = "/nonexistent";

nlohmann::json metrics_of(const std::vector<std::string>& arguments, const Folder& folder) {
  std::vector<std::string> all = {"--quiet", "--json", "report.json"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const Outcome run = run_program("forecast", all, folder);
  BOOST_REQUIRE_MESSAGE(run.status == 0, run.err);
  return json_of(folder / "report.json").at("metrics");
}

// A series of one column, `value`.
void write_series(const std::string& path, int count) {
  std::string text = "\"when\",\"value\"\n";
  for (int i = 0; i < count; ++i)
    text += "\"day " + std::to_string(i) + "\"," + std::to_string(i % 7) + "\n";
  write_contents(path, text);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(forecast)

BOOST_AUTO_TEST_CASE(beats_the_better_baseline) {
  if (too_slow_to_train()) return;
  const struct {
    const char* series;
    double bound;
  } cases[] = {{"sunspots", 0.75}, {"nino", 0.50}};
  const int seeds = seeds_to_try();
  for (const auto& [series, bound] : cases) {
    int kept = 0;
    for (int seed = 0; seed < seeds; ++seed) {
      const Folder folder;
      const auto metrics = metrics_of({"--series", series, "--seed", std::to_string(seed)}, folder);
      const double rmse = metrics.at("rmse"), persistence = metrics.at("persistence_rmse"),
                   seasonal = metrics.at("seasonal_rmse"), best = std::min(persistence, seasonal);
      BOOST_TEST(rmse / best == metrics.at("ratio").get<double>());
      const std::string run = "forecast, " + std::string(series) + ", seed " + std::to_string(seed);
      figure(run + ": RMSE over the better baseline's", std::to_string(rmse / best),
             "<= " + std::to_string(bound) + ", 8 of 10");
      figure(run + ": seconds of training", metrics.at("train_seconds"), 20);
      kept += rmse / best <= bound;
    }
    BOOST_TEST((kept >= (seeds == 10 ? 8 : 1)), series << ": " << kept << " of " << seeds);
  }
}

// By awk, straight from examples/data/sunspots.csv.
BOOST_AUTO_TEST_CASE(baselines_are_those_of_the_series) {
  const Folder folder;
  const auto sunspots = metrics_of({"--quick"}, folder);
  BOOST_TEST(sunspots.at("persistence_rmse").get<double>() == 33.275955,
             boost::test_tools::tolerance(1e-6));
  BOOST_TEST(sunspots.at("seasonal_rmse").get<double>() == 37.861224,
             boost::test_tools::tolerance(1e-6));
  const auto none = metrics_of({"--quick", "--season", "1"}, folder);
  BOOST_TEST(none.at("seasonal_rmse") == none.at("persistence_rmse"));
}

BOOST_AUTO_TEST_CASE(a_checkpoint_forecasts_the_same_bytes) {
  for (const char* series : {"sunspots", "nino"}) {
    const Folder trained, loaded;
    metrics_of({"--quick", "--series", series, "--horizon", "5"}, trained);
    const auto metrics = metrics_of({"--load", trained / "forecast.h5", "--horizon", "5"}, loaded);
    BOOST_TEST((contents(loaded / "forecast.csv") == contents(trained / "forecast.csv")));
    BOOST_TEST(!metrics.contains("train_seconds"));
    BOOST_TEST(!std::filesystem::exists(loaded / "forecast.h5"));
  }
}

BOOST_AUTO_TEST_CASE(the_table_has_the_test_part_and_what_follows) {
  const Folder folder;
  write_series(folder / "own.csv", 100);
  metrics_of({"--quick", "--csv", "own.csv", "--column", "value", "--horizon", "3"}, folder);
  const auto lines = lines_of(contents(folder / "forecast.csv"));
  BOOST_REQUIRE(lines.size() == 1u + 20 + 3);
  BOOST_TEST(lines[0] == "step,actual,predicted");
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(
        lines[1 + i].starts_with(std::to_string(80 + i) + "," + std::to_string((80 + i) % 7) + ","),
        lines[1 + i]);
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(lines[21 + i].starts_with(std::to_string(100 + i) + ",,"), lines[21 + i]);
}

BOOST_AUTO_TEST_CASE(threads_and_repetition_change_nothing) {
  const Folder one, two;
  metrics_of({"--quick", "--threads", "1"}, one);
  metrics_of({"--quick", "--threads", "2"}, two);
  BOOST_TEST((contents(one / "forecast.csv") == contents(two / "forecast.csv")));
  BOOST_TEST((contents(one / "forecast.h5") == contents(two / "forecast.h5")));
}

BOOST_AUTO_TEST_CASE(without_gnuplot_it_says_so_and_goes_on) {
  const Folder folder;
  const Outcome run = run_program("forecast", {"--quick"}, folder, kNoPrograms);
  BOOST_TEST(run.status == 0);
  BOOST_TEST(has(run.out, "gnuplot is missing: no forecast.png\n"));
  BOOST_TEST(std::filesystem::exists(folder / "forecast.csv"));
  BOOST_TEST(!std::filesystem::exists(folder / "forecast.png"));
}

BOOST_AUTO_TEST_CASE(draws_a_picture_in_any_folder) {
  const Folder folder;
  if (std::system("command -v gnuplot >/dev/null") != 0) return skip("no gnuplot");
  run_program("forecast", {"--quick", "--out", "it's here"}, folder);
  BOOST_TEST(contents(folder / "it's here/forecast.png").starts_with("\x89PNG"));
}

BOOST_AUTO_TEST_CASE(prints_summary_losses_scores_and_forecast) {
  const Folder folder;
  const Outcome run = run_program("forecast", {"--quick"}, folder);
  for (const char* part : {"309 values, 0 missing", "lstm (LSTM)", "10,451", "Epoch 5/5",
                           "val_loss", "persistence", "seasonal-naive, 11", "the next 12 values"})
    BOOST_TEST(has(run.out, part), part);
}

BOOST_AUTO_TEST_CASE(missing_values) {
  const Folder folder;
  write_series(folder / "own.csv", 100);
  std::string text = contents(folder / "own.csv");
  text.replace(text.find("\"day 50\",1"), 10, "\"day 50\",NA");
  write_contents(folder / "own.csv", text);
  const std::vector<std::string> own = {"--quick", "--csv", "own.csv", "--column", "value"};
  BOOST_TEST(metrics_of(own, folder).at("missing") == 1.0);
  for (const char* how : {"interpolate", "drop", "error"}) {
    std::vector<std::string> arguments = own;
    arguments.insert(arguments.end(), {"--missing", how});
    const Outcome run = run_program("forecast", arguments, folder);
    const bool error = how == std::string("error");
    BOOST_TEST(run.status == (error ? 1 : 0), how);
    BOOST_TEST(has(run.out, how == std::string("drop") ? "99 values, 1 missing"
                            : error                    ? ""
                                                       : "100 values, 1 missing"));
    if (error) BOOST_TEST(has(run.err, "own.csv"), run.err);
  }
}

BOOST_AUTO_TEST_CASE(wrong_command_lines_exit_with_2) {
  const Folder folder;
  const std::vector<std::string> lines[] = {
      {"--series", "moon"},   {"--csv", "own.csv"},
      {"--column", "value"},  {"--csv", "own.csv", "--column", "value", "--series", "nino"},
      {"--missing", "guess"}, {"--window", "0"},
      {"--horizon", "-1"},    {"--season", "0"}};
  for (const auto& line : lines) {
    const Outcome run = run_program("forecast", line, folder);
    BOOST_TEST(run.status == 2, line[0] << " gave " << run.status);
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_done_exits_with_1_and_says_why) {
  const Folder folder;
  write_series(folder / "own.csv", 100);
  write_series(folder / "short.csv", 12);
  metrics_of({"--quick"}, folder);
  const std::string whole = contents(folder / "forecast.h5");
  write_contents(folder / "cut.h5", whole.substr(0, whole.size() - 100));
  const struct {
    std::vector<std::string> line;
    const char* why;
  } cases[] = {
      {{"--csv", "none.csv", "--column", "value"}, "none.csv"},
      {{"--csv", "own.csv", "--column", "price"}, "price"},
      {{"--csv", "own.csv", "--column", "when"}, "own.csv"},
      {{"--csv", "short.csv", "--column", "value"}, "[create_sequences] a window of 10"},
      {{"--csv", "own.csv", "--column", "value", "--season", "90"}, "a season of 90 values"},
      {{"--load", "none.h5"}, "none.h5"},
      {{"--load", "cut.h5"}, "cut.h5"},
      {{"--load", "forecast.h5", "--window", "12"},
       "[forecast] --window 12: the checkpoint's model takes 10"},
      {{"--out", "own.csv"}, "own.csv"}};
  for (const auto& [line, why] : cases) {
    const Outcome run = run_program("forecast", line, folder);
    BOOST_TEST(run.status == 1, line[1] << " gave " << run.status);
    BOOST_TEST(run.err.starts_with("error: "), run.err);
    BOOST_TEST(has(run.err, why), run.err);
  }
}

BOOST_AUTO_TEST_CASE(an_interrupt_exits_with_130) {
  const Folder folder;
  const pid_t child = start_program("forecast", {"--series", "nino"}, folder);
  for (int wait = 0; wait < 500 && contents(folder / "stdout").empty(); ++wait) usleep(10'000);
  kill(child, SIGINT);
  BOOST_TEST(end_of(child) == 130);
  BOOST_TEST(has(contents(folder / "stderr"), "interrupted"));
}

BOOST_AUTO_TEST_CASE(real_series_of_others) {
  const char* data = std::getenv("CAROUSEL_DATA");
  const std::string folder_of_data = std::string(data ? data : "") + "/timeseries/";
  if (!data || !std::filesystem::exists(folder_of_data)) return skip("no CAROUSEL_DATA/timeseries");
  const struct {
    const char *file, *column;
    double missing;
  } cases[] = {{"airline-passengers.csv", "Passengers", 0},
               {"daily-max-temperatures.csv", "Temperature", 0},
               {"daily-min-temperatures.csv", "Temp", 0},
               {"daily-total-female-births.csv", "Births", 0},
               {"monthly-car-sales.csv", "Sales", 0},
               {"monthly-sunspots.csv", "Sunspots", 0},
               {"shampoo.csv", "Sales", 0},
               {"pollution.csv", "pm2.5", 2067}};
  for (const auto& [file, column, missing] : cases) {
    const Folder folder;
    const auto metrics = metrics_of(
        {"--csv", folder_of_data + file, "--column", column, "--epochs", "1", "--season", "7"},
        folder);
    BOOST_TEST(metrics.at("missing") == missing, file << ": " << metrics.at("missing"));
    BOOST_TEST(metrics.at("rmse").get<double>() > 0, file);
  }
}

BOOST_AUTO_TEST_CASE(another_device_has_the_same_losses) {
  const Folder cpu, device;
  const Outcome probe =
      run_program("lstm_from_primitives", {"--quiet", "--device", "opencl:0"}, cpu);
  if (probe.status != 0) return skip("no OpenCL device: " + probe.err);
  const auto expected = metrics_of({"--quick"}, cpu);
  const auto metrics = metrics_of({"--quick", "--device", "opencl:0"}, device);
  for (int k = 0; k < 20; ++k) {
    const std::string name = "batch_loss_" + std::to_string(k);
    const double difference =
        std::abs(metrics.at(name).get<double>() - expected.at(name).get<double>());
    BOOST_TEST(difference <= 1e-4, name << " differs by " << difference);
  }
}

BOOST_AUTO_TEST_SUITE_END()
