// How an optimizer takes its parameters: checks, groups, slots.
#include <carousel/optim/check.h>
#include <carousel/optim/optimizer.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace carousel::optim {

void Optimizer::add_group(const ParameterGroup& group) {
  if (bound())
    throw GraphError(name_, "add_group() after bind(): its parameters have their groups");
  if (group.match.empty()) throw ValueError(name_, "a group's match must not be empty");
  detail::check_not_negative(name_, "learning_rate_multiplier", group.learning_rate_multiplier);
  if (group.weight_decay) detail::check_not_negative(name_, "weight_decay", *group.weight_decay);
  wanted_groups_.push_back(group);
}

void Optimizer::check_rebound(std::span<const NamedTensor> parameters) const {
  if (parameters.size() != parameters_.size())
    throw ValueError(name_, fmt::format("is bound to {} parameters, can't go on with {}",
                                        parameters_.size(), parameters.size()));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto& [name, tensor] = parameters[i];
    if (name != names_[i] || !(tensor.shape() == parameters_[i].shape()) ||
        tensor.dtype() != parameters_[i].dtype())
      throw ValueError(
          name_, fmt::format("is bound to {} {} {}, can't go on with {} {} {}", names_[i],
                             to_string(parameters_[i].dtype()), to_string(parameters_[i].shape()),
                             name, to_string(tensor.dtype()), to_string(tensor.shape())));
  }
}

void Optimizer::check_parameters(std::span<const NamedTensor> parameters) const {
  for (const auto& [name, tensor] : parameters)
    if (!tensor.requires_grad() || !tensor.is_leaf() || !tensor.is_contiguous())
      throw GraphError(name_, fmt::format("parameter {} {} must be a dense leaf that wants a "
                                          "gradient",
                                          name, to_string(tensor.shape())));
  std::set<const void*> seen;
  for (const auto& [name, tensor] : parameters)
    if (!seen.insert(&tensor.impl()).second)
      throw ValueError(
          name_, fmt::format("parameter {} {} is given twice", name, to_string(tensor.shape())));
}

// The parameters that no wanted group takes come first.
void Optimizer::make_groups(std::span<const NamedTensor> parameters) {
  std::vector<Group> groups(1 + wanted_groups_.size());
  groups[0].weight_decay = common_.weight_decay.value_or(0);
  for (std::size_t k = 0; k < wanted_groups_.size(); ++k) {
    groups[k + 1].learning_rate_multiplier = wanted_groups_[k].learning_rate_multiplier;
    groups[k + 1].weight_decay = wanted_groups_[k].weight_decay.value_or(groups[0].weight_decay);
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto taker = std::find_if(
        wanted_groups_.begin(), wanted_groups_.end(), [&](const ParameterGroup& group) {
          return parameters[i].name.find(group.match) != std::string::npos;
        });
    const std::size_t k = taker == wanted_groups_.end()
                              ? 0
                              : static_cast<std::size_t>(taker - wanted_groups_.begin()) + 1;
    groups[k].parameters.push_back(i);
  }
  for (std::size_t k = 0; k < wanted_groups_.size(); ++k)
    if (groups[k + 1].parameters.empty())
      throw ValueError(name_, fmt::format("no parameter is called \"...{}...\"; the first is {}",
                                          wanted_groups_[k].match, parameters.front().name));
  groups_ = std::move(groups);
}

Tensor Optimizer::make_slot(const detail::Slot& slot, const NamedTensor& parameter) const {
  if (slot.starts_as_parameter) return carousel::detail::run_copy(parameter.tensor.detach());
  Tensor made = carousel::detail::empty(parameter.tensor.shape(), parameter.tensor.dtype(),
                                        parameter.tensor.device());
  carousel::detail::run_fill(made, Scalar(slot.start));
  return made;
}

// The rule is asked once, with nothing to update, which slots and numbers it keeps.
void Optimizer::make_slots(std::span<const NamedTensor> parameters) {
  for (Group& group : groups_) {
    Step s(slot_kinds_, group.numbers, true);
    prepare(s, group);
    update(s, {});
    average(s);
    if (common_.gradient_accumulation_steps) s.slot("gradient_accumulator");
    for (detail::GroupNumber& number : group.numbers) number.value.set(number.start);
  }
  slots_.resize(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i)
    for (std::size_t s = 0; s < slot_kinds_.size(); ++s)
      slots_[i][s] = make_slot(slot_kinds_[s], parameters[i]);
  updates_.reserve(parameters.size());
  others_.reserve(parameters.size());
}

void Optimizer::move_slots() {
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    for (Tensor& slot : slots_[i])
      if (slot.defined()) slot = carousel::detail::run_transfer(slot, parameters_[i].device());
}

void Optimizer::bind(std::span<const NamedTensor> parameters) {
  if (parameters.empty()) throw ValueError(name_, "there are no parameters to update");
  check_parameters(parameters);
  const bool again = bound();
  if (again) check_rebound(parameters);
  if (!again) {
    make_groups(parameters);
    make_slots(parameters);
  }
  names_.clear();
  parameters_.clear();
  for (const auto& [name, tensor] : parameters) {
    names_.push_back(name);
    parameters_.push_back(tensor);
  }
  if (again) move_slots();
  after_bind();
}

void Optimizer::bind(std::span<const Tensor> parameters) {
  std::vector<NamedTensor> named;
  for (const Tensor& parameter : parameters)
    named.push_back({std::to_string(named.size()), parameter});
  bind(named);
}

}  // namespace carousel::optim
