#include <carousel/optim/check.h>

#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <cmath>

namespace carousel::optim::detail {

void check_positive(const char* op, const char* name, double value) {
  if (!(value > 0) || !std::isfinite(value))
    throw ValueError(op, fmt::format("{} must be positive and finite, got {}", name, value));
}

void check_not_negative(const char* op, const char* name, double value) {
  if (!(value >= 0) || !std::isfinite(value))
    throw ValueError(op, fmt::format("{} must be finite and not negative, got {}", name, value));
}

void check_fraction(const char* op, const char* name, double value, bool closed) {
  if (!(value >= 0) || !(closed ? value <= 1 : value < 1))
    throw ValueError(op,
                     fmt::format("{} must be in [0, 1{}, got {}", name, closed ? "]" : ")", value));
}

void check_finite(const char* op, const char* name, double value) {
  if (!std::isfinite(value))
    throw ValueError(op, fmt::format("{} must be finite, got {}", name, value));
}

void check_at_least(const char* op, const char* name, std::int64_t value, std::int64_t least) {
  if (value < least)
    throw ValueError(op, fmt::format("{} must be at least {}, got {}", name, least, value));
}

}  // namespace carousel::optim::detail
