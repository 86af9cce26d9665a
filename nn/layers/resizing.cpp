#include <carousel/nn/layers/resizing.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <carousel/autograd/ops.h>
#include <carousel/nn/check.h>
#include <carousel/nn/layers/data_format.h>

namespace carousel::nn {
namespace {

void check_margin(const char* op, const char* name, const Margin& margin) {
  if (margin.before < 0 || margin.after < 0)
    throw ValueError(
        op, fmt::format("{} must be from 0, got ({}, {})", name, margin.before, margin.after));
  if (std::max(margin.before, margin.after) > detail::kMostExtent)
    throw ValueError(op, fmt::format("{} must be at most {}, got ({}, {})", name,
                                     detail::kMostExtent, margin.before, margin.after));
}

// x without margins along an axis; at least one element must stay.
Tensor cropped(const char* op, const Tensor& x, int axis, const Margin& margin) {
  const std::int64_t size = x.dim(axis);
  if (margin.before + margin.after >= size)
    throw ShapeError(op, fmt::format("cropping ({}, {}) leaves nothing of axis {} of {}",
                                     margin.before, margin.after, axis, to_string(x.shape())));
  return slice(x, axis, margin.before, size - margin.after);
}

// Where the spatial axes begin.
int first_axis(const std::string& data_format) { return data_format == "channels_first" ? 2 : 1; }

Tensor padded(const Tensor& x, int axis, std::initializer_list<Margin> margins) {
  std::vector<std::pair<std::int64_t, std::int64_t>> widths(static_cast<std::size_t>(x.rank()));
  for (const Margin& margin : margins)
    widths[static_cast<std::size_t>(axis++)] = {margin.before, margin.after};
  return pad(x, widths);
}

// Linear interpolation between pixel centres along one axis; the outer halves are flat.
Tensor stretched(const Tensor& x, int axis, std::int64_t factor) {
  if (factor == 1) return x;
  const std::int64_t size = x.dim(axis);
  std::vector<std::int64_t> low, high;
  std::vector<double> share;
  for (std::int64_t i = 0; i < size * factor; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) / static_cast<double>(factor) - 0.5;
    const auto below = static_cast<std::int64_t>(std::floor(centre));
    low.push_back(std::clamp<std::int64_t>(below, 0, size - 1));
    high.push_back(std::clamp<std::int64_t>(below + 1, 0, size - 1));
    share.push_back(centre - static_cast<double>(below));
  }
  Shape row;
  for (int i = 0; i < x.rank(); ++i) row.append(i == axis ? size * factor : 1);
  const Tensor weight = from_vector(share, row).to(x.dtype()).to(x.device());
  const auto at = [&](const std::vector<std::int64_t>& list) {
    return index_select(x, axis,
                        from_vector(list, {static_cast<std::int64_t>(list.size())}).to(x.device()));
  };
  const Tensor left = at(low);
  return left + (at(high) - left) * weight;
}

}  // namespace

void fields(Fields& f, PermuteOptions& o) { f("dims", o.dims); }

Permute::Permute(PermuteOptions options) : Layer(std::move(options)) {
  std::vector<std::int64_t> sorted = options_.dims;
  std::ranges::sort(sorted);
  bool fits = !sorted.empty();
  for (std::size_t i = 0; i < sorted.size(); ++i)
    fits = fits && sorted[i] == static_cast<std::int64_t>(i) + 1;
  if (!fits)
    throw ValueError("permute", fmt::format("dims are the axes behind the batch, counted from 1, "
                                            "each once; got ({})",
                                            fmt::join(options_.dims, ", ")));
}

Value Permute::forward(const Value& x) {
  if (static_cast<std::size_t>(x.rank()) != options_.dims.size() + 1)
    throw ShapeError("permute", fmt::format("dims ({}) do not fit an input {}",
                                            fmt::join(options_.dims, ", "), to_string(x.shape())));
  std::vector<int> axes{0};
  for (const std::int64_t axis : options_.dims) axes.push_back(static_cast<int>(axis));
  return x.permute(axes);
}

void fields(Fields& f, RepeatVectorOptions& o) { f("n", o.n); }

RepeatVector::RepeatVector(std::int64_t n) : RepeatVector(RepeatVectorOptions{.n = n}) {}

RepeatVector::RepeatVector(RepeatVectorOptions options) : Layer(std::move(options)) {
  if (options_.n < 1)
    throw ValueError("repeat_vector", fmt::format("n must be at least 1, got {}", options_.n));
}

