#include <carousel/nn/data/csv.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>
#include <support/embedded_data.h>
#include <support/series.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace carousel::examples {
namespace {

struct Embedded {
  const char *name, *table, *column, *title;
  std::int64_t season;
};
constexpr Embedded kEmbedded[] = {
    {"sunspots", "sunspots", "sunspots", "yearly sunspot numbers, 1700-2008", 11},
    {"nino", "nino_sst", "sst", "monthly sea surface temperatures off Peru, 1950-2010", 12}};

const Embedded& find_embedded(const std::string& name) {
  for (const Embedded& each : kEmbedded)
    if (each.name == name) return each;
  throw ValueError("series", fmt::format("no series '{}'; there are sunspots and nino", name));
}

}  // namespace

SeriesFlags::SeriesFlags(CLI::App& app) {
  series_ = app.add_option("--series", given_.name, "sunspots or nino [sunspots]")
                ->check(CLI::IsMember({"sunspots", "nino"}));
  csv_ = app.add_option("--csv", given_.csv, "a file of your own instead");
  auto* column = app.add_option("--column", given_.column, "the column of that file to forecast");
  csv_->needs(column)->excludes(series_);
  column->needs(csv_);
  missing_ = app.add_option("--missing", given_.missing,
                            "missing values: error, interpolate or drop [interpolate]")
                 ->check(CLI::IsMember({"error", "interpolate", "drop"}));
  window_ = app.add_option("--window", given_.window, "values that a forecast looks back at [10]")
                ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000}));
  season_ = app.add_option("--season", given_.season,
                           "values a period, for the seasonal baseline [sunspots: 11, nino: 12]")
                ->check(CLI::Range(1, 1'000'000));
}

SeriesChoice SeriesFlags::choice(const SeriesChoice* saved) const {
  SeriesChoice choice = saved ? *saved : SeriesChoice{};
  if (saved && *window_ && given_.window != saved->window)
    throw ValueError("forecast", fmt::format("--window {}: the checkpoint's model takes {}",
                                             given_.window, saved->window));
  if (*series_ || *csv_) {
    choice.name = given_.name;
    choice.csv = given_.csv;
    choice.column = given_.column;
    choice.season = 0;
  }
  if (*missing_) choice.missing = given_.missing;
  if (*window_) choice.window = given_.window;
  if (*season_) choice.season = given_.season;
  if (choice.season == 0 && choice.csv.empty()) choice.season = find_embedded(choice.name).season;
  return choice;
}

Series read_series(const SeriesChoice& choice) {
  const data::CsvOptions options{.missing = data::parse_missing(choice.missing)};
  if (!choice.csv.empty()) {
    const data::CsvColumn column = data::read_csv(choice.csv, options).column(choice.column);
    return {fmt::format("{} of {}", choice.column, choice.csv), column.values, column.missing};
  }
  const Embedded& source = find_embedded(choice.name);
  const data::CsvColumn column =
      data::parse_csv(embedded_table(source.table), options, source.table).column(source.column);
  return {source.title, column.values, column.missing};
}

std::string to_text(const SeriesChoice& choice) {
  return nlohmann::json{{"series", choice.name},   {"csv", choice.csv},
                        {"column", choice.column}, {"missing", choice.missing},
                        {"window", choice.window}, {"season", choice.season}}
      .dump();
}

SeriesChoice series_choice(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  return {.name = json.at("series"),
          .csv = json.at("csv"),
          .column = json.at("column"),
          .missing = json.at("missing"),
          .window = json.at("window"),
          .season = json.at("season")};
}

}  // namespace carousel::examples
