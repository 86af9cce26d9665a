// Noticing that a monitored value no longer improves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <carousel/optim/host_number.h>
#include <carousel/tensor/named_tensor.h>

namespace carousel::optim {

struct PlateauOptions {
  double factor = 0.1;
  std::int64_t patience = 10;
  std::string mode = "min";  // "max" where larger is better
  double min_delta = 1e-4;
  std::int64_t cooldown = 0;
  double min_lr = 0;
};

// Keras' rule: an epoch counts as better if it beats the best by more than min_delta; after
// `patience` others the rate falls, and `cooldown` epochs are not counted.
class Plateau {
 public:
  // ValueError: factor outside (0, 1), negative counts or rates, a mode other than min and max.
  explicit Plateau(const PlateauOptions& options);
  // The rate after an epoch whose value was this, given the rate so far.
  double next_rate(double value, double rate);
  std::vector<NamedTensor> state() const;

 private:
  bool better(double value) const;
  PlateauOptions options_;
  detail::HostNumber<double> best_;
  detail::HostNumber<std::int64_t> wait_, cooling_;
};

}  // namespace carousel::optim
