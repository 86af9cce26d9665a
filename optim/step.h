// What a rule sees of one step: a parameter's element, its gradient, its slots, and the scalars.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <carousel/optim/host_number.h>
#include <carousel/optim/value.h>
#include <carousel/tensor/dispatch.h>

namespace carousel::optim {

using Update = carousel::detail::OptimizerUpdate;

namespace detail {

// What an optimizer keeps for each parameter, all of it in one order.
struct Slot {
  std::string name;
  double start = 0;
  bool starts_as_parameter = false;
};

// What it keeps for each group of parameters.
struct GroupNumber {
  std::string name;
  double start;
  HostNumber<double> value;
};

}  // namespace detail

class Step {
 public:
  static constexpr std::size_t kSlots = std::tuple_size_v<decltype(Update::slots)>;

  // `find`: slots and numbers that are new are added, and nothing runs; else they are errors.
  Step(std::vector<detail::Slot>& slots, std::vector<detail::GroupNumber>& numbers, bool find);
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  // Of this step and group; steps count from 1.
  double learning_rate = 0, weight_decay = 0;
  std::int64_t t = 1;

  // The parameter and its gradient. What w is when the rule ends is the new parameter.
  Value w, g;
  // A value that is kept for the next step and in checkpoints, at first `start`. Assign to it. At
  // most six with those of the averages; ValueError for more.
  Value& slot(std::string_view name, double start = 0);
  // At first a copy of the parameter.
  Value& slot_like_parameter(std::string_view name);
  // A plain number of the group that is kept, too.
  detail::HostNumber<double>& number(std::string_view name, double start);

  // For rules that need more than arithmetic on single elements: runs what has been recorded for
  // these parameters, then begins anew.
  void run(std::span<const Update> updates);
  // The slot's tensor. Undefined where the parameter has none.
  static const Tensor& tensor(const Update& update, std::size_t slot) { return update.slots[slot]; }
  std::size_t index_of(std::string_view name, double start = 0, bool like_parameter = false);

 private:
  void reset();

  std::vector<detail::Slot>& slots_;
  std::vector<detail::GroupNumber>& numbers_;
  bool find_;
  Recorder recorder_;
  std::array<Value, kSlots> values_;
};

}  // namespace carousel::optim
