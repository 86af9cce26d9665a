// The tables of examples/data, compiled into the programs.
#pragma once

#include <string_view>

namespace carousel::examples {

// The text of examples/data/NAME.csv; empty if there is none.
std::string_view embedded_table(std::string_view name);

}  // namespace carousel::examples
