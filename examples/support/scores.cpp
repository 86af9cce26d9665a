#include <carousel/tensor/error.h>
#include <fmt/format.h>
#include <support/scores.h>

#include <cmath>

namespace carousel::examples {

Scores scores(std::span<const double> actual, std::span<const double> predicted) {
  if (actual.size() != predicted.size())
    throw ShapeError("scores", fmt::format("{} actual values, {} predicted ones", actual.size(),
                                           predicted.size()));
  if (actual.empty()) throw ValueError("scores", "there are no values");
  double squares = 0, absolutes = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double error = predicted[i] - actual[i];
    squares += error * error;
    absolutes += std::abs(error);
  }
  const double count = static_cast<double>(actual.size());
  return {std::sqrt(squares / count), absolutes / count};
}

std::vector<double> lagged(std::span<const double> series, std::int64_t first, std::int64_t lag) {
  if (lag < 1 || lag > first)
    throw ValueError("lagged", fmt::format("a season of {} values needs as many before the test "
                                           "part; there are {}",
                                           lag, first));
  return {series.begin() + (first - lag), series.end() - lag};
}

}  // namespace carousel::examples
