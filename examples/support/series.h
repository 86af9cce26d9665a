// Which series an example forecasts: one of examples/data, or a column of the user's own file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace carousel::examples {

struct SeriesChoice {
  std::string name = "sunspots";  // "sunspots" or "nino", unless a file is given
  std::string csv, column;
  std::string missing = "interpolate";
  std::int64_t window = 10;
  std::int64_t season = 0;  // values a period; 0: none known
};

struct Series {
  std::string title;
  std::vector<double> values;
  std::int64_t missing = 0;  // cells that were interpolated, or rows that were dropped
};

// The flags --series, --csv, --column, --missing, --window and --season.
class SeriesFlags {
 public:
  explicit SeriesFlags(CLI::App& app);

  // What the command line says. What it leaves open is as in `saved`, what a checkpoint remembers,
  // or else the default. ValueError if the window differs from that of the checkpoint.
  SeriesChoice choice(const SeriesChoice* saved = nullptr) const;

 private:
  SeriesChoice given_;
  CLI::Option *series_, *csv_, *missing_, *window_, *season_;
};

// Reads it; IoError, FormatError as data::read_csv and CsvTable::column.
Series read_series(const SeriesChoice& choice);

// As a checkpoint keeps it.
std::string to_text(const SeriesChoice& choice);
SeriesChoice series_choice(const std::string& text);

}  // namespace carousel::examples
