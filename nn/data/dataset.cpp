#include <carousel/nn/data/dataset.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops/random.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>
#include <fmt/format.h>

#include <algorithm>

namespace carousel::data {
namespace {

constexpr std::uint64_t kShuffleStream = 0x5348554646'4c45;  // "SHUFFLE"

Tensor part(const Tensor& x, std::int64_t begin, std::int64_t end) {
  return x.defined() ? carousel::detail::view_slice(x, 0, begin, end - begin, 1) : x;
}

}  // namespace

Dataset::Dataset(Tensor x, Tensor y, const char* op) : x_(std::move(x)), y_(std::move(y)) {
  if (x_.rank() == 0) throw ShapeError(op, "x has no axis of samples: shape ()");
  if (!y_.defined()) return;
  if (y_.rank() == 0 || y_.dim(0) != x_.dim(0))
    throw ShapeError(op, fmt::format("x and y differ in rows: x {}, y {}", to_string(x_.shape()),
                                     to_string(y_.shape())));
}

Dataset Dataset::rows(std::int64_t begin, std::int64_t end) const {
  return {part(x_, begin, end), part(y_, begin, end)};
}

Batch Dataset::take(const Tensor& index) const {
  Batch batch{carousel::detail::run_index_select(x_, 0, index, "batch"), {}};
  if (y_.defined()) batch.y = carousel::detail::run_index_select(y_, 0, index, "batch");
  return batch;
}

BatchWalker::BatchWalker(Dataset dataset, std::int64_t batch_size, const char* op)
    : dataset_(std::move(dataset)), batch_size_(batch_size) {
  if (batch_size < 1)
    throw ValueError(op, fmt::format("batch_size must be positive, got {}", batch_size));
  if (dataset_.rows() == 0)
    throw ValueError(op, fmt::format("there is no data: x {}", to_string(dataset_.x().shape())));
}

void BatchWalker::keep_order() { order_ = {}; }

void BatchWalker::shuffle(std::uint64_t seed, std::uint64_t round) {
  const NoGrad guard;
  Generator generator{seed, kShuffleStream + round, 0};
  order_ = permutation(dataset_.rows(), generator, dataset_.x().device());
}

std::int64_t BatchWalker::batches() const {
  return (dataset_.rows() + batch_size_ - 1) / batch_size_;
}

Batch BatchWalker::batch(std::int64_t i) const {
  const std::int64_t begin = i * batch_size_;
  const std::int64_t end = std::min(begin + batch_size_, dataset_.rows());
  if (order_.defined()) return dataset_.take(part(order_, begin, end));
  const Dataset rows = dataset_.rows(begin, end);
  return {rows.x(), rows.y()};
}

}  // namespace carousel::data
