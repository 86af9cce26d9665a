// A time series made ready for a recurrent network.
#pragma once

#include <carousel/tensor/tensor.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace carousel::data {

// Windows over a series, and what follows each.
struct Sequences {
  Tensor x;  // (samples, window, features)
  Tensor y;  // (samples, features)
};

// Sample i has the values i .. i + window - 1 as x and value i + window as y, so a series of n
// values gives n - window samples. ValueError if window < 1 or the series is too short for one.
Sequences create_sequences(std::span<const double> series, std::int64_t window, DType dtype = f32);
// Of a floating tensor (n,) or (n, features); the dtype stays.
Sequences create_sequences(const Tensor& series, std::int64_t window);

struct SeriesSplit {
  std::vector<double> train, test;
};
// The last `fraction` of the values, rounded up to whole values, is the test part: the past trains,
// the future tests. ValueError unless both parts get something.
SeriesSplit train_test_split_tail(std::span<const double> series, double fraction);

// What scalers share: value -> value * scale + shift, a scale and shift per column, computed in
// f64. Data is (n,) or (n, features), on the host; a result has the dtype of its input.
// fit: ValueError for no rows, or a value that is not finite (it says where). transform and
// inverse_transform: ValueError before fit, ShapeError for another number of columns.
class ColumnScaler {
 public:
  virtual ~ColumnScaler() = default;

  void fit(const Tensor& x);
  Tensor transform(const Tensor& x) const;
  Tensor fit_transform(const Tensor& x);
  Tensor inverse_transform(const Tensor& x) const;

  // One column.
  void fit(std::span<const double> x);
  std::vector<double> transform(std::span<const double> x) const;
  std::vector<double> fit_transform(std::span<const double> x);
  std::vector<double> inverse_transform(std::span<const double> x) const;

  // Per column; empty before fit.
  const std::vector<double>& scale() const { return scale_; }
  const std::vector<double>& shift() const { return shift_; }
  // Takes what scale() and shift() gave, as if fitted; ValueError if they differ in length.
  void restore(std::vector<double> scale, std::vector<double> shift);

 protected:
  struct Affine {
    double scale, shift;
  };
  explicit ColumnScaler(const char* name) : name_(name) {}
  ColumnScaler(const ColumnScaler&) = default;
  ColumnScaler& operator=(const ColumnScaler&) = default;

 private:
  // The map of one column: n values, `stride` apart.
  virtual Affine fit_column(const double* x, std::int64_t n, std::int64_t stride) const = 0;
  void fit_matrix(const std::vector<double>& x, std::int64_t columns);
  void apply(std::vector<double>& x, std::int64_t columns, bool inverse) const;

  const char* name_;
  std::vector<double> scale_, shift_;
};

struct MinMaxScalerOptions {
  std::array<double, 2> feature_range = {0.0, 1.0};
};

// Smallest value to feature_range[0], largest to feature_range[1]; a constant column to
// feature_range[0], as scikit-learn does. ValueError for an empty range.
class MinMaxScaler final : public ColumnScaler {
 public:
  using Options = MinMaxScalerOptions;
  explicit MinMaxScaler(const Options& options = {});

 private:
  Affine fit_column(const double* x, std::int64_t n, std::int64_t stride) const override;
  Options options_;
};

// To mean 0 and (population) standard deviation 1; a constant column to 0, as scikit-learn does.
class StandardScaler final : public ColumnScaler {
 public:
  StandardScaler() : ColumnScaler("StandardScaler") {}

 private:
  Affine fit_column(const double* x, std::int64_t n, std::int64_t stride) const override;
};

}  // namespace carousel::data
