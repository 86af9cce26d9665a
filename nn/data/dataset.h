// Rows of inputs and targets, in batches.
#pragma once

#include <cstdint>

#include <carousel/nn/value.h>
#include <carousel/tensor/tensor.h>

namespace carousel::data {

using nn::Tensors;

struct Batch {
  Tensors x, y;
  Tensor sample_weight = {};
};

// Tensors whose first axes are the samples; on whatever device they are. A handle: copies share the
// data.
class Dataset {
 public:
  Dataset() = default;
  // ValueError: x is not given. ShapeError: the tensors differ in rows. y may be empty.
  Dataset(Tensors x, Tensors y, const char* op = "dataset");

  // The same rows with a weight for each, (rows,) or (rows, ...); undefined: none. ShapeError.
  Dataset weighted(const Tensor& sample_weight, const char* op = "dataset") const;

  bool defined() const { return x_.defined(); }
  std::int64_t rows() const { return x_[0].dim(0); }
  const Tensors& x() const { return x_; }
  const Tensors& y() const { return y_; }
  const Tensor& sample_weight() const { return sample_weight_; }
  // The rows [begin, end), without a copy.
  Dataset rows(std::int64_t begin, std::int64_t end) const;
  // These rows; `index` is i64 on the data's device.
  Batch take(const Tensor& index) const;

 private:
  Tensors x_, y_;
  Tensor sample_weight_;
};

// Walks a dataset in batches; the last one may be short. Where it stands is two integers: the round
// that orders the rows (a Philox permutation by seed and round) and the batch.
class BatchWalker {
 public:
  // ValueError: batch_size < 1, no rows.
  BatchWalker(Dataset dataset, std::int64_t batch_size, const char* op = "fit");

  // Rows as they lie, or shuffled for this round.
  void keep_order();
  void shuffle(std::uint64_t seed, std::uint64_t round);
  std::int64_t batches() const;
  // i in [0, batches()).
  Batch batch(std::int64_t i) const;

 private:
  Dataset dataset_;
  std::int64_t batch_size_;
  Tensor order_;  // undefined: as they lie
};

}  // namespace carousel::data
