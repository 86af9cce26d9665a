// How the learning rate goes on while training.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <carousel/optim/plateau.h>
#include <carousel/tensor/named_tensor.h>

namespace carousel::optim {

// Asked before each step, told the monitored value after each epoch.
class Schedule {
 public:
  virtual ~Schedule() = default;
  // The rate for this step; the first is 0.
  virtual double at(std::int64_t step) const = 0;
  // val_loss after an epoch, or loss where nothing is validated.
  virtual void observe(double value);
  // What a checkpoint must hold, in CPU tensors; the state after `observe`.
  virtual std::vector<NamedTensor> state() const;
  virtual std::unique_ptr<Schedule> clone() const = 0;
};

// A schedule whose rate depends on the step alone, from its options:
//
//   struct HalvingOptions {
//     double initial_learning_rate = 0.1;
//     static constexpr const char* kName = "Halving";
//     void check() const {}
//     double at(std::int64_t step) const { return initial_learning_rate / (1 << (step / 100)); }
//   };
//   using Halving = optim::StepSchedule<HalvingOptions>;
template <class OptionsOfSchedule>
class StepSchedule final : public Schedule {
 public:
  using Options = OptionsOfSchedule;
  // ValueError: what Options::check says.
  explicit StepSchedule(const Options& options) : options_(options) { options_.check(); }
  double at(std::int64_t step) const override { return options_.at(step); }
  std::unique_ptr<Schedule> clone() const override { return std::make_unique<StepSchedule>(*this); }

 private:
  Options options_;
};

struct ReduceOnPlateauOptions {
  double initial_learning_rate = 1e-3;
  double factor = 0.1;
  std::int64_t patience = 10;
  std::string mode = "min";
  double min_delta = 1e-4;
  std::int64_t cooldown = 0;
  double min_lr = 0;
};

// The rate is multiplied by `factor`, down to min_lr, whenever `patience` epochs in a row have not
// improved the monitored value. As a callback: nn::ReduceLROnPlateau.
class ReduceOnPlateau final : public Schedule {
 public:
  using Options = ReduceOnPlateauOptions;
  // ValueError: a rate that is not positive and finite, and what Plateau says.
  explicit ReduceOnPlateau(const Options& options);
  double at(std::int64_t step) const override;
  void observe(double value) override;
  std::vector<NamedTensor> state() const override;
  std::unique_ptr<Schedule> clone() const override;

 private:
  Options options_;
  Plateau plateau_;
  detail::HostNumber<double> rate_;
};

// A fixed rate or a schedule; implicit from both.
class LearningRate {
 public:
  LearningRate(double value) : value_(value) {}                            // NOLINT
  LearningRate(const Schedule& schedule) : schedule_(schedule.clone()) {}  // NOLINT
  // NaN where there is a schedule.
  double value() const { return value_; }
  // Null where the rate is fixed.
  const Schedule* schedule() const { return schedule_.get(); }
  double at(std::int64_t step) const { return schedule_ ? schedule_->at(step) : value_; }

 private:
  double value_ = std::numeric_limits<double>::quiet_NaN();
  std::shared_ptr<const Schedule> schedule_;
};

}  // namespace carousel::optim
