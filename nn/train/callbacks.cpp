#include <carousel/nn/train/callbacks.h>

#include <carousel/optim/check.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace carousel::nn {
namespace {

namespace raw = carousel::detail;

void copy_all(const std::vector<NamedTensor>& to, const std::vector<NamedTensor>& from) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    raw::run_copy_into(to[i].tensor, from[i].tensor);
    to[i].tensor.impl().storage->bump_version();
  }
}

void check_count(const char* op, const char* name, std::int64_t value) {
  if (value < 0) throw ValueError(op, fmt::format("{} must not be negative, got {}", name, value));
}

optim::PlateauOptions plateau_options(const ReduceLROnPlateauOptions& o, const Monitor& monitor) {
  return {.factor = o.factor,
          .patience = o.patience,
          .mode = monitor.mode(),
          .min_delta = o.min_delta,
          .cooldown = o.cooldown,
          .min_lr = o.min_lr};
}

}  // namespace

Monitor::Monitor(const char* op, std::string name, const std::string& mode, double min_delta)
    : op_(op), name_(std::move(name)), larger_(mode == "max"), min_delta_(min_delta) {
  if (mode != "min" && mode != "max" && mode != "auto")
    throw ValueError(op, fmt::format("mode must be auto, min or max, got \"{}\"", mode));
  if (mode == "auto") larger_ = name_.ends_with("acc") || name_.ends_with("accuracy");
  optim::detail::check_not_negative(op, "min_delta", min_delta);
}

std::optional<double> Monitor::value(const FitState& fit, const Logs& logs) const {
  if (logs.has(name_)) return logs[name_];
  // An epoch without validation (validation_freq) has none of these.
  if (fit.has_validation && name_.starts_with("val_") && !logs.has("val_loss")) return {};
  std::string known;
  for (const auto& each : logs.values) known += (known.empty() ? "" : ", ") + each.first;
  throw ValueError(op_, fmt::format("can't monitor \"{}\": there are {}", name_, known));
}

bool Monitor::better(double value, double than) const {
  return larger_ ? value - min_delta_ > than : value + min_delta_ < than;
}

double Monitor::worst() const {
  return (larger_ ? -1 : 1) * std::numeric_limits<double>::infinity();
}

EarlyStopping::EarlyStopping(Options options)
    : options_(std::move(options)),
      monitor_("EarlyStopping", options_.monitor, options_.mode, options_.min_delta),
      best_(monitor_.worst()) {
  check_count("EarlyStopping", "patience", options_.patience);
  check_count("EarlyStopping", "start_from_epoch", options_.start_from_epoch);
  if (options_.baseline)
    optim::detail::check_finite("EarlyStopping", "baseline", *options_.baseline);
}

void EarlyStopping::on_train_begin(FitState& fit) {
  best_.set(monitor_.worst());
  wait_.set(0), best_epoch_.set(-1);
  stopped_epoch_ = -1;
  own_.clear(), kept_.clear();
  if (!options_.restore_best_weights) return;
  own_ = fit.model.named_state();
  for (const NamedTensor& each : own_)
    kept_.push_back({"best_weights/" + each.name, raw::run_copy(each.tensor)});
}

void EarlyStopping::keep_weights() { copy_all(kept_, own_); }

void EarlyStopping::on_epoch_end(FitState& fit, Logs& logs) {
  const auto value = monitor_.value(fit, logs);
  if (!value || fit.epoch < options_.start_from_epoch) return;
  if (best_epoch_.get() < 0) {
    best_epoch_.set(fit.epoch);
    keep_weights();
  }
  wait_.set(wait_.get() + 1);
  if (monitor_.better(*value, best_.get())) {
    best_.set(*value);
    best_epoch_.set(fit.epoch);
    keep_weights();
    if (!options_.baseline || monitor_.better(*value, *options_.baseline)) wait_.set(0);
    return;
  }
  if (wait_.get() < options_.patience || fit.epoch == 0) return;
  stopped_epoch_ = fit.epoch;
  fit.stop_training = true;
  if (options_.verbose > 0) fmt::print("Epoch {}: early stopping\n", fit.epoch + 1);
}

void EarlyStopping::on_train_end(FitState&) {
  if (best_epoch_.get() >= 0) copy_all(own_, kept_);
}

std::vector<NamedTensor> EarlyStopping::state() {
  std::vector<NamedTensor> all = kept_;
  all.push_back({"best", best_.tensor()});
  all.push_back({"wait", wait_.tensor()});
  all.push_back({"best_epoch", best_epoch_.tensor()});
  return all;
}

ReduceLROnPlateau::ReduceLROnPlateau(Options options)
    : options_(std::move(options)),
      monitor_("ReduceLROnPlateau", options_.monitor, options_.mode),
      plateau_(plateau_options(options_, monitor_)) {}

void ReduceLROnPlateau::on_train_begin(FitState&) {
  plateau_ = optim::Plateau(plateau_options(options_, monitor_));
}

void ReduceLROnPlateau::on_epoch_end(FitState& fit, Logs& logs) {
  const auto value = monitor_.value(fit, logs);
  const double rate = fit.optimizer.learning_rate();
  logs.set("learning_rate", rate);
  if (!value) return;
  const double next = plateau_.next_rate(*value, rate);
  if (next == rate) return;
  fit.optimizer.set_learning_rate(next);
  if (options_.verbose > 0)
    fmt::print("Epoch {}: the learning rate falls to {}\n", fit.epoch + 1, next);
}

LearningRateScheduler::LearningRateScheduler(Options options) : options_(std::move(options)) {
  if (!options_.schedule) throw ValueError("LearningRateScheduler", "needs a schedule");
}

void LearningRateScheduler::on_epoch_begin(FitState& fit) {
  const double rate = options_.schedule(fit.epoch, fit.optimizer.learning_rate());
  fit.optimizer.set_learning_rate(rate);
  if (options_.verbose > 0) fmt::print("Epoch {}: the learning rate is {}\n", fit.epoch + 1, rate);
}

void LearningRateScheduler::on_epoch_end(FitState& fit, Logs& logs) {
  logs.set("learning_rate", fit.optimizer.learning_rate());
}

void TerminateOnNaN::on_batch_end(FitState& fit, std::int64_t batch, const Logs& logs) {
  if (std::isfinite(logs["loss"])) return;
  fmt::print(stderr, "Epoch {}, batch {}: the loss is {}, training ends\n", fit.epoch + 1,
             batch + 1, logs["loss"]);
  fit.stop_training = true;
}

void LambdaCallback::on_train_begin(FitState& fit) {
  if (options_.on_train_begin) options_.on_train_begin(fit);
}
void LambdaCallback::on_epoch_begin(FitState& fit) {
  if (options_.on_epoch_begin) options_.on_epoch_begin(fit);
}
void LambdaCallback::on_batch_end(FitState& fit, std::int64_t batch, const Logs& logs) {
  if (options_.on_batch_end) options_.on_batch_end(fit, batch, logs);
}
void LambdaCallback::on_epoch_end(FitState& fit, Logs& logs) {
  if (options_.on_epoch_end) options_.on_epoch_end(fit, logs);
}
void LambdaCallback::on_train_end(FitState& fit) {
  if (options_.on_train_end) options_.on_train_end(fit);
}

}  // namespace carousel::nn
