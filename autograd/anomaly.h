// Finding the forward line that made a NaN; for the library's own use.
#pragma once

#include <string>

namespace carousel::detail {

// The innermost caller outside the library, as "file:line" where debug information tells, else as
// function and address.
std::string forward_line();

}  // namespace carousel::detail
