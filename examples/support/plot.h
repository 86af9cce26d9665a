// Pictures by gnuplot.
#pragma once

#include <string>

namespace carousel::examples {

enum class Drawn { yes, no_gnuplot, failed };

// A PNG of a table `step,actual,predicted`: both as lines over the steps.
Drawn draw_forecast(const std::string& csv, const std::string& png, const std::string& title);

}  // namespace carousel::examples
