#include <carousel/nn/io/checkpoint.h>
#include <carousel/nn/train/callbacks.h>
#include <carousel/nn/train/training_state.h>
#include <carousel/optim/check.h>
#include <carousel/tensor/error.h>

#include <fmt/args.h>
#include <fmt/format.h>

namespace carousel::nn {
namespace {

std::string fill_in(const std::string& filepath, std::int64_t epoch, const Logs& logs) {
  fmt::dynamic_format_arg_store<fmt::format_context> names;
  names.push_back(fmt::arg("epoch", epoch));
  for (const auto& [name, value] : logs.values) names.push_back(fmt::arg(name.c_str(), value));
  try {
    return fmt::vformat(filepath, names);
  } catch (const fmt::format_error& e) {
    throw ValueError("ModelCheckpoint",
                     fmt::format("can't fill in filepath \"{}\": {}", filepath, e.what()));
  }
}

}  // namespace

ModelCheckpoint::ModelCheckpoint(Options options)
    : options_(std::move(options)),
      monitor_("ModelCheckpoint", options_.monitor, options_.mode),
      best_(monitor_.worst()) {
  const char* op = "ModelCheckpoint";
  if (options_.filepath.empty()) throw ValueError(op, "needs a filepath");
  if (options_.save_freq < 0)
    throw ValueError(op, fmt::format("save_freq must not be negative, got {}", options_.save_freq));
  if (options_.save_freq > 0 && options_.save_best_only)
    throw ValueError(op, "save_best_only goes by epochs, not with save_freq");
  if (options_.initial_value_threshold)
    optim::detail::check_finite(op, "initial_value_threshold", *options_.initial_value_threshold);
}

void ModelCheckpoint::on_train_begin(FitState&) {
  best_.set(options_.initial_value_threshold.value_or(monitor_.worst()));
  batches_.set(0);
}

void ModelCheckpoint::save(FitState& fit, const Logs& logs) {
  const std::string path = fill_in(options_.filepath, fit.epoch + 1, logs);
  if (options_.save_weights_only)
    save_weights(fit.model, path);
  else
    save_training(fit.model, path);
  if (options_.verbose > 0) fmt::print("Epoch {}: saved {}\n", fit.epoch + 1, path);
}

void ModelCheckpoint::on_batch_end(FitState& fit, std::int64_t, const Logs& logs) {
  batches_.set(batches_.get() + 1);
  if (options_.save_freq > 0 && batches_.get() % options_.save_freq == 0) save(fit, logs);
}

void ModelCheckpoint::on_epoch_end(FitState& fit, Logs& logs) {
  if (options_.save_freq > 0) return;
  if (options_.save_best_only) {
    const auto value = monitor_.value(fit, logs);
    if (!value || !monitor_.better(*value, best_.get())) return;
    best_.set(*value);
  }
  save(fit, logs);
}

std::vector<NamedTensor> ModelCheckpoint::state() {
  return {{"best", best_.tensor()}, {"batches", batches_.tensor()}};
}

}  // namespace carousel::nn
