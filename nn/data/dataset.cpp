#include <carousel/nn/data/dataset.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops/random.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace carousel::data {
namespace {

constexpr std::uint64_t kShuffleStream = 0x5348554646'4c45;  // "SHUFFLE"

Tensors part(const Tensors& list, std::int64_t begin, std::int64_t end) {
  Tensors rows;
  for (const Tensor& x : list)
    rows.push_back(carousel::detail::view_slice(x, 0, begin, end - begin, 1));
  return rows;
}

Tensors selected(const Tensors& list, const Tensor& index) {
  Tensors rows;
  for (const Tensor& x : list)
    rows.push_back(carousel::detail::run_index_select(x, 0, index, "batch"));
  return rows;
}

// "x", or "x[1]" where there are several.
std::string label(const char* name, const Tensors& list, std::size_t i) {
  return list.size() == 1 ? name : fmt::format("{}[{}]", name, i);
}

// All of a list have as many rows as the first input.
void check_rows(const char* op, const Tensors& x, const char* name, const Tensors& list) {
  for (std::size_t i = 0; i < list.size(); ++i)
    if (list[i].rank() == 0 || list[i].dim(0) != x[0].dim(0))
      throw ShapeError(op, fmt::format("{0} and {1} differ in rows: {0} {2}, {1} {3}",
                                       label("x", x, 0), label(name, list, i),
                                       to_string(x[0].shape()), to_string(list[i].shape())));
}

}  // namespace

Dataset::Dataset(Tensors x, Tensors y, const char* op) : x_(std::move(x)), y_(std::move(y)) {
  if (!x_.defined()) throw ValueError(op, "x must be given");
  if (x_[0].rank() == 0) throw ShapeError(op, "x has no axis of samples: shape ()");
  check_rows(op, x_, "x", x_);
  check_rows(op, x_, "y", y_);
}

Dataset Dataset::weighted(const Tensor& sample_weight, const char* op) const {
  if (sample_weight.defined()) check_rows(op, x_, "sample_weight", Tensors{sample_weight});
  Dataset same = *this;
  same.sample_weight_ = sample_weight;
  return same;
}

Dataset Dataset::rows(std::int64_t begin, std::int64_t end) const {
  Dataset rows;
  rows.x_ = part(x_, begin, end), rows.y_ = part(y_, begin, end);
  if (sample_weight_.defined())
    rows.sample_weight_ = carousel::detail::view_slice(sample_weight_, 0, begin, end - begin, 1);
  return rows;
}

Batch Dataset::take(const Tensor& index) const {
  Batch batch{selected(x_, index), selected(y_, index)};
  if (sample_weight_.defined())
    batch.sample_weight = carousel::detail::run_index_select(sample_weight_, 0, index, "batch");
  return batch;
}

BatchWalker::BatchWalker(Dataset dataset, std::int64_t batch_size, const char* op)
    : dataset_(std::move(dataset)), batch_size_(batch_size) {
  if (batch_size < 1)
    throw ValueError(op, fmt::format("batch_size must be positive, got {}", batch_size));
  if (dataset_.rows() == 0)
    throw ValueError(op, fmt::format("there is no data: x {}", to_string(dataset_.x()[0].shape())));
}

void BatchWalker::keep_order() { order_ = {}; }

void BatchWalker::shuffle(std::uint64_t seed, std::uint64_t round) {
  const NoGrad guard;
  Generator generator{seed, kShuffleStream + round, 0};
  order_ = permutation(dataset_.rows(), generator, dataset_.x()[0].device());
}

std::int64_t BatchWalker::batches() const {
  return (dataset_.rows() + batch_size_ - 1) / batch_size_;
}

Batch BatchWalker::batch(std::int64_t i) const {
  const std::int64_t begin = i * batch_size_;
  const std::int64_t end = std::min(begin + batch_size_, dataset_.rows());
  if (order_.defined()) return dataset_.take(part(order_, begin, end)[0]);
  const Dataset rows = dataset_.rows(begin, end);
  return {rows.x(), rows.y(), rows.sample_weight()};
}

}  // namespace carousel::data
