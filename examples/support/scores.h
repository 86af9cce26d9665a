// How good forecasts are, and the simple ones that a model must beat.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace carousel::examples {

struct Scores {
  double rmse = 0, mae = 0;
};
// ShapeError for lists of different lengths, ValueError for empty ones.
Scores scores(std::span<const double> actual, std::span<const double> predicted);

// What stood `lag` values before each of the values from `first` on: persistence with lag 1, the
// seasonal-naive forecast with a lag of one season. ValueError unless 1 <= lag <= first.
std::vector<double> lagged(std::span<const double> series, std::int64_t first, std::int64_t lag);

}  // namespace carousel::examples
