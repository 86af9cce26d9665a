// Module's training members, and what they leave with it.
#include <carousel/nn/train/trainer.h>
#include <carousel/nn/train/training.h>
#include <carousel/nn/train/weights.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <algorithm>

namespace carousel::nn {
namespace {

data::Dataset pairs(const char* op, const Tensors& x, const Tensors& y) {
  if (!x.defined() || !y.defined()) throw ValueError(op, "x and y must both be given");
  return {x, y, op};
}

// As models of the program's own have none: "output_0".
std::vector<std::string> names_of_outputs(const Module& model) {
  std::vector<std::string> names = model.output_names();
  for (std::size_t i = names.size(); i < model.output_count(); ++i)
    names.push_back(fmt::format("output_{}", i));
  return names;
}

}  // namespace

detail::Training::Training(CompileOptions all)
    : optimizer(all.optimizer.make()), options(std::move(all)) {}

detail::Training& detail::training_of(Module& model, const char* op) {
  if (!model.training_state())
    throw GraphError(op, fmt::format("{} ({}) is not compiled: call compile({{.loss = ...}}) first",
                                     model.name(), model.type_name()));
  return *model.training_state();
}

void detail::set_goals(Module& model, Training& training, const char* op) {
  if (!training.goals.empty()) return;
  Goals goals = make_goals(training.options, names_of_outputs(model), op);
  training.meter = Meter(goals);
  training.validation_meter = Meter(goals, "val_");
  training.goals = std::move(goals);
}

void detail::bind_training(Module& model, Training& training, const char* op) {
  set_goals(model, training, op);
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
  const auto undefined = [](const Loss& loss) { return !loss.defined(); };
  if (options.loss.list().empty() || std::ranges::any_of(options.loss.list(), undefined))
    throw ValueError("compile", "needs a loss: {.loss = \"mse\"}");
  training_state_ = std::make_shared<detail::Training>(std::move(options));
}

History Module::fit(const Tensors& x, const Tensors& y) { return fit(x, y, FitOptions{}); }

History Module::fit(const Tensors& x, const Tensors& y, const FitOptions& options) {
  return Trainer(*this, "fit").fit(pairs("fit", x, y), options);
}

Logs Module::evaluate(const Tensors& x, const Tensors& y) {
  return evaluate(x, y, EvaluateOptions{});
}

Logs Module::evaluate(const Tensors& x, const Tensors& y, const EvaluateOptions& options) {
  return Trainer(*this, "evaluate").evaluate(pairs("evaluate", x, y), options);
}

Tensor Module::predict(const Tensors& x) { return predict(x, PredictOptions{}); }

Tensor Module::predict(const Tensors& x, const PredictOptions& options) {
  const Tensors outputs = Trainer::predict(*this, x, options);
  if (outputs.size() != 1)
    throw ValueError("predict", fmt::format("{} ({}) has {} outputs: call predict_many()", name(),
                                            type_name(), outputs.size()));
  return outputs[0];
}

Tensors Module::predict_many(const Tensors& x) { return predict_many(x, PredictOptions{}); }

Tensors Module::predict_many(const Tensors& x, const PredictOptions& options) {
  return Trainer::predict(*this, x, options);
}

Logs Module::train_on_batch(const Tensors& x, const Tensors& y) {
  return train_on_batch(x, y, TrainOnBatchOptions{});
}

Logs Module::train_on_batch(const Tensors& x, const Tensors& y,
                            const TrainOnBatchOptions& options) {
  constexpr const char* kOp = "train_on_batch";
  data::Dataset rows = pairs(kOp, x, y);
  Trainer trainer(*this, kOp);
  detail::RowWeights& weights = detail::training_of(*this, kOp).row_weights;
  rows =
      rows.weighted(weights.of(rows, options.sample_weight, options.class_weight, kOp, false), kOp);
  return trainer.train_on_batch({rows.x(), rows.y(), rows.sample_weight()});
}

}  // namespace carousel::nn
