#include <carousel/nn/train/goals.h>

#include <carousel/autograd/ops/arithmetic.h>
#include <carousel/nn/train/train.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <cmath>

namespace carousel::nn::detail {
namespace {

void check_count(const char* op, const char* what, std::size_t given, std::size_t outputs) {
  if (given == outputs) return;
  throw ValueError(op, fmt::format("compile() was given {} {} for a model of {} output{}", given,
                                   what, outputs, outputs == 1 ? "" : "s"));
}

}  // namespace

Goals make_goals(const CompileOptions& options, const std::vector<std::string>& outputs,
                 const char* op) {
  const std::vector<Loss>& losses = options.loss.list();
  if (losses.size() > 1) check_count(op, "losses", losses.size(), outputs.size());
  if (!options.loss_weights.empty())
    check_count(op, "loss_weights", options.loss_weights.size(), outputs.size());
  if (!options.output_metrics.empty())
    check_count(op, "lists of output_metrics", options.output_metrics.size(), outputs.size());
  for (const double weight : options.loss_weights)
    if (!std::isfinite(weight))
      throw ValueError(op, fmt::format("loss_weights must be finite, got {}", weight));
  Goals goals;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Goal goal{outputs[i], losses.size() > 1 ? losses[i] : losses.at(0), 1, options.metrics};
    if (!options.loss_weights.empty()) goal.weight = options.loss_weights[i];
    if (!options.output_metrics.empty())
      for (const Metric& metric : options.output_metrics[i]) goal.metrics.push_back(metric);
    for (const Metric& metric : options.weighted_metrics) goal.metrics.push_back(metric);
    goal.weighted = options.weighted_metrics.size();
    goals.push_back(std::move(goal));
  }
  return goals;
}

BatchLoss batch_loss(const Goals& goals, const Values& predictions, const Tensors& targets,
                     const Tensor& sample_weight) {
  if (targets.size() != goals.size() || predictions.size() != goals.size())
    throw ValueError("loss",
                     fmt::format("a model of {} output{} gave {}, and y holds {}", goals.size(),
                                 goals.size() == 1 ? "" : "s", predictions.size(), targets.size()));
  BatchLoss loss;
  for (std::size_t i = 0; i < goals.size(); ++i) {
    const Tensor own = goals[i].loss(predictions[i], targets[i], sample_weight);
    const Tensor weighted = goals[i].weight == 1 ? own : own * goals[i].weight;
    loss.total = i == 0 ? weighted : loss.total + weighted;
    loss.losses.push_back(own.detach());
  }
  return loss;
}

}  // namespace carousel::nn::detail
