#include <carousel/nn/check.h>

#include <carousel/nn/module.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>
#include <cmath>

namespace carousel::nn::detail {

void check_finite(const char* op, const char* name, double value) {
  if (!std::isfinite(value))
    throw ValueError(op, fmt::format("{} must be finite, got {}", name, value));
}

void check_from_zero(const char* op, const char* name, double value) {
  if (!(value >= 0)) throw ValueError(op, fmt::format("{} must be from 0, got {}", name, value));
  check_finite(op, name, value);
}

void check_open_sizes(const char* op, const char* name, const std::vector<std::int64_t>& sizes) {
  for (const std::int64_t size : sizes)
    if (size < 1 && size != -1)
      throw ValueError(op, fmt::format("{} must be sizes, or -1 for the input's; got ({})", name,
                                       fmt::join(sizes, ", ")));
}

void check_sequence(const char* op, const Tensor& x, int axis, const char* name) {
  const std::pair<int, const char*> axes[] = {{0, "rows"}, {1, "time steps"}, {axis, name}};
  for (const auto& [number, what] : axes)
    if (x.dim(number) == 0)
      throw ShapeError(op, fmt::format("the input has no {}: {}", what, to_string(x.shape())));
}

std::string snake_case(std::string_view type) {
  std::string name;
  for (std::size_t i = 0; i < type.size(); ++i) {
    const auto is = [&](int (*kind)(int), std::size_t k) {
      return k < type.size() && kind(static_cast<unsigned char>(type[k])) != 0;
    };
    const bool word =
        i > 0 && is(std::isupper, i) && (is(std::islower, i - 1) || is(std::islower, i + 1));
    if (word && name.back() != '_') name += '_';
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(type[i])));
  }
  return name;
}

// Names are made where something is wrong alone: this runs at each call with a mask.
void check_mask(const Module& module, const Value& x) {
  if (!x.mask.defined()) return;
  const Shape& mask = x.mask.shape();
  const auto op = [&] { return snake_case(module.type_name()); };
  if (x.mask.dtype() != boolean)
    throw DTypeError(op(), fmt::format("mask must be bool, got {} {}", to_string(x.mask.dtype()),
                                       to_string(mask)));
  if (x.mask.device() != x.device())
    throw DeviceError(op(), fmt::format("mask is on {}, the input on {}; move one with .to(...)",
                                        to_string(x.mask.device()), to_string(x.device())));
  bool fits = mask.rank() > 0 && mask.rank() <= x.rank();
  for (int i = 0; fits && i < mask.rank(); ++i) fits = mask[i] == x.dim(i) || mask[i] == 1;
  if (fits) return;
  const Shape wanted = x.rank() < 2 ? x.shape() : Shape{x.dim(0), x.dim(1)};
  throw ShapeError(op(),
                   fmt::format("mask must be {}, got {}", to_string(wanted), to_string(mask)));
}

}  // namespace carousel::nn::detail
