#include <carousel/optim/optimizer.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/optim/check.h>
#include <carousel/optim/clip.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>
#include <fmt/format.h>

#include <set>
#include <utility>

namespace carousel::optim {
namespace {

Tensor zeros_beside(const Tensor& parameter) {
  Tensor slot = carousel::detail::empty(parameter.shape(), parameter.dtype(), parameter.device());
  carousel::detail::run_fill(slot, 0);
  return slot;
}

void check_common(const char* op, const CommonOptions& common) {
  if (common.learning_rate.schedule() == nullptr)
    detail::check_positive(op, "learning_rate", common.learning_rate.value());
  if (common.weight_decay) detail::check_not_negative(op, "weight_decay", *common.weight_decay);
  int clips = 0;
  for (const auto& [name, clip] :
       {std::pair{"clipnorm", common.clipnorm}, std::pair{"clipvalue", common.clipvalue},
        std::pair{"global_clipnorm", common.global_clipnorm}}) {
    if (!clip) continue;
    detail::check_positive(op, name, *clip);
    ++clips;
  }
  if (clips > 1)
    throw ValueError(op, "at most one of clipnorm, clipvalue and global_clipnorm may be set");
}

}  // namespace

Optimizer::Optimizer(const char* name, const CommonOptions& common,
                     std::initializer_list<const char*> slots)
    : name_(name),
      common_(common),
      slot_names_(slots),
      learning_rate_(common.learning_rate.value()),
      iterations_(0) {
  check_common(name, common);
  if (const Schedule* schedule = common.learning_rate.schedule()) schedule_ = schedule->clone();
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

void Optimizer::bind(std::span<const NamedTensor> parameters) {
  if (parameters.empty()) throw ValueError(name_, "there are no parameters to update");
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
  if (bound()) check_rebound(parameters);
  const bool again = bound();
  names_.clear();
  parameters_.clear();
  for (const auto& [name, tensor] : parameters) {
    names_.push_back(name);
    parameters_.push_back(tensor);
  }
  if (!again) return make_slots();
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    for (std::size_t s = 0; s < slot_names_.size(); ++s)
      if (slot_names_[s] != nullptr)
        slots_[i][s] = carousel::detail::run_transfer(slots_[i][s], parameters_[i].device());
}

void Optimizer::bind(std::span<const Tensor> parameters) {
  std::vector<NamedTensor> named;
  for (const Tensor& parameter : parameters)
    named.push_back({std::to_string(named.size()), parameter});
  bind(named);
}

void Optimizer::make_slots() {
  slots_.resize(parameters_.size());
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    for (std::size_t s = 0; s < slot_names_.size(); ++s)
      if (slot_names_[s] != nullptr) slots_[i][s] = zeros_beside(parameters_[i]);
  updates_.reserve(parameters_.size());
}

void Optimizer::clip() {
  if (common_.clipvalue) clip_by_value(parameters_, *common_.clipvalue);
  if (common_.clipnorm) clip_by_norm(parameters_, *common_.clipnorm);
  if (common_.global_clipnorm) clip_by_global_norm(parameters_, *common_.global_clipnorm);
}

void Optimizer::step() {
  if (!bound()) throw GraphError(name_, "step() before bind(): it has no parameters");
  clip();
  updates_.clear();
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor gradient = parameters_[i].grad();
    if (!gradient.defined()) continue;
    if (!gradient.is_contiguous()) gradient = carousel::detail::run_copy(gradient);
    updates_.push_back({parameters_[i], std::move(gradient), slots_[i]});
  }
  if (updates_.empty())
    throw GraphError(name_, "no parameter has a gradient; call backward() before step()");
  const NoGrad guard;
  update(updates_, learning_rate(), iterations() + 1);
  updates_.clear();
  iterations_.set(iterations() + 1);
}

void Optimizer::zero_grad() {
  for (Tensor& parameter : parameters_) parameter.zero_grad();
}

double Optimizer::learning_rate() const {
  return schedule_ ? schedule_->at(iterations()) : learning_rate_.get();
}

void Optimizer::set_learning_rate(double value) {
  detail::check_positive(name_, "learning_rate", value);
  if (schedule_) throw ValueError(name_, "the learning rate follows a schedule and can't be set");
  learning_rate_.set(value);
}

std::vector<NamedTensor> Optimizer::state() const {
  std::vector<NamedTensor> all{{"iterations", iterations_.tensor()}};
  if (!schedule_) all.push_back({"learning_rate", learning_rate_.tensor()});
  if (schedule_)
    for (NamedTensor& each : schedule_->state())
      all.push_back({"schedule/" + each.name, each.tensor});
  for (std::size_t s = 0; s < slot_names_.size(); ++s)
    for (std::size_t i = 0; slot_names_[s] != nullptr && i < slots_.size(); ++i)
      all.push_back({std::string(slot_names_[s]) + "/" + names_[i], slots_[i][s]});
  return all;
}

}  // namespace carousel::optim
