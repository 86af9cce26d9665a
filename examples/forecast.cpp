// Forecasts a time series: an LSTM learns to tell the next value from those before it.
#include <carousel/carousel.h>
#include <carousel/nn/data/series.h>
#include <carousel/nn/io/load_model.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/train/callbacks.h>
#include <carousel/nn/train/train.h>
#include <carousel/optim/optim.h>
#include <support/batch_losses.h>
#include <support/plot.h>
#include <support/program.h>
#include <support/scores.h>
#include <support/series.h>
#include <support/table.h>

#include <algorithm>
#include <chrono>
#include <fstream>

using namespace carousel;
using namespace carousel::examples;

namespace {

using Row = std::vector<double>;

// The last fifth is the test part: training, its stopping and the scaler never see it.
constexpr double kTestPart = 0.2;
constexpr std::int64_t kBatchSize = 32;

// A trained model, and what it takes to use it.
struct Forecaster {
  nn::Sequential model;
  data::MinMaxScaler scaler;
  SeriesChoice choice;
};

// The values to forecast: those before `first_test` are past.
struct Problem {
  Series series;
  Row past, test;
  std::int64_t first_test;
};

Problem read_problem(const SeriesChoice& choice) {
  Series series = read_series(choice);
  auto [past, test] = data::train_test_split_tail(series.values, kTestPart);
  const auto first_test = static_cast<std::int64_t>(past.size());
  return {std::move(series), std::move(past), std::move(test), first_test};
}

Forecaster train(Program& program, const SeriesChoice& choice, const Row& past) {
  const Flags& flags = program.flags();
  nn::set_seed(flags.seed);
  const auto losses = std::make_shared<BatchLosses>(kBatchSize);
  const auto start = std::chrono::steady_clock::now();
  // [model]
  nn::Sequential model{nn::LSTM{{.units = 50, .activation = "relu"}}, nn::Dense{{.units = 1}}};
  model.compile({.optimizer = optim::Adam{{.learning_rate = 2e-3}}, .loss = "mse"});
  data::MinMaxScaler scaler;
  const auto [x, y] = data::create_sequences(scaler.fit_transform(past), choice.window);
  model.build({kBatchSize, choice.window, 1});
  model.to(flags.device);
  program.print("{}\n", model.summary());
  const nn::History history = model.fit(
      x.to(flags.device), y.to(flags.device),
      {.batch_size = kBatchSize,
       .epochs = flags.epochs,
       .verbose = flags.quiet ? 0 : 1,
       .callbacks = {losses, nn::EarlyStopping{{.patience = 20, .restore_best_weights = true}}},
       .validation_split = 0.2});
  // [/model]
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  program.set_epochs(static_cast<int>(history.epochs().size()));
  program.metric("train_seconds", seconds.count());
  program.metric("val_loss", std::ranges::min(history["val_loss"]));
  for (std::size_t k = 0; k < losses->values().size() && k < 20; ++k)
    program.metric(fmt::format("batch_loss_{}", k), losses->values()[k]);
  program.print("trained {} epochs in {:.1f} s\n\n", history.epochs().size(), seconds.count());
  return {std::move(model), scaler, choice};
}

void save(Forecaster& forecaster, const std::string& path) {
  io::FileWriter writer(path);
  nn::put_model(writer, forecaster.model);
  writer.put("/scaler/scale", from_vector(forecaster.scaler.scale(), {1}));
  writer.put("/scaler/shift", from_vector(forecaster.scaler.shift(), {1}));
  writer.put_text("/forecast", to_text(forecaster.choice));
  writer.commit();
}

Forecaster load(const std::string& path, const SeriesFlags& flags, Device device) {
  const io::FileReader reader(path);
  if (!reader.find("/forecast"))
    throw FormatError("forecast", fmt::format("{} was not written by forecast", path));
  const auto saved = series_choice(reader.text("/forecast"));
  data::MinMaxScaler scaler;
  scaler.restore(reader.tensor("/scaler/scale").to_vector<double>(),
                 reader.tensor("/scaler/shift").to_vector<double>());
  nn::Sequential model = nn::read_model(reader);
  model.to(device);
  return {std::move(model), std::move(scaler), flags.choice(&saved)};
}

// What the model says for windows (n, window, 1) of scaled values, in the series' own units.
Row predict(Forecaster& forecaster, const Tensor& windows, Device device) {
  const Tensor scaled = forecaster.model.predict(windows.to(device)).to(Device("cpu")).to(f64);
  return forecaster.scaler.inverse_transform(scaled).to_vector<double>();
}

// Each value of the test part from the true values before it.
Row one_step(Forecaster& forecaster, const Problem& problem, Device device) {
  const Row scaled = forecaster.scaler.transform(problem.series.values);
  const std::int64_t window = forecaster.choice.window;
  if (problem.first_test < window)
    throw ValueError("forecast", fmt::format("a window of {} needs as many values before the test "
                                             "part; there are {}",
                                             window, problem.first_test));
  const auto from = std::span(scaled).subspan(problem.first_test - window);
  return predict(forecaster, data::create_sequences(from, window).x, device);
}

// What follows the series, each forecast being an input of the next.
Row recursive(Forecaster& forecaster, Row values, int horizon, Device device) {
  const auto window = static_cast<std::ptrdiff_t>(forecaster.choice.window);
  const auto known = static_cast<std::ptrdiff_t>(values.size());
  for (int step = 0; step < horizon; ++step) {
    const Row last = forecaster.scaler.transform(Row(values.end() - window, values.end()));
    const std::vector<float> narrow(last.begin(), last.end());
    values.push_back(predict(forecaster, from_vector(narrow, {1, window, 1}), device).front());
  }
  return {values.begin() + known, values.end()};
}

// Compares the one-step forecasts with those that need no model.
void report_scores(Program& program, const Problem& problem, const SeriesChoice& choice,
                   const Row& predicted) {
  struct Line {
    std::string name, metric;
    Scores scores;
  };
  const auto baseline = [&](std::int64_t lag) {
    return scores(problem.test, lagged(problem.series.values, problem.first_test, lag));
  };
  std::vector<Line> lines = {{"LSTM", "", scores(problem.test, predicted)},
                             {"persistence", "persistence_", baseline(1)}};
  if (choice.season > 0)
    lines.push_back(
        {fmt::format("seasonal-naive, {}", choice.season), "seasonal_", baseline(choice.season)});
  double best = lines[1].scores.rmse;
  for (const Line& line : std::span(lines).subspan(1)) best = std::min(best, line.scores.rmse);
  std::vector<std::vector<std::string>> rows;
  for (const Line& line : lines) {
    const auto [rmse, mae] = line.scores;
    rows.push_back({line.name, fmt::format("{:.3f}", rmse), fmt::format("{:.3f}", mae),
                    fmt::format("{:.3f}", rmse / best)});
    program.metric(line.metric + "rmse", rmse);
    program.metric(line.metric + "mae", mae);
  }
  program.print("{}\n",
                table({fmt::format("one-step forecasts of the last {} values", problem.test.size()),
                       "RMSE", "MAE", "RMSE / better baseline"},
                      rows));
  program.metric("ratio", lines[0].scores.rmse / best);
}

void write_csv(const std::string& path, const Problem& problem, const Row& predicted,
               const Row& ahead) {
  std::string text = "step,actual,predicted\n";
  std::int64_t step = problem.first_test;
  for (std::size_t i = 0; i < predicted.size(); ++i)
    text += fmt::format("{},{},{}\n", step++, problem.test[i], predicted[i]);
  for (const double value : ahead) text += fmt::format("{},,{}\n", step++, value);
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw IoError("forecast", fmt::format("can't write {}", path));
}

void draw(Program& program, const std::string& title) {
  const std::string png = program.path("forecast.png");
  switch (draw_forecast(program.path("forecast.csv"), png, title)) {
    case Drawn::yes:
      program.add_file(png);
      break;
    case Drawn::no_gnuplot:
      program.print("gnuplot is missing: no forecast.png\n");
      break;
    case Drawn::failed:
      program.print("gnuplot failed: no forecast.png\n");
      break;
  }
}

void report_forecast(Program& program, Forecaster& forecaster, const Problem& problem,
                     int horizon) {
  const Device device = program.flags().device;
  const Row predicted = one_step(forecaster, problem, device);
  report_scores(program, problem, forecaster.choice, predicted);
  const Row ahead = recursive(forecaster, problem.series.values, horizon, device);
  program.print("the next {} values: {:.2f}\n\n", horizon, fmt::join(ahead, "  "));
  write_csv(program.path("forecast.csv"), problem, predicted, ahead);
  program.add_file(program.path("forecast.csv"));
  draw(program, problem.series.title);
}

// What the program promises for its own series.
void check_promises(Program& program, const SeriesChoice& choice, bool trained) {
  if (!choice.csv.empty()) return;
  const double bound = choice.name == "nino" ? 0.50 : 0.75, ratio = program.metric("ratio");
  program.promise(ratio <= bound,
                  fmt::format("RMSE at most {} of the better baseline's: {:.3f}", bound, ratio));
  if (!trained) return;
  const double seconds = program.metric("train_seconds");
  program.promise(seconds <= 20, fmt::format("training takes at most 20 s: {:.1f}", seconds));
}

void describe(Program& program) {
  program.describe_metric("rmse, mae", "of one-step forecasts of the test part");
  program.describe_metric("persistence_rmse, .._mae", "of the value before");
  program.describe_metric("seasonal_rmse, .._mae", "of the value one season before");
  program.describe_metric("ratio", "rmse over that of the better of the two");
  program.describe_metric("missing", "values that were interpolated or dropped");
  program.describe_metric("val_loss", "the lowest while training");
  program.describe_metric("train_seconds", "what training took");
  program.describe_metric("batch_loss_K", "of the first 20 batches, K = 0 .. 19");
}

}  // namespace

