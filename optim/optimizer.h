// What all optimizers share: parameters, slots, groups, the step counter, the learning rate,
// clipping, accumulation and averages.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <carousel/optim/closure.h>
#include <carousel/optim/options.h>
#include <carousel/optim/step.h>
#include <carousel/tensor/named_tensor.h>

namespace carousel::optim {

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
  // Another optimizer of the same options and groups, at its beginning and bound to nothing.
  std::unique_ptr<Optimizer> fresh() const;

  // Before bind() (GraphError). ValueError: a multiplier or decay that is negative or not finite,
  // an empty match.
  virtual void add_group(const ParameterGroup& group);

  // Takes the parameters to update and makes their slots. Bound again: names and shapes must be as
  // before (ValueError); slots are kept, and moved to the parameters' devices.
  // ValueError for no parameters, one given twice or a group that matches none, GraphError for one
  // that wants no gradient.
  void bind(std::span<const NamedTensor> parameters);
  // Named "0", "1", ...
  void bind(std::span<const Tensor> parameters);
  bool bound() const { return !parameters_.empty(); }

  // One update from the parameters' grad(); those without are left alone. GraphError if unbound or
  // if no parameter has a gradient; NumericError from clipping.
  virtual void step();
  // Runs the closure, which says the loss and leaves gradients, then one update; torch::LBFGS runs
  // it several times. Returns the (first) loss.
  virtual Tensor step(Closure closure);
  // Forgets the gradients.
  void zero_grad();
  // What backward() should start from: loss * loss_scale_factor, or the loss itself.
  Tensor scale_loss(const Tensor& loss) const;
  // Puts the averages of use_ema into the parameters; fit() does it at its end.
  void finalize();

  // Calls of step(), also those that only accumulated.
  std::int64_t iterations() const { return iterations_.get(); }
  // Of the next step.
  double learning_rate() const;
  // ValueError: not positive and finite, or a schedule decides.
  void set_learning_rate(double value);
  // Null where the rate is fixed.
  Schedule* schedule() { return schedule_.get(); }

  // What a checkpoint must hold: "iterations", "learning_rate" or "schedule/...",
  // "<slot>/<parameter>" for each slot, numbers of the groups. Writing into these restores.
  virtual std::vector<NamedTensor> state() const;

 protected:
  // ValueError for bad options.
  Optimizer(const char* name, const CommonOptions& common);
  const CommonOptions& common() const { return common_; }
  // The same options, no groups.
  virtual std::unique_ptr<Optimizer> again() const = 0;

  // One step of some parameters: reads gradients, which are clipped and dense, writes parameters
  // and slots. Most record arithmetic on `s` and let the caller run it; those that need more call
  // s.run(updates), then work on tensors. Called once without updates, to find the slots.
  virtual void update(Step& s, std::span<const Update> updates) = 0;
  // A slot at its beginning; undefined where this parameter has none.
  virtual Tensor make_slot(const detail::Slot& slot, const NamedTensor& parameter) const;
  // For what is bound: errors that a rule has with a parameter.
  virtual void check_parameters(std::span<const NamedTensor> parameters) const;
  // Parameters and slots are there, or have moved to another device.
  virtual void after_bind() {}

  const std::vector<Tensor>& parameters() const { return parameters_; }
  void count_step() { iterations_.set(iterations() + 1); }

 private:
  struct Group {
    double learning_rate_multiplier = 1, weight_decay = 0;
    std::vector<std::size_t> parameters;
    std::vector<detail::GroupNumber> numbers;
  };

  void check_rebound(std::span<const NamedTensor> parameters) const;
  void make_groups(std::span<const NamedTensor> parameters);
  void make_slots(std::span<const NamedTensor> parameters);
  void move_slots();
  void clip();
  // Which update this is, from 1; steps that only accumulate don't count.
  std::int64_t update_number() const;
  // False while gradients are only gathered.
  bool accumulate();
  void step_group(Group& group, bool updates_parameters);
  void prepare(Step& s, const Group& group) const;
  void average(Step& s);
  bool overwrites_by_average() const;
  Update update_of(std::size_t parameter, bool with_gradient) const;

  const char* name_;
  CommonOptions common_;
  std::vector<ParameterGroup> wanted_groups_;
  std::unique_ptr<Schedule> schedule_;
  detail::HostNumber<double> learning_rate_;
  detail::HostNumber<std::int64_t> iterations_;
  std::vector<std::string> names_;
  std::vector<Tensor> parameters_;
  std::vector<Group> groups_;
  std::vector<detail::Slot> slot_kinds_;
  std::vector<std::array<Tensor, Step::kSlots>> slots_;  // of each parameter
  std::vector<Update> updates_, others_;                 // of the step being made
};

}  // namespace carousel::optim