Value RepeatVector::forward(const Value& x) {
  if (x.rank() != 2)
    throw ShapeError("repeat_vector", "needs (batch, features), got shape " + to_string(x.shape()));
  return repeat(x.unsqueeze(1), options_.n, 1);
}

void fields(Fields& f, Cropping1DOptions& o) { f("cropping", o.cropping); }

Cropping1D::Cropping1D(Cropping1DOptions options) : Layer(std::move(options)) {
  check_margin("cropping1d", "cropping", options_.cropping);
}

Value Cropping1D::forward(const Value& x) {
  detail::check_image("cropping1d", x, 1);
  const Tensor y = cropped("cropping1d", x, 1, options_.cropping);
  if (!x.mask.defined()) return y;
  return Value::masked(y, cropped("cropping1d", x.mask, 1, options_.cropping));
}

void fields(Fields& f, Cropping2DOptions& o) {
  f("cropping", o.cropping), f("data_format", o.data_format);
}

Cropping2D::Cropping2D(Cropping2DOptions options) : Layer(std::move(options)) {
  check_margin("cropping2d", "cropping", options_.cropping.height);
  check_margin("cropping2d", "cropping", options_.cropping.width);
  detail::is_channels_first("cropping2d", options_.data_format);
}

Value Cropping2D::forward(const Value& x) {
  detail::check_image("cropping2d", x, 2);
  const int axis = first_axis(options_.data_format);
  return cropped("cropping2d", cropped("cropping2d", x, axis, options_.cropping.height), axis + 1,
                 options_.cropping.width);
}

void fields(Fields& f, ZeroPadding1DOptions& o) {
  f("padding", o.padding), f("data_format", o.data_format);
}

ZeroPadding1D::ZeroPadding1D(ZeroPadding1DOptions options) : Layer(std::move(options)) {
  check_margin("zero_padding1d", "padding", options_.padding);
  detail::is_channels_first("zero_padding1d", options_.data_format);
}

Value ZeroPadding1D::forward(const Value& x) {
  detail::check_image("zero_padding1d", x, 1);
  return padded(x, first_axis(options_.data_format), {options_.padding});
}

void fields(Fields& f, ZeroPadding2DOptions& o) {
  f("padding", o.padding), f("data_format", o.data_format);
}

ZeroPadding2D::ZeroPadding2D(ZeroPadding2DOptions options) : Layer(std::move(options)) {
  check_margin("zero_padding2d", "padding", options_.padding.height);
  check_margin("zero_padding2d", "padding", options_.padding.width);
  detail::is_channels_first("zero_padding2d", options_.data_format);
}

Value ZeroPadding2D::forward(const Value& x) {
  detail::check_image("zero_padding2d", x, 2);
  return padded(x, first_axis(options_.data_format),
                {options_.padding.height, options_.padding.width});
}

void fields(Fields& f, UpSampling1DOptions& o) { f("size", o.size); }

UpSampling1D::UpSampling1D(UpSampling1DOptions options) : Layer(std::move(options)) {
  if (options_.size < 1)
    throw ValueError("up_sampling1d",
                     fmt::format("size must be at least 1, got {}", options_.size));
}

Value UpSampling1D::forward(const Value& x) {
  detail::check_image("up_sampling1d", x, 1);
  return repeat(x, options_.size, 1);
}

void fields(Fields& f, UpSampling2DOptions& o) {
  f("size", o.size), f("data_format", o.data_format), f("interpolation", o.interpolation);
}

UpSampling2D::UpSampling2D(UpSampling2DOptions options) : Layer(std::move(options)) {
  if (options_.size.height < 1 || options_.size.width < 1)
    throw ValueError("up_sampling2d", fmt::format("size must be at least 1, got ({}, {})",
                                                  options_.size.height, options_.size.width));
  detail::is_channels_first("up_sampling2d", options_.data_format);
  if (options_.interpolation != "nearest" && options_.interpolation != "bilinear")
    throw ValueError("up_sampling2d", fmt::format("interpolation must be nearest or bilinear, got "
                                                  "'{}'",
                                                  options_.interpolation));
}

Value UpSampling2D::forward(const Value& x) {
  detail::check_image("up_sampling2d", x, 2);
  const int axis = first_axis(options_.data_format);
  if (options_.interpolation == "bilinear")
    return stretched(stretched(x, axis, options_.size.height), axis + 1, options_.size.width);
  return repeat(repeat(x, options_.size.height, axis), options_.size.width, axis + 1);
}

}  // namespace carousel::nn
