// Running means of loss and metrics over an epoch.
#pragma once

#include <vector>

#include <carousel/nn/losses.h>
#include <carousel/nn/metrics.h>
#include <carousel/nn/train/logs.h>

namespace carousel::nn::detail {

// Sums a batch's numbers on its device, reads them back at once, and adds them up in f64.
class Meter {
 public:
  Meter() = default;
  explicit Meter(const std::vector<Metric>& metrics);

  void reset();
  // `loss` is the batch's mean. One read-back.
  void add(const std::vector<Metric>& metrics, const Tensor& loss, const Value& prediction,
           const Tensor& target);
  // Into "<prefix>loss" and "<prefix><metric>". NaN where nothing was added.
  void write(const std::vector<Metric>& metrics, Logs& logs, const char* prefix) const;
  // The sums, f64 on the CPU: loss times rows, rows, positions, each metric's total.
  const Tensor& totals() const { return totals_; }

 private:
  void gather(std::size_t slot, const Tensor& value);
  void read();

  Tensor totals_;
  Tensor sums_;               // of a batch, on its device: loss, metrics, unmasked positions
  std::vector<double> host_;  // the same, read back
  std::vector<float> narrow_;
};

}  // namespace carousel::nn::detail
