// Module's training members, and what they leave with it.
#include <carousel/nn/train/trainer.h>
#include <carousel/nn/train/training.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

namespace carousel::nn {
namespace {

data::Dataset pairs(const char* op, const Tensor& x, const Tensor& y) {
  if (!x.defined() || !y.defined()) throw ValueError(op, "x and y must both be given");
  return {x, y, op};
}

}  // namespace

detail::Training::Training(CompileOptions options)
    : optimizer(options.optimizer.make()),
      loss(std::move(options.loss)),
      metrics(std::move(options.metrics)),
      meter(metrics),
      validation_meter(metrics) {}

detail::Training& detail::training_of(Module& model, const char* op) {
  if (!model.training_state())
    throw GraphError(op, fmt::format("{} ({}) is not compiled: call compile({{.loss = ...}}) first",
                                     model.name(), model.type_name()));
  return *model.training_state();
}

void detail::bind_optimizer(Module& model, Training& training, const char* op) {
  std::vector<NamedTensor> trained;
  for (NamedTensor& each : model.named_parameters())
    if (each.tensor.requires_grad()) trained.push_back(std::move(each));
  if (trained.empty())
    throw ValueError(
        op, fmt::format("{} ({}) has no trainable parameters", model.name(), model.type_name()));
  training.optimizer->bind(trained);
}

detail::ModeSwitch::ModeSwitch(Module& model) {
  walk(
      model, [this](const std::string&, Module& each) { modules_.push_back(&each); }, nullptr);
}

void detail::ModeSwitch::train(bool on) const {
  for (Module* module : modules_) module->set_training(on);
}

void Callback::on_batch_end(FitState&, std::int64_t, const Logs&) {}
void Callback::on_epoch_end(FitState&, Logs&) {}

void Module::compile(CompileOptions options) {
  if (!options.loss.defined()) throw ValueError("compile", "needs a loss: {.loss = \"mse\"}");
  training_state_ = std::make_shared<detail::Training>(std::move(options));
}

History Module::fit(const Tensor& x, const Tensor& y) { return fit(x, y, FitOptions{}); }

History Module::fit(const Tensor& x, const Tensor& y, const FitOptions& options) {
  return Trainer(*this, "fit").fit(pairs("fit", x, y), options);
}

Logs Module::evaluate(const Tensor& x, const Tensor& y) {
  return evaluate(x, y, EvaluateOptions{});
}

Logs Module::evaluate(const Tensor& x, const Tensor& y, const EvaluateOptions& options) {
  return Trainer(*this, "evaluate").evaluate(pairs("evaluate", x, y), options);
}

Tensor Module::predict(const Tensor& x) { return predict(x, PredictOptions{}); }

Tensor Module::predict(const Tensor& x, const PredictOptions& options) {
  return Trainer::predict(*this, x, options);
}

Logs Module::train_on_batch(const Tensor& x, const Tensor& y) {
  const data::Dataset rows = pairs("train_on_batch", x, y);
  return Trainer(*this, "train_on_batch").train_on_batch({rows.x(), rows.y()});
}

}  // namespace carousel::nn