int main(int argc, char** argv) {
  Program program("forecast",
                  "Learns a time series and forecasts it. Writes forecast.csv (step,actual,"
                  "predicted: the test part one step ahead, then what follows the series), "
                  "forecast.h5 (the checkpoint) and forecast.png (by gnuplot).",
                  {.full = 200, .quick = 5});
  describe(program);
  const SeriesFlags series(program.options());
  int horizon = 12;
  std::string checkpoint;
  program.add_option("--horizon", horizon, "values to forecast after the series' end [12]");
  program.add_option("--load", checkpoint, "forecast by this checkpoint, don't train");
  return program.run(argc, argv, [&] {
    const bool trains = checkpoint.empty();
    std::optional<Forecaster> forecaster;
    if (!trains) forecaster = load(checkpoint, series, program.flags().device);
    const SeriesChoice choice = trains ? series.choice() : forecaster->choice;
    const Problem problem = read_problem(choice);
    program.print("{}: {} values, {} missing\n\n", problem.series.title,
                  problem.series.values.size(), problem.series.missing);
    program.metric("missing", static_cast<double>(problem.series.missing));
    if (trains) {
      forecaster = train(program, choice, problem.past);
      save(*forecaster, program.path("forecast.h5"));
      program.add_file(program.path("forecast.h5"));
    } else {
      program.set_epochs(0);
    }
    report_forecast(program, *forecaster, problem, horizon);
    check_promises(program, choice, trains);
  });
}
