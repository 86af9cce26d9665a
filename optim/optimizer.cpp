#include <carousel/optim/optimizer.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops.h>
#include <carousel/optim/check.h>
#include <carousel/optim/clip.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace carousel::optim {
namespace {

constexpr const char* kAverage = "average";
constexpr const char* kAccumulator = "gradient_accumulator";

void check_clips(const char* op, const CommonOptions& common) {
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

void check_common(const char* op, const CommonOptions& common) {
  if (common.learning_rate.schedule() == nullptr)
    detail::check_positive(op, "learning_rate", common.learning_rate.value());
  if (common.weight_decay) detail::check_not_negative(op, "weight_decay", *common.weight_decay);
  check_clips(op, common);
  detail::check_fraction(op, "ema_momentum", common.ema_momentum, true);
  if (common.ema_overwrite_frequency)
    detail::check_at_least(op, "ema_overwrite_frequency", *common.ema_overwrite_frequency, 1);
  if (common.loss_scale_factor)
    detail::check_positive(op, "loss_scale_factor", *common.loss_scale_factor);
  if (common.gradient_accumulation_steps)
    detail::check_at_least(op, "gradient_accumulation_steps", *common.gradient_accumulation_steps,
                           2);
}

}  // namespace

Optimizer::Optimizer(const char* name, const CommonOptions& common)
    : name_(name), common_(common), learning_rate_(common.learning_rate.value()), iterations_(0) {
  check_common(name, common);
  if (const Schedule* schedule = common.learning_rate.schedule()) schedule_ = schedule->clone();
}

std::unique_ptr<Optimizer> Optimizer::fresh() const {
  std::unique_ptr<Optimizer> other = again();
  other->wanted_groups_ = wanted_groups_;
  return other;
}

std::int64_t Optimizer::update_number() const {
  return iterations() / common_.gradient_accumulation_steps.value_or(1) + 1;
}

void Optimizer::clip() {
  if (common_.clipvalue) clip_by_value(parameters_, *common_.clipvalue);
  if (common_.clipnorm) clip_by_norm(parameters_, *common_.clipnorm);
  if (common_.global_clipnorm) detail::clip_together(parameters_, *common_.global_clipnorm);
}

Update Optimizer::update_of(std::size_t parameter, bool with_gradient) const {
  Update update{parameters_[parameter], {}, slots_[parameter]};
  if (!with_gradient) return update;
  update.gradient = parameters_[parameter].grad();
  if (!update.gradient.is_contiguous())
    update.gradient = carousel::detail::run_copy(update.gradient);
  return update;
}

// Adds the gradients to their sums; at every n-th step the gradients become the means.
bool Optimizer::accumulate() {
  if (!common_.gradient_accumulation_steps) return true;
  const std::int64_t n = *common_.gradient_accumulation_steps;
  const bool whole = (iterations() + 1) % n == 0;
  if (whole) detail::own_gradients(parameters_);
  updates_.clear();
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    if (parameters_[i].grad().defined()) updates_.push_back(update_of(i, true));
  std::vector<detail::GroupNumber> none;
  Step s(slot_kinds_, none, false);
  Value& sum = s.slot(kAccumulator);
  if (whole) {
    s.g = (s.g + sum) / static_cast<double>(n);
    sum = 0;
  } else {
    sum += s.g;
  }
  s.run(updates_);
  return whole;
}

void Optimizer::prepare(Step& s, const Group& group) const {
  s.t = update_number();
  s.learning_rate = learning_rate() * group.learning_rate_multiplier;
  s.weight_decay = group.weight_decay;
  if (common_.decoupled_weight_decay && s.weight_decay != 0)
    s.w -= s.w * (detail::as_f32(s.weight_decay) * s.learning_rate);
}

bool Optimizer::overwrites_by_average() const {
  return common_.ema_overwrite_frequency && update_number() % *common_.ema_overwrite_frequency == 0;
}

void Optimizer::average(Step& s) {
  if (!common_.use_ema) return;
  Value& average = s.slot(kAverage);
  const double keep = update_number() == 1 ? 0 : common_.ema_momentum;
  average = average * keep + s.w * (1 - keep);
  if (overwrites_by_average()) s.w = average;
}

void Optimizer::step_group(Group& group, bool updates_parameters) {
  updates_.clear();
  others_.clear();
  for (const std::size_t i : group.parameters)
    if (updates_parameters && parameters_[i].grad().defined())
      updates_.push_back(update_of(i, true));
    else if (common_.use_ema)
      others_.push_back(update_of(i, false));
  Step s(slot_kinds_, group.numbers, false);
  if (!updates_.empty()) {
    prepare(s, group);
    update(s, updates_);
    average(s);
    s.run(updates_);
  }
  if (others_.empty()) return;
  average(s);
  s.run(others_);
}

void Optimizer::step() {
  if (!bound()) throw GraphError(name_, "step() before bind(): it has no parameters");
  if (std::none_of(parameters_.begin(), parameters_.end(),
                   [](const Tensor& each) { return each.grad().defined(); }))
    throw GraphError(name_, "no parameter has a gradient; call backward() before step()");
  const NoGrad guard;
  if (common_.loss_scale_factor) {
    detail::own_gradients(parameters_);
    detail::scale_gradients(parameters_, 1 / *common_.loss_scale_factor);
  }
  const bool whole = accumulate();
  if (whole) clip();
  for (Group& group : groups_) step_group(group, whole);
  updates_.clear();
  others_.clear();
  count_step();
}

Tensor Optimizer::step(Closure closure) {
  Tensor loss = closure();
  step();
  return loss;
}

void Optimizer::zero_grad() {
  for (Tensor& parameter : parameters_) parameter.zero_grad();
}

Tensor Optimizer::scale_loss(const Tensor& loss) const {
  return common_.loss_scale_factor ? loss * *common_.loss_scale_factor : loss;
}

void Optimizer::finalize() {
  if (!common_.use_ema || iterations() == 0) return;
  const NoGrad guard;
  updates_.clear();
  for (std::size_t i = 0; i < parameters_.size(); ++i) updates_.push_back(update_of(i, false));
  std::vector<detail::GroupNumber> none;
  Step s(slot_kinds_, none, false);
  s.w = s.slot(kAverage);
  s.run(updates_);
  updates_.clear();
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
  for (std::size_t g = 0; g < groups_.size(); ++g)
    for (const detail::GroupNumber& number : groups_[g].numbers)
      all.push_back({fmt::format("groups/{}/{}", g, number.name), number.value.tensor()});
  for (std::size_t s = 0; s < slot_kinds_.size(); ++s)
    for (std::size_t i = 0; i < slots_.size(); ++i)
      if (slots_[i][s].defined())
        all.push_back({slot_kinds_[s].name + "/" + names_[i], slots_[i][s]});
  return all;
}

}  // namespace carousel::optim
