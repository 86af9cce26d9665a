// Running means of losses and metrics over an epoch.
#pragma once

#include <string>
#include <vector>

#include <carousel/nn/train/goals.h>
#include <carousel/nn/train/logs.h>

namespace carousel::nn::detail {

// Sums a batch's numbers on its device, reads them back at once, and adds them up in f64.
class Meter {
 public:
  Meter() = default;
  // Its numbers are called "<prefix>loss", "<prefix><metric>"; where there are several outputs,
  // also "<prefix><output>_loss", "<prefix><output>_<metric>".
  explicit Meter(Goals goals, const std::string& prefix = "");

  void reset();
  // One read-back. The weights are for those metrics that take them.
  void add(const BatchLoss& loss, const Values& predictions, const Tensors& targets,
           const Tensor& sample_weight = {});
  // NaN where nothing was added.
  void write(Logs& logs) const;
  // The sums, f64 on the CPU: loss times rows, rows; for each output its loss times rows (where
  // there are several) and each metric's sums. As long as the first batch makes them, where a
  // metric's sums depend on the number of classes; a file may say it before.
  const Tensor& totals() const { return totals_; }
  void expect(std::int64_t numbers);

 private:
  // Where a metric's sums lie among the totals.
  struct Part {
    std::size_t begin, count;  // 0: not known yet
  };
  // Of an output: where its loss is, and its metrics' parts.
  struct Output {
    std::size_t loss;
    std::vector<Part> parts;
  };
  std::size_t lay_out();
  void learn_sizes();
  void make_totals(std::size_t numbers);
  // A batch's number, gathered on the device: where it is to be added, and times how much.
  void gather(std::size_t slot, const Tensor& value);
  void read();
  bool several() const { return goals_.size() > 1; }

  Goals goals_;
  std::vector<Output> outputs_;
  bool open_ = false;               // some size is not known yet
  std::vector<std::string> names_;  // in the order of write()
  Tensor totals_;
  Tensor sums_;               // of a batch, on its device; in the order of the totals
  std::vector<double> host_;  // the same, read back
  std::vector<float> narrow_;
  std::vector<Tensor> batch_;            // each metric's sums
  mutable std::vector<double> numbers_;  // of a metric, for write()
};

}  // namespace carousel::nn::detail
