#include <carousel/nn/train/trainer.h>

#include <carousel/autograd/engine.h>
#include <carousel/autograd/grad_mode.h>
#include <carousel/nn/train/check_data.h>
#include <carousel/nn/train/progress.h>
#include <carousel/nn/upkeep.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <cmath>

namespace carousel::nn {
namespace {

void check_options(const FitOptions& options) {
  const auto check = [](bool fits, const std::string& text) {
    if (!fits) throw ValueError("fit", text);
  };
  check(options.epochs >= 1, fmt::format("epochs must be positive, got {}", options.epochs));
  check(options.initial_epoch >= 0 && options.initial_epoch <= options.epochs,
        fmt::format("initial_epoch must be in [0, {}], the epochs, got {}", options.epochs,
                    options.initial_epoch));
  check(options.verbose >= 0 && options.verbose <= 2,
        fmt::format("verbose must be 0, 1 or 2, got {}", options.verbose));
  check(options.validation_split >= 0 && options.validation_split < 1,
        fmt::format("validation_split must be in [0, 1), got {}", options.validation_split));
  check(options.validation_freq >= 1,
        fmt::format("validation_freq must be positive, got {}", options.validation_freq));
  check(options.validation_batch_size >= 0,
        fmt::format("validation_batch_size must not be negative, got {}",
                    options.validation_batch_size));
  check(options.validation_data.x.defined() == options.validation_data.y.defined(),
        "validation x and y must both be given");
  for (std::size_t i = 0; i < options.callbacks.size(); ++i)
    check(static_cast<bool>(options.callbacks[i]), fmt::format("callback {} is null", i));
}

struct Parts {
  data::Dataset train, validation;
};

// The validation part is the rows' end, or what the caller gave.
Parts split(const data::Dataset& rows, const FitOptions& options) {
  if (options.validation_data.x.defined())
    return {rows, data::Dataset(options.validation_data.x, options.validation_data.y, "fit")
                      .weighted(options.validation_data.sample_weight, "fit")};
  if (options.validation_split == 0) return {rows, {}};
  const auto count = static_cast<double>(rows.rows());
  const auto at = static_cast<std::int64_t>(std::floor(count * (1 - options.validation_split)));
  if (at == 0 || at == rows.rows())
    throw ValueError("fit",
                     fmt::format("validation_split {} of {} rows leaves {} to train and {} "
                                 "to validate",
                                 options.validation_split, rows.rows(), at, rows.rows() - at));
  return {rows.rows(0, at), rows.rows(at, rows.rows())};
}

}  // namespace

struct Trainer::Fit {
  Fit(Trainer& trainer, const Parts& parts, const FitOptions& fit_options)
      : options(fit_options),
        train(parts.train, options.batch_size),
        modes(trainer.model_),
        progress(options.verbose, stdout),
        state{trainer.model_, *trainer.training_.optimizer} {
    state.has_validation = parts.validation.defined();
    if (state.has_validation)
      validation.emplace(parts.validation, options.validation_batch_size > 0
                                               ? options.validation_batch_size
                                               : options.batch_size);
    state.epochs = options.epochs;
    state.batches = train.batches();
    state.rows = parts.train.rows();
    history.reserve(options.epochs);
  }

  bool validates() const { return validation && (state.epoch + 1) % options.validation_freq == 0; }

