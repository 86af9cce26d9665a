#include <carousel/nn/upkeep.h>

#include <unordered_set>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops/create.h>

namespace carousel::nn {
namespace {

// Calls are counted so that a module knows which of the losses below it are its last call's.
std::atomic<std::uint64_t> g_calls{0};
constinit thread_local std::uint64_t t_call = 0;
constinit thread_local int t_depth = 0;
constinit thread_local bool t_keep_losses = false;

void accumulate(Tensor& total, const Tensor& loss) {
  total = total.defined() ? total + loss : loss;
}

}  // namespace

namespace detail {

CallScope::CallScope(Module& module) {
  if (t_depth++ > 0) return;
  t_call = g_calls.fetch_add(1, std::memory_order_relaxed) + 1;
  if (module.training_ || t_keep_losses) module.last_call_ = t_call;
}

CallScope::~CallScope() { --t_depth; }

KeepLosses::KeepLosses() : before_(std::exchange(t_keep_losses, true)) {}
KeepLosses::~KeepLosses() { t_keep_losses = before_; }

Upkeep& Upkeep::of(Module& module) {
  if (!module.upkeep_) module.upkeep_ = std::make_shared<Upkeep>();
  return *module.upkeep_;
}

std::vector<Module*> all_modules(Module& root) {
  std::vector<Module*> list;
  std::unordered_set<Module*> seen;
  walk(
      root,
      [&](const std::string&, Module& module) {
        if (seen.insert(&module).second) list.push_back(&module);
      },
      nullptr);
  return list;
}

Tensor regularization_loss(Module& root, std::span<Module* const> modules) {
  Tensor total;
  for (Module* module : modules) {
    const Upkeep* upkeep = Upkeep::find(*module);
    if (upkeep == nullptr) continue;
    for (const Upkeep::Rule& rule : upkeep->rules)
      if (rule.regularizer.defined() && rule.parameter.requires_grad())
        accumulate(total, rule.regularizer(rule.parameter));
    if (upkeep->losses_of < root.last_call()) continue;
    for (const Tensor& loss : upkeep->losses) accumulate(total, loss);
  }
  return total;
}

void apply_constraints(std::span<Module* const> modules) {
  const NoGrad no_grad;
  for (Module* module : modules) {
    const Upkeep* upkeep = Upkeep::find(*module);
    if (upkeep == nullptr) continue;
    for (const Upkeep::Rule& rule : upkeep->rules)
      if (rule.constraint.defined() && rule.parameter.requires_grad())
        Tensor(rule.parameter).copy_(rule.constraint(rule.parameter));
  }
}

}  // namespace detail

void Module::set_activity_regularizer(const Regularizer& regularizer) {
  if (regularizer.defined()) detail::Upkeep::of(*this).activity = regularizer;
}

void Module::add_loss(const Tensor& loss) {
  if (building() || !(training_ || t_keep_losses)) return;
  if (loss.numel() != 1)
    throw ShapeError("add_loss", "needs a scalar, got shape " + to_string(loss.shape()));
  detail::Upkeep& upkeep = detail::Upkeep::of(*this);
  if (upkeep.losses_of != t_call) upkeep.losses.clear();
  upkeep.losses_of = t_call;
  upkeep.losses.push_back(loss.rank() == 0 ? loss : loss.reshape(Shape{}));
}

void Module::regularize_activity(const Tensor& output) {
  if (upkeep_->activity.defined() && (training_ || t_keep_losses))
    add_loss(upkeep_->activity(output));
}

Tensor Module::regularization_loss() {
  const std::vector<Tensor> all = parameters();
  const Tensor total = detail::regularization_loss(*this, detail::all_modules(*this));
  if (total.defined()) return total;
  return all.empty() ? zeros({}) : zeros({}, {.dtype = all[0].dtype(), .device = all[0].device()});
}

void Module::apply_constraints() { detail::apply_constraints(detail::all_modules(*this)); }

}  // namespace carousel::nn
