// What all optimizers share: parameters, slots, the step counter, the learning rate, clipping.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <carousel/optim/schedule.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/named_tensor.h>

namespace carousel::optim {

using Update = carousel::detail::OptimizerUpdate;

// The options that every optimizer has. At most one of the clips; they act on the gradients of a
// step in place (optim/clip.h). weight_decay is decoupled: w -= learning_rate * weight_decay * w.
struct CommonOptions {
  LearningRate learning_rate = 1e-3;
  std::optional<double> weight_decay, clipnorm, clipvalue, global_clipnorm;
};

// Changes parameters by their gradients. Neither copyable nor movable: fresh() makes another one.
//
//   optim::Adam adam{{.learning_rate = 1e-2}};
//   adam.bind(model.named_parameters());
//   ... loss.backward(); adam.step(); adam.zero_grad();
class Optimizer {
 public:
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;
  virtual ~Optimizer() = default;

  const char* name() const { return name_; }
  // Another optimizer of the same options, at its beginning and bound to nothing.
  virtual std::unique_ptr<Optimizer> fresh() const = 0;

  // Takes the parameters to update and makes their slots, zeros. Bound again: names and shapes must
  // be as before (ValueError); slots are kept, and moved to the parameters' devices.
  // ValueError for no parameters or one given twice, GraphError for one that wants no gradient.
  void bind(std::span<const NamedTensor> parameters);
  // Named "0", "1", ...
  void bind(std::span<const Tensor> parameters);
  bool bound() const { return !parameters_.empty(); }

  // One update from the parameters' grad(); those without are left alone. GraphError if unbound or
  // if no parameter has a gradient; NumericError from clipping.
  void step();
  // Forgets the gradients.
  void zero_grad();

  // Steps taken.
  std::int64_t iterations() const { return iterations_.get(); }
  // Of the next step.
  double learning_rate() const;
  // ValueError: not positive and finite, or a schedule decides.
  void set_learning_rate(double value);
  // Null where the rate is fixed.
  Schedule* schedule() { return schedule_.get(); }

  // What a checkpoint must hold: "iterations", "learning_rate" or "schedule/...", and
  // "<slot>/<parameter>" for each slot. Writing into these tensors restores.
  std::vector<NamedTensor> state() const;

 protected:
  // `slots`: names, at most three, in the order of `Update::slots`; null for one that is not used.
  // ValueError for bad options.
  Optimizer(const char* name, const CommonOptions& common,
            std::initializer_list<const char*> slots);
  const CommonOptions& common() const { return common_; }
  double weight_decay() const { return common_.weight_decay.value_or(0); }
  // The rule itself; `step` begins at 1. Gradients have been clipped. Writes into parameters and
  // slots, by detail::run_optimizer or under NoGrad.
  virtual void update(std::span<const Update> updates, double learning_rate, std::int64_t step) = 0;

 private:
  void clip();
  void make_slots();
  void check_rebound(std::span<const NamedTensor> parameters) const;

  const char* name_;
  CommonOptions common_;
  std::vector<const char*> slot_names_;
  std::unique_ptr<Schedule> schedule_;
  detail::HostNumber<double> learning_rate_;
  detail::HostNumber<std::int64_t> iterations_;
  std::vector<std::string> names_;
  std::vector<Tensor> parameters_;
  std::vector<std::array<Tensor, 3>> slots_;
  std::vector<Update> updates_;  // of the step being made
};

}  // namespace carousel::optim