  const FitOptions& options;
  data::BatchWalker train;
  std::optional<data::BatchWalker> validation;
  detail::ModeSwitch modes;
  detail::Progress progress;
  FitState state;
  Logs batch_logs, epoch_logs;
  History history;
};

Trainer::Trainer(Module& model, const char* op)
    : model_(model), op_(op), training_(detail::training_of(model, op)) {}

void Trainer::prepare(const data::Batch& like) {
  if (!model_.built()) model_.build(detail::inputs_of(like));
  detail::bind_training(model_, training_, op_);
  modules_ = detail::all_modules(model_);
}

Tensor Trainer::regularized(const Tensor& loss) const {
  const Tensor more = detail::regularization_loss(model_, modules_);
  return more.defined() ? loss + more : loss;
}

void Trainer::step(const data::Batch& batch) {
  optim::Optimizer& optimizer = *training_.optimizer;
  Values predictions;
  detail::BatchLoss loss;  // the first one, where the optimizer looks several times
  optimizer.step([&] {
    optimizer.zero_grad();
    Values seen = model_(detail::inputs_of(batch));
    detail::BatchLoss found =
        detail::batch_loss(training_.goals, seen, batch.y, batch.sample_weight);
    found.total = regularized(found.total);
    optimizer.scale_loss(found.total).backward();
    const Tensor total = found.total;
    if (!loss.total.defined()) loss = std::move(found), predictions = std::move(seen);
    return total;
  });
  detail::apply_constraints(modules_);
  loss.total = loss.total.detach();
  for (Value& each : predictions) static_cast<Tensor&>(each) = each.detach();
  training_.meter.add(loss, predictions, batch.y, batch.sample_weight);
}

void Trainer::test(const data::Batch& batch, detail::Meter& meter) {
  const NoGrad guard;
  const detail::KeepLosses keep_losses;
  const Values predictions = model_(detail::inputs_of(batch));
  detail::BatchLoss loss =
      detail::batch_loss(training_.goals, predictions, batch.y, batch.sample_weight);
  loss.total = regularized(loss.total);
  meter.add(loss, predictions, batch.y, batch.sample_weight);
}

void Trainer::test_all(const data::BatchWalker& rows, detail::Meter& meter) {
  meter.reset();
  for (std::int64_t i = 0; i < rows.batches(); ++i) test(rows.batch(i), meter);
}

// Where to begin: at initial_epoch, or where a loaded state stood.
void Trainer::begin(Fit& fit) {
  detail::Training& t = training_;
  if (!t.resumed) {
    if (t.batch.get() != 0) t.round.set(t.round.get() + 1);
    t.epoch.set(fit.options.initial_epoch);
    t.batch.set(0);
    t.seed.set(static_cast<std::int64_t>(fit.options.seed.value_or(current_seed())));
  }
  fit.state.epoch = t.epoch.get();
  for (const CallbackHandle& callback : t.callbacks) callback->on_train_begin(fit.state);
  if (!t.resumed) return;
  t.resumed = false;
  for (std::size_t i = 0; i < t.callbacks.size(); ++i)
    for (NamedTensor& own : t.callbacks[i]->state())
      for (const NamedTensor& loaded : t.callback_state)
        if (loaded.name == fmt::format("{}/{}", i, own.name)) own.tensor.copy_(loaded.tensor);
  t.callback_state.clear();
}

void Trainer::train_epoch(Fit& fit) {
  detail::Training& t = training_;
  if (fit.options.shuffle)
    fit.train.shuffle(static_cast<std::uint64_t>(t.seed.get()),
                      static_cast<std::uint64_t>(t.round.get()));
  if (t.batch.get() == 0) t.meter.reset();
  fit.modes.train(true);
  while (t.batch.get() < fit.train.batches() && !fit.state.stop_training) {
    const std::int64_t i = t.batch.get();
    step(fit.train.batch(i));
    t.batch.set(i + 1);
    t.meter.write(fit.batch_logs);
    for (const CallbackHandle& callback : t.callbacks)
      callback->on_batch_end(fit.state, i, fit.batch_logs);
    fit.progress.batch(i + 1, fit.batch_logs);
  }
  fit.modes.train(false);
}

void Trainer::end_epoch(Fit& fit) {
  detail::Training& t = training_;
  std::erase_if(fit.epoch_logs.values, [&](const auto& each) {
    return !fit.validates() && each.first.starts_with("val_");
  });
  t.meter.write(fit.epoch_logs);
  const std::int64_t epoch = t.epoch.get();
  if (fit.validates()) {
    test_all(*fit.validation, t.validation_meter);
    t.validation_meter.write(fit.epoch_logs);
  }
  if (optim::Schedule* schedule = t.optimizer->schedule())
    if (fit.validates() || !fit.validation)
      schedule->observe(fit.epoch_logs[fit.validation ? "val_loss" : "loss"]);
  if (t.batch.get() == fit.train.batches()) {
    t.epoch.set(epoch + 1);
    t.batch.set(0);
    t.round.set(t.round.get() + 1);
  }
  for (const CallbackHandle& callback : t.callbacks)
    callback->on_epoch_end(fit.state, fit.epoch_logs);
  fit.history.add(epoch, fit.epoch_logs);
  fit.progress.end_epoch(fit.epoch_logs);
}

History Trainer::fit(const data::Dataset& rows, const FitOptions& options) {
  check_options(options);
  const Tensor weights =
      training_.row_weights.of(rows, options.sample_weight, options.class_weight, "fit", true);
  const Parts parts = split(rows.weighted(weights, "fit"), options);
  const data::BatchWalker first(parts.train, options.batch_size);
  detail::check_numbers("fit", "", parts.train);
  if (parts.validation.defined()) detail::check_numbers("fit", "validation ", parts.validation);
  prepare(first.batch(0));
  if (parts.validation.defined()) detail::check_validation(model_, parts.train, parts.validation);
  Fit fit(*this, parts, options);
  struct Callbacks {
    explicit Callbacks(std::vector<CallbackHandle>& list) : callbacks(list) {}
    ~Callbacks() { callbacks.clear(); }
    std::vector<CallbackHandle>& callbacks;
  } guard(training_.callbacks);
  training_.callbacks = options.callbacks;
  begin(fit);
  while (training_.epoch.get() < options.epochs && !fit.state.stop_training) {
    fit.state.epoch = training_.epoch.get();
    fit.progress.begin_epoch(fit.state.epoch, options.epochs, fit.train.batches());
    for (const CallbackHandle& callback : training_.callbacks) callback->on_epoch_begin(fit.state);
    train_epoch(fit);
    end_epoch(fit);
  }
  training_.optimizer->finalize();
  for (const CallbackHandle& callback : training_.callbacks) callback->on_train_end(fit.state);
  return std::move(fit.history);
}

Logs Trainer::evaluate(const data::Dataset& rows, const EvaluateOptions& options) {
  const data::Dataset weighted = rows.weighted(options.sample_weight, "evaluate");
  const data::BatchWalker walker(weighted, options.batch_size, "evaluate");
  detail::check_numbers("evaluate", "", weighted);
  if (!model_.built()) model_.build(detail::inputs_of(walker.batch(0)));
  detail::set_goals(model_, training_, op_);
  modules_ = detail::all_modules(model_);
  detail::Progress progress(options.verbose, stdout);
  detail::Meter meter(training_.goals);
  const detail::ModeSwitch modes(model_);
  modes.train(false);
  progress.begin_epoch(0, 1, walker.batches());
  test_all(walker, meter);
  Logs logs;
  meter.write(logs);
  progress.end_epoch(logs);
  return logs;
}

Logs Trainer::train_on_batch(const data::Batch& batch) {
  if (batch.x[0].dim(0) == 0)
    throw ValueError(op_, fmt::format("there is no data: x {}", to_string(batch.x[0].shape())));
  detail::check_numbers(op_, "", data::Dataset(batch.x, batch.y).weighted(batch.sample_weight));
  prepare(batch);
  const detail::ModeSwitch modes(model_);
  training_.meter.reset();
  modes.train(true);
  step(batch);
  modes.train(false);
  Logs logs;
  training_.meter.write(logs);
  return logs;
}

}  // namespace carousel::nn
