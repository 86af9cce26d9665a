#include <carousel/nn/data/csv.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>

namespace carousel::data {
namespace {

[[noreturn]] void fail(const std::string& file, std::int64_t line, const std::string& what) {
  throw FormatError("read_csv", fmt::format("{}:{}: {}", file, line, what));
}

std::string_view trimmed(std::string_view cell) {
  while (!cell.empty() && (cell.front() == ' ' || cell.front() == '\t')) cell.remove_prefix(1);
  while (!cell.empty() && (cell.back() == ' ' || cell.back() == '\t')) cell.remove_suffix(1);
  return cell;
}

bool is_missing(std::string_view cell) {
  std::string lower(cell);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower.empty() || lower == "na" || lower == "n/a" || lower == "nan" || lower == "null" ||
         lower == "?";
}

// Cells in messages: quoted, short, control characters shown.
std::string shown(std::string_view cell) {
  std::string out = "\"";
  for (char c : cell.substr(0, 40)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += c;
  }
  return out + (cell.size() > 40 ? "...\"" : "\"");
}

// "" if `cell` is a finite number, which goes to `value`; else what is wrong with it.
std::string parse_number(std::string_view cell, double& value) {
  std::string_view digits = cell;
  if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-') digits.remove_prefix(1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = end == digits.data() + digits.size();
  if (error == std::errc::result_out_of_range && whole) {
    // from_chars says the same of 1e-400, which is a fine zero: only the exponent's sign tells.
    const std::size_t e = digits.find_first_of("eE");
    const bool tiny = e != std::string_view::npos && digits.substr(e + 1, 1) == "-";
    if (!tiny) return "does not fit into a double";
    value = 0.0;
    return "";
  }
  if (error != std::errc{} || !whole) {
    const bool comma = cell.find(',') != std::string_view::npos;
    return comma ? "is not a number (decimal comma?)" : "is not a number";
  }
  return std::isfinite(value) ? "" : "is not finite";
}

void interpolate(std::vector<double>& values, const std::vector<bool>& missing) {
  const auto n = static_cast<std::ptrdiff_t>(values.size());
  std::ptrdiff_t known = -1;
  for (std::ptrdiff_t i = 0; i <= n; ++i) {
    if (i < n && missing[static_cast<std::size_t>(i)]) continue;
    for (std::ptrdiff_t k = known + 1; k < i; ++k) {
      double& gap = values[static_cast<std::size_t>(k)];
      if (known < 0 || i == n) {
        gap = values[static_cast<std::size_t>(known < 0 ? i : known)];
      } else {
        const double left = values[static_cast<std::size_t>(known)];
        const double right = values[static_cast<std::size_t>(i)];
        gap =
            std::lerp(left, right, static_cast<double>(k - known) / static_cast<double>(i - known));
      }
    }
    known = i;
  }
}

}  // namespace

// One pass over the text: records of cells, quotes removed.
class CsvParser {
 public:
  CsvParser(std::string_view text, const CsvOptions& options, const std::string& file)
      : text_(text) {
    table_.file_ = file;
    table_.options_ = options;
  }

  CsvTable parse() {
    skip_byte_order_mark();
    std::vector<std::string> record;
    if (!next_record(record)) throw FormatError("read_csv", table_.file_ + ": the file is empty");
    set_header(record);
    while (next_record(record)) add_row(record);
    if (table_.lines_.empty())
      throw FormatError("read_csv", table_.file_ + ": there is a header, but no row under it");
    return std::move(table_);
  }

 private:
  void skip_byte_order_mark() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    if (text_.starts_with("\xFF\xFE") || text_.starts_with("\xFE\xFF"))
      fail(table_.file_, 1, "the text is UTF-16; save it as UTF-8");
  }

  bool at_line_end() const {
    return at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '\r';
  }

  void skip_line_end() {
    if (at_ == text_.size()) return;
    if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
    ++at_;
    ++line_;
  }

  // False at the end of the text.
  bool next_record(std::vector<std::string>& record) {
    while (at_ < text_.size() && at_line_end()) skip_line_end();
    if (at_ == text_.size()) return false;
    record.clear();
    record_line_ = line_;
    for (;;) {
      record.push_back(next_cell());
      if (at_line_end()) break;
      ++at_;  // the delimiter
    }
    skip_line_end();
    return true;
  }

  std::string next_cell() {
    if (at_ < text_.size() && text_[at_] == '"') return quoted_cell();
    const std::size_t begin = at_;
    while (!at_line_end() && text_[at_] != table_.options_.delimiter) ++at_;
    return std::string(trimmed(text_.substr(begin, at_ - begin)));
  }

