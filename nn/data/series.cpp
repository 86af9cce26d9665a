#include <carousel/nn/data/series.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace carousel::data {
namespace {

template <class T>
std::vector<double> widened(const Tensor& x) {
  const std::vector<T> values = x.to_vector<T>();
  return {values.begin(), values.end()};
}

std::vector<double> to_doubles(const Tensor& x, const char* op) {
  if (x.dtype() == f64) return x.to_vector<double>();
  if (x.dtype() == f32) return widened<float>(x);
  throw DTypeError(op, fmt::format("data must be f32 or f64: it is {}", to_string(x.dtype())));
}

template <class T>
void narrow_into(void* out, std::span<const double> values) {
  T* to = static_cast<T*>(out);
  for (const double value : values) *to++ = static_cast<T>(value);
}

Tensor to_tensor(std::span<const double> values, const Shape& shape, DType dtype) {
  Tensor out;
  void* memory = detail::make_host(out, shape, dtype);
  if (dtype == f64)
    narrow_into<double>(memory, values);
  else
    narrow_into<float>(memory, values);
  return out;
}

// Columns of (n,) or (n, features).
std::int64_t columns_of(const Tensor& x, const char* op) {
  if (x.rank() == 1) return 1;
  if (x.rank() == 2) return x.dim(1);
  throw ShapeError(
      op, fmt::format("data must be (n,) or (n, features): it is {}", to_string(x.shape())));
}

Sequences make_sequences(std::span<const double> series, std::int64_t features, std::int64_t window,
                         DType dtype) {
  const std::int64_t length =
      features == 0 ? 0 : static_cast<std::int64_t>(series.size()) / features;
  if (window < 1)
    throw ValueError("create_sequences", fmt::format("window is {}; it must be positive", window));
  if (length <= window)
    throw ValueError("create_sequences",
                     fmt::format("a window of {} needs a series of at least {} values; this one "
                                 "has {}",
                                 window, window + 1, length));
  const std::int64_t samples = length - window;
  std::vector<double> x;
  x.reserve(static_cast<std::size_t>(checked_mul(samples * features, window)));
  for (std::int64_t i = 0; i < samples; ++i) {
    const auto first = series.begin() + i * features;
    x.insert(x.end(), first, first + window * features);
  }
  const auto targets = series.subspan(static_cast<std::size_t>(window * features));
  return {to_tensor(x, {samples, window, features}, dtype),
          to_tensor(targets, {samples, features}, dtype)};
}

}  // namespace

Sequences create_sequences(std::span<const double> series, std::int64_t window, DType dtype) {
  if (!is_floating(dtype))
    throw DTypeError("create_sequences",
                     fmt::format("data must be f32 or f64: it is {}", to_string(dtype)));
  return make_sequences(series, 1, window, dtype);
}

Sequences create_sequences(const Tensor& series, std::int64_t window) {
  const std::int64_t features = columns_of(series, "create_sequences");
  return make_sequences(to_doubles(series, "create_sequences"), features, window, series.dtype());
}

SeriesSplit train_test_split_tail(std::span<const double> series, double fraction) {
  const auto n = static_cast<double>(series.size());
  const double test = std::ceil(n * fraction);
  if (!(fraction > 0.0 && fraction < 1.0 && test >= 1.0 && test < n))
    throw ValueError("train_test_split_tail",
                     fmt::format("a fraction of {} leaves no train or no test part of {} values",
                                 fraction, series.size()));
  const auto cut = series.begin() + static_cast<std::ptrdiff_t>(n - test);
  return {{series.begin(), cut}, {cut, series.end()}};
}

void ColumnScaler::fit_matrix(const std::vector<double>& x, std::int64_t columns) {
  const std::int64_t rows = columns == 0 ? 0 : static_cast<std::int64_t>(x.size()) / columns;
  if (rows == 0) throw ValueError(name_, "there is nothing to fit: the data is empty");
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!std::isfinite(x[i]))
      throw ValueError(name_, fmt::format("the value in row {}, column {} is {}",
                                          static_cast<std::int64_t>(i) / columns,
                                          static_cast<std::int64_t>(i) % columns, x[i]));
  std::vector<double> scale, shift;
  for (std::int64_t c = 0; c < columns; ++c) {
    const Affine map = fit_column(x.data() + c, rows, columns);
    scale.push_back(map.scale);
    shift.push_back(map.shift);
  }
  restore(std::move(scale), std::move(shift));
}

