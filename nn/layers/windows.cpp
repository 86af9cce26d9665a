#include <carousel/nn/layers/windows.h>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <carousel/nn/check.h>
#include <carousel/tensor/error.h>

namespace carousel::nn::detail {

void check_sizes(const char* op, const char* name, const Sizes& sizes, std::int64_t least) {
  for (const std::int64_t size : sizes)
    if (size < least)
      throw ValueError(
          op, fmt::format("{} must be at least {}, got {}", name, least, fmt::join(sizes, ", ")));
}

void check_extents(const char* op, const char* name, const Sizes& sizes) {
  check_sizes(op, name, sizes);
  for (const std::int64_t size : sizes)
    if (size > kMostExtent)
      throw ValueError(op, fmt::format("{} must be at most {}, got {}", name, kMostExtent,
                                       fmt::join(sizes, ", ")));
}

void check_padding(const char* op, const std::string& padding, bool causal) {
  if (padding == "valid" || padding == "same" || (causal && padding == "causal")) return;
  throw ValueError(op, fmt::format("padding must be valid, same{}, got '{}'",
                                   causal ? " or causal" : "", padding));
}

void check_dilation(const char* op, const Sizes& strides, const Sizes& dilation) {
  if (std::ranges::max(strides) > 1 && std::ranges::max(dilation) > 1)
    throw ValueError(op, fmt::format("strides ({}) and dilation_rate ({}) cannot both be above 1",
                                     fmt::join(strides, ", "), fmt::join(dilation, ", ")));
}

Padding padding_of(const std::string& padding, const Shape& x, const Sizes& size,
                   const Sizes& strides, const Sizes& dilation) {
  Padding all;
  for (std::size_t i = 0; i < size.size(); ++i) {
    const std::int64_t covered = (size[i] - 1) * dilation[i] + 1;
    if (padding == "causal") {
      all.emplace_back(covered - 1, 0);
      continue;
    }
    const std::int64_t in = x[static_cast<int>(i) + 1];
    const std::int64_t out = (in + strides[i] - 1) / strides[i];
    const std::int64_t lacking =
        padding == "same" ? std::max<std::int64_t>(0, (out - 1) * strides[i] + covered - in) : 0;
    all.emplace_back(lacking / 2, lacking - lacking / 2);
  }
  return all;
}

}  // namespace carousel::nn::detail