  std::string quoted_cell() {
    const std::int64_t opened = line_;
    std::string cell;
    for (++at_;; ++at_) {
      if (at_ >= text_.size())
        fail(table_.file_, opened, "a quote is opened here and never closed");
      if (text_[at_] == '"') {
        if (at_ + 1 == text_.size() || text_[at_ + 1] != '"') break;
        ++at_;  // a doubled quote stands for one
      } else if (text_[at_] == '\n') {
        ++line_;
      }
      cell += text_[at_];
    }
    ++at_;
    if (!at_line_end() && text_[at_] != table_.options_.delimiter)
      fail(table_.file_, line_, fmt::format("text follows the closing quote of {}", shown(cell)));
    return cell;
  }

  void set_header(const std::vector<std::string>& record) {
    for (std::size_t i = 0; i < record.size(); ++i)
      for (std::size_t k = 0; k < i; ++k)
        if (record[i] == record[k])
          fail(table_.file_, record_line_,
               fmt::format("columns {} and {} are both named {}", k + 1, i + 1, shown(record[i])));
    table_.names_ = record;
    table_.cells_.resize(record.size());
  }

  void add_row(std::vector<std::string>& record) {
    if (record.size() != table_.names_.size())
      fail(table_.file_, record_line_,
           fmt::format("{} cells, but the header names {} columns", record.size(),
                       table_.names_.size()));
    for (std::size_t i = 0; i < record.size(); ++i)
      table_.cells_[i].push_back(std::move(record[i]));
    table_.lines_.push_back(record_line_);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1, record_line_ = 1;
  CsvTable table_;
};

Missing parse_missing(std::string_view name) {
  if (name == "error") return Missing::error;
  if (name == "interpolate") return Missing::interpolate;
  if (name == "drop") return Missing::drop;
  throw ValueError(
      "read_csv", fmt::format("missing is {}; it must be error, interpolate or drop", shown(name)));
}

std::size_t CsvTable::index_of(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found != names_.end()) return static_cast<std::size_t>(found - names_.begin());
  std::string all;
  for (const std::string& n : names_) all += (all.empty() ? "" : ", ") + shown(n);
  throw FormatError("read_csv", fmt::format("{}:1: there is no column {}; the columns are {}",
                                            file_, shown(name), all));
}

const std::vector<std::string>& CsvTable::text(std::string_view name) const {
  return cells_[index_of(name)];
}

CsvColumn CsvTable::parse_column(std::size_t index, std::vector<bool>& missing) const {
  const std::vector<std::string>& cells = cells_[index];
  CsvColumn column{names_[index], std::vector<double>(cells.size()), 0};
  missing.assign(cells.size(), false);
  for (std::size_t row = 0; row < cells.size(); ++row) {
    const std::string_view cell = trimmed(cells[row]);
    const auto here = [&] { return fmt::format("column {}: ", shown(names_[index])); };
    if (is_missing(cell)) {
      if (options_.missing == Missing::error)
        fail(file_, lines_[row], here() + "the value is missing (" + shown(cell) + ")");
      missing[row] = true;
      ++column.missing;
    } else if (const std::string wrong = parse_number(cell, column.values[row]); !wrong.empty()) {
      fail(file_, lines_[row], here() + shown(cell) + " " + wrong);
    }
  }
  if (column.missing == rows())
    fail(file_, lines_.front(), fmt::format("column {}: it has no number", shown(names_[index])));
  if (options_.missing == Missing::interpolate) interpolate(column.values, missing);
  return column;
}

CsvColumn CsvTable::column(std::string_view name) const {
  return std::move(columns({std::string(name)}).front());
}

std::vector<CsvColumn> CsvTable::columns(const std::vector<std::string>& names) const {
  std::vector<CsvColumn> out;
  std::vector<bool> missing, dropped(lines_.size(), false);
  for (const std::string& name : names) {
    out.push_back(parse_column(index_of(name), missing));
    for (std::size_t row = 0; row < missing.size(); ++row)
      if (missing[row]) dropped[row] = true;
  }
  if (options_.missing != Missing::drop) return out;
  const auto count = std::count(dropped.begin(), dropped.end(), true);
  if (count == rows()) fail(file_, lines_.front(), "every row lacks a number in some column");
  for (CsvColumn& column : out) {
    std::vector<double> kept;
    for (std::size_t row = 0; row < dropped.size(); ++row)
      if (!dropped[row]) kept.push_back(column.values[row]);
    column.values = std::move(kept);
    column.missing = count;
  }
  return out;
}

CsvTable parse_csv(std::string_view text, const CsvOptions& options, const std::string& file) {
  return CsvParser(text, options, file).parse();
}

CsvTable read_csv(const std::string& path, const CsvOptions& options) {
  const auto refuse = [&] {
    throw IoError("read_csv", fmt::format("{}: {}", path, std::strerror(errno)));
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file) refuse();
  std::string text;
  char buffer[1 << 16];
  while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, file.get()))
    text.append(buffer, n);
  if (std::ferror(file.get())) refuse();
  return parse_csv(text, options, path);
}

}  // namespace carousel::data
