#include <support/table.h>

#include <fmt/format.h>

#include <algorithm>

namespace carousel::examples {

std::string table(const std::vector<std::string>& header,
                  const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < header.size(); ++column) {
    std::size_t width = header[column].size();
    for (const auto& row : rows) width = std::max(width, row.at(column).size());
    widths.push_back(width);
  }
  std::string text;
  const auto add = [&](const std::vector<std::string>& row) {
    for (std::size_t column = 0; column < row.size(); ++column)
      text += column == 0 ? fmt::format("{:<{}}", row[column], widths[column])
                          : fmt::format("  {:>{}}", row[column], widths[column]);
    text += '\n';
  };
  add(header);
  std::size_t total = 2 * (widths.size() - 1);
  for (const std::size_t width : widths) total += width;
  text += std::string(total, '-') + '\n';
  for (const auto& row : rows) add(row);
  return text;
}

}  // namespace carousel::examples
