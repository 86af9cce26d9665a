// Tables in plain text.
#pragma once

#include <string>
#include <vector>

namespace carousel::examples {

// Columns as wide as their widest cell, the first to the left, the others to the right; a rule
// under the header. Each row has as many cells as the header.
std::string table(const std::vector<std::string>& header,
                  const std::vector<std::vector<std::string>>& rows);

}  // namespace carousel::examples
