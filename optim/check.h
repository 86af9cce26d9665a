// Checks of options; for the library's own use.
#pragma once

#include <cstdint>

namespace carousel::optim::detail {

// ValueErrors `[op] name must be ..., got value`; NaN fits nowhere.
void check_positive(const char* op, const char* name, double value);
void check_not_negative(const char* op, const char* name, double value);
// In [0, 1), or in [0, 1] where closed.
void check_fraction(const char* op, const char* name, double value, bool closed = false);
void check_finite(const char* op, const char* name, double value);
void check_at_least(const char* op, const char* name, std::int64_t value, std::int64_t least);

// Keras rounds some constants to f32 even where it computes in f64 (docs/decisions.md).
inline double as_f32(double constant) { return static_cast<float>(constant); }

}  // namespace carousel::optim::detail
