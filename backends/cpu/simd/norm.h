// Normalisations: over a dense row, or over the columns of a block of rows.
#pragma once

#include <cstdint>

#include <carousel/backends/cpu/level.h>

namespace carousel::cpu {

struct NormFunctions {
  // y = (x - mean) rdev scale + offset over n elements; scale and offset may be null. Without
  // `centred` the mean is taken for 0. Writes mean and rdev = 1 / sqrt(variance + epsilon).
  void (*row)(const void* x, const void* scale, const void* offset, std::int64_t n, double epsilon,
              bool centred, void* y, void* mean, void* rdev);
  // dx of that, and dy xhat and dy added to dscale and doffset, where these aren't null.
  void (*row_grad)(const void* x, const void* scale, const void* dy, std::int64_t n,
                   const void* mean, const void* rdev, bool centred, void* dx, void* dscale,
                   void* doffset);
  // Of dense (rows, cols): sums[c] = the sum of x, or of (x - mean)^2 where mean isn't null.
  void (*column_sums)(const void* x, const void* mean, std::int64_t rows, std::int64_t cols,
                      void* sums);
  // y = (x - mean) slope + offset; offset may be null.
  void (*column_map)(const void* x, const void* mean, const void* slope, const void* offset,
                     std::int64_t rows, std::int64_t cols, void* y);
  // The sums of dy xhat and of dy, xhat being (x - mean) rdev.
  void (*column_grad_sums)(const void* x, const void* dy, const void* mean, const void* rdev,
                           std::int64_t rows, std::int64_t cols, void* dscale, void* doffset);
  // dx = slope (gain dy - a - (x - mean) b), each one number a column; gain may be null. What
  // cancels is subtracted before slope is multiplied, so equal dy give 0.
  void (*column_grad_map)(const void* x, const void* dy, const void* mean, const void* gain,
                          const void* slope, const void* a, const void* b, std::int64_t rows,
                          std::int64_t cols, void* dx);
};

struct NormTable {
  NormFunctions f32, f64;
};

CAROUSEL_SIMD_DECLARE(NormTable, norm_table)

}  // namespace carousel::cpu
