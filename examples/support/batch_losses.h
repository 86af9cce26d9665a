// Every batch's own loss, while a model is fitted.
#pragma once

#include <carousel/nn/train/callback.h>

#include <cstdint>
#include <vector>

namespace carousel::examples {

// fit() tells the mean over an epoch's batches so far; this takes the batches apart again.
class BatchLosses : public nn::Callback {
 public:
  explicit BatchLosses(std::int64_t batch_size) : batch_size_(batch_size) {}

  void on_batch_end(nn::FitState& fit, std::int64_t batch, const nn::Logs& logs) override;
  // In order, over all epochs.
  const std::vector<double>& values() const { return values_; }

 private:
  std::int64_t batch_size_;
  double sum_ = 0;  // of the epoch's losses so far, each row counted
  std::vector<double> values_;
};

}  // namespace carousel::examples
