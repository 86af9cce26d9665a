// Checks of options; for the library's own use.
#pragma once

#include <string>

namespace carousel::optim::detail {

// ValueErrors `[op] name must be ..., got value`; NaN fits nowhere.
void check_positive(const char* op, const char* name, double value);
void check_not_negative(const char* op, const char* name, double value);
// In [0, 1), or in [0, 1] where closed.
void check_fraction(const char* op, const char* name, double value, bool closed = false);

}  // namespace carousel::optim::detail