void ColumnScaler::restore(std::vector<double> scale, std::vector<double> shift) {
  if (scale.size() != shift.size())
    throw ValueError(name_, fmt::format("{} scales, but {} shifts", scale.size(), shift.size()));
  scale_ = std::move(scale);
  shift_ = std::move(shift);
}

void ColumnScaler::apply(std::vector<double>& x, std::int64_t columns, bool inverse) const {
  if (scale_.empty()) throw ValueError(name_, "it is not fitted; call fit() first");
  const auto fitted = static_cast<std::int64_t>(scale_.size());
  if (columns != fitted)
    throw ShapeError(name_,
                     fmt::format("it was fitted on {} columns; this has {}", fitted, columns));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t c = i % scale_.size();
    x[i] = inverse ? (x[i] - shift_[c]) / scale_[c] : x[i] * scale_[c] + shift_[c];
  }
}

void ColumnScaler::fit(const Tensor& x) {
  const std::int64_t columns = columns_of(x, name_);
  fit_matrix(to_doubles(x, name_), columns);
}

Tensor ColumnScaler::transform(const Tensor& x) const {
  std::vector<double> values = to_doubles(x, name_);
  apply(values, columns_of(x, name_), false);
  return to_tensor(values, x.shape(), x.dtype());
}

Tensor ColumnScaler::fit_transform(const Tensor& x) { return fit(x), transform(x); }

Tensor ColumnScaler::inverse_transform(const Tensor& x) const {
  std::vector<double> values = to_doubles(x, name_);
  apply(values, columns_of(x, name_), true);
  return to_tensor(values, x.shape(), x.dtype());
}

void ColumnScaler::fit(std::span<const double> x) { fit_matrix({x.begin(), x.end()}, 1); }

std::vector<double> ColumnScaler::transform(std::span<const double> x) const {
  std::vector<double> values(x.begin(), x.end());
  apply(values, 1, false);
  return values;
}

std::vector<double> ColumnScaler::fit_transform(std::span<const double> x) {
  return fit(x), transform(x);
}

std::vector<double> ColumnScaler::inverse_transform(std::span<const double> x) const {
  std::vector<double> values(x.begin(), x.end());
  apply(values, 1, true);
  return values;
}

MinMaxScaler::MinMaxScaler(const Options& options)
    : ColumnScaler("MinMaxScaler"), options_(options) {
  const auto [low, high] = options_.feature_range;
  if (!(low < high && std::isfinite(high - low)))
    throw ValueError("MinMaxScaler",
                     fmt::format("feature_range is ({}, {}); it must rise", low, high));
}

ColumnScaler::Affine MinMaxScaler::fit_column(const double* x, std::int64_t n,
                                              std::int64_t stride) const {
  double low = x[0], high = x[0];
  for (std::int64_t i = 1; i < n; ++i) {
    low = std::min(low, x[i * stride]);
    high = std::max(high, x[i * stride]);
  }
  constexpr double kConstant = 10.0 * std::numeric_limits<double>::epsilon();
  const double width = high - low < kConstant ? 1.0 : high - low;
  const double scale = (options_.feature_range[1] - options_.feature_range[0]) / width;
  return {scale, options_.feature_range[0] - low * scale};
}

ColumnScaler::Affine StandardScaler::fit_column(const double* x, std::int64_t n,
                                                std::int64_t stride) const {
  const auto count = static_cast<double>(n);
  double sum = 0.0;
  for (std::int64_t i = 0; i < n; ++i) sum += x[i * stride];
  const double mean = sum / count;
  // Two passes with the correction of Chan, Golub and LeVeque: the residues' own mean is not 0.
  double squares = 0.0, residue = 0.0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double d = x[i * stride] - mean;
    squares += d * d;
    residue += d;
  }
  const double variance = (squares - residue * residue / count) / count;
  constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
  const double rounding = count * mean * kEpsilon;
  const bool constant = variance <= count * kEpsilon * variance + rounding * rounding;
  const double scale = constant ? 1.0 : 1.0 / std::sqrt(variance);
  return {scale, -mean * scale};
}

}  // namespace carousel::data
