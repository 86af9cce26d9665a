// Tables in comma-separated text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carousel::data {

// What to do with a missing number: an empty cell, NA, N/A, NaN, null or ? (in any case).
enum class Missing {
  error,        // throw
  interpolate,  // linearly between the neighbours; at either end, the nearest value
  drop,         // leave the row out
};

// "error", "interpolate" or "drop"; ValueError for anything else.
Missing parse_missing(std::string_view name);

struct CsvOptions {
  Missing missing = Missing::error;
  char delimiter = ',';
};

// A column of numbers, repaired.
struct CsvColumn {
  std::string name;
  std::vector<double> values;
  std::int64_t missing = 0;  // cells that were interpolated, or rows that were dropped
};

// Cells as they stand in the text; a column is read as numbers when it is asked for, so dates and
// names in other columns do no harm.
class CsvTable {
 public:
  const std::vector<std::string>& names() const { return names_; }
  std::int64_t rows() const { return static_cast<std::int64_t>(lines_.size()); }

  // Throws FormatError, naming file, line and column, for an unknown column, a cell that is no
  // finite number (1e400 is none), a missing one under Missing::error, and a column that has no
  // number at all. Independent of the locale.
  CsvColumn column(std::string_view name) const;
  // Several columns of equal length: Missing::drop leaves out rows where any of them lacks a
  // number.
  std::vector<CsvColumn> columns(const std::vector<std::string>& names) const;
  // The cells of a column as text.
  const std::vector<std::string>& text(std::string_view name) const;

 private:
  friend class CsvParser;
  std::size_t index_of(std::string_view name) const;
  CsvColumn parse_column(std::size_t index, std::vector<bool>& missing) const;

  std::string file_;
  CsvOptions options_;
  std::vector<std::string> names_;
  std::vector<std::vector<std::string>> cells_;  // by column
  std::vector<std::int64_t> lines_;              // where each row begins, from 1
};

// Reads a file whose first line names the columns. Quotes as in RFC 4180; LF, CRLF or CR; a UTF-8
// byte order mark is skipped, and so are blank lines. Throws IoError where the file can't be read;
// FormatError for an empty file, a row with more or fewer cells than the header, a column named
// twice, a quote that is never closed.
CsvTable read_csv(const std::string& path, const CsvOptions& options = {});
// The same from text; `file` is what errors call it.
CsvTable parse_csv(std::string_view text, const CsvOptions& options = {},
                   const std::string& file = "text");

}  // namespace carousel::data
