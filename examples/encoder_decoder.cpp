// An encoder and a decoder as a functional graph: one LSTM reads two years of sea-surface
// temperatures, another begins with its states and writes the year that follows, from the calendar
// alone.
#include <carousel/carousel.h>
#include <carousel/nn/data/series.h>
#include <carousel/nn/layers.h>
#include <carousel/nn/model.h>
#include <carousel/nn/train/train.h>
#include <carousel/optim/optim.h>
#include <support/program.h>
#include <support/series.h>
#include <support/table.h>

#include <cmath>
#include <numbers>

using namespace carousel;
using carousel::examples::Program;

namespace {

constexpr std::int64_t kPast = 24, kNext = 12;  // months
constexpr double kTestPart = 0.2;

// Windows over a monthly series that begins in a January.
struct Windows {
  Tensor past;      // (samples, 24, 1)
  Tensor calendar;  // (samples, 12, 2): where each month to come stands in its year, on a circle
  Tensor next;      // (samples, 12, 1)
};

Windows windows_of(const std::vector<double>& series, Device device) {
  const auto months = static_cast<std::int64_t>(series.size());
  const Tensor values = from_vector(series, {months, 1}).to(f32).to(device);
  const Tensor angle = arange(months).to(device) * (2 * std::numbers::pi / 12);
  const Tensor circle = stack({sin(angle), cos(angle)}, 1);
  std::vector<Tensor> past, calendar, next;
  for (std::int64_t i = 0; i + kPast + kNext <= months; ++i) {
    past.push_back(values.slice(0, i, i + kPast));
    calendar.push_back(circle.slice(0, i + kPast, i + kPast + kNext));
    next.push_back(values.slice(0, i + kPast, i + kPast + kNext));
  }
  return {stack(past), stack(calendar), stack(next)};
}

Windows part(const Windows& all, std::int64_t begin, std::int64_t end) {
  return {all.past.slice(0, begin, end), all.calendar.slice(0, begin, end),
          all.next.slice(0, begin, end)};
}

double rmse(const Tensor& forecast, const Tensor& truth) {
  return std::sqrt(mse(forecast, truth).item());
}

Tensor fitted_forecast(Program& program, const Windows& train, const Windows& test) {
  const examples::Flags& flags = program.flags();
  // [model]
  nn::Input past{{.shape = {kPast, 1}, .name = "past"}};
  nn::Input calendar{{.shape = {kNext, 2}, .name = "calendar"}};
  const nn::Symbols read =
      nn::LSTM{{.units = 32, .return_state = true, .name = "encoder"}}(nn::Symbols{past});
  const nn::Symbol year = nn::LSTM{{.units = 32, .return_sequences = true, .name = "decoder"}}(
      {calendar, read[1], read[2]});
  nn::Model model{{past, calendar}, nn::Dense{{.units = 1}}(year)};
  model.compile({.optimizer = optim::Adam{{.learning_rate = 5e-3}}, .loss = "mse"});
  model.fit({train.past, train.calendar}, train.next,
            {.batch_size = 32, .epochs = flags.epochs, .verbose = flags.quiet ? 0 : 2});
  const Tensor forecast = model.predict({test.past, test.calendar});
  // [/model]
  program.print("\n{}\n", model.summary());
  return forecast;
}

void forecast_years(Program& program) {
  const examples::Flags& flags = program.flags();
  nn::set_seed(flags.seed);
  examples::SeriesChoice temperatures;
  temperatures.name = "nino";
  const std::vector<double> series = examples::read_series(temperatures).values;
  const auto months = static_cast<double>(series.size());
  const auto seen = static_cast<std::size_t>(months * (1 - kTestPart));
  data::StandardScaler scaler;
  scaler.fit(std::span(series).first(seen));
  const Windows all = windows_of(scaler.transform(series), flags.device);
  const std::int64_t count = all.past.dim(0);
  const auto train = static_cast<std::int64_t>(seen) - kPast - kNext + 1;
  const Windows test = part(all, static_cast<std::int64_t>(seen), count);

  const double degrees = 1 / scaler.scale()[0];
  const double model =
      degrees * rmse(fitted_forecast(program, part(all, 0, train), test), test.next);
  const double last_year = degrees * rmse(test.past.slice(1, kPast - kNext), test.next);
  const double last_month =
      degrees * rmse(test.past.slice(1, kPast - 1).expand(test.next.shape()), test.next);
  program.print("{}\n", examples::table({"a year ahead", "RMSE, degrees"},
                                        {{"encoder and decoder", fmt::format("{:.3f}", model)},
                                         {"as last year", fmt::format("{:.3f}", last_year)},
                                         {"as last month", fmt::format("{:.3f}", last_month)}}));
  program.metric("rmse", model);
  program.metric("rmse_last_year", last_year);
  program.metric("ratio", model / std::min(last_year, last_month));
  program.promise(model <= 0.9 * std::min(last_year, last_month),
                  fmt::format("RMSE at most 0.9 of the better guess's: {:.3f}",
                              model / std::min(last_year, last_month)));
}

}  // namespace

int main(int argc, char** argv) {
  Program program("encoder_decoder",
                  "Reads two years of sea-surface temperatures and forecasts the next, month by "
                  "month: two LSTMs in a functional graph.",
                  {.full = 12, .quick = 1});
  program.describe_metric("rmse", "of forecasts a year ahead, in degrees, on the last fifth");
  program.describe_metric("rmse_last_year", "of taking the year before for the next");
  program.describe_metric("ratio", "of the model's to the better guess's");
  return program.run(argc, argv, [&] { forecast_years(program); });
}
