// The weights of rows in training; for the library's own use.
#pragma once

#include <cstdint>
#include <map>

#include <carousel/nn/data/dataset.h>

namespace carousel::nn::detail {

// What fit() and train_on_batch() take for the rows' weights. The weights of classes stay on the
// targets' device from one batch to the next.
class RowWeights {
 public:
  // sample_weight, or a weight for each row by its class: (rows,), f32; 1 for classes that are not
  // named. Undefined where neither is given. ValueError: both are, several outputs, a weight that
  // is negative or not finite, targets that are no classes, a class below 0, beyond the columns of
  // one-hot targets, or, if these are all rows and no batch of them, beyond the largest.
  // ShapeError: targets of more than two axes beside class_weight.
  Tensor of(const data::Dataset& rows, const Tensor& sample_weight,
            const std::map<std::int64_t, double>& class_weight, const char* op, bool all_rows);

 private:
  void keep(const std::map<std::int64_t, double>& class_weight, Device device);

  std::map<std::int64_t, double> kept_;
  Tensor classes_, weights_;  // ascending; theirs and, last, that of all others
};

}  // namespace carousel::nn::detail
