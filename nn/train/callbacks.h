// The callbacks that come with the library; options in Keras' order and with its defaults.
//
//   model.fit(x, y, {.callbacks = {nn::EarlyStopping{{.patience = 5}}, nn::CSVLogger{"log.csv"}}});
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <carousel/nn/train/callback.h>
#include <carousel/optim/host_number.h>
#include <carousel/optim/plateau.h>

namespace carousel::nn {

// A value of the logs and which way is better. mode: "min", "max", or "auto": max for names that
// end in "acc" or "accuracy". A NaN never is better.
class Monitor {
 public:
  // ValueError for another mode.
  Monitor(const char* op, std::string name, const std::string& mode, double min_delta = 0);
  // Nothing in an epoch without validation; ValueError where there never is such a value.
  std::optional<double> value(const FitState& fit, const Logs& logs) const;
  bool better(double value, double than) const;
  double worst() const;
  const char* mode() const { return larger_ ? "max" : "min"; }

 private:
  const char* op_;
  std::string name_;
  bool larger_;
  double min_delta_;
};

struct EarlyStoppingOptions {
  std::string monitor = "val_loss";
  double min_delta = 0;
  std::int64_t patience = 0;
  int verbose = 0;
  std::string mode = "auto";
  std::optional<double> baseline = {};
  bool restore_best_weights = false;
  std::int64_t start_from_epoch = 0;
};

// Stops after `patience` epochs in a row that were not better than the best by more than min_delta.
// restore_best_weights: the model ends as it was after its best epoch.
class EarlyStopping : public Callback {
 public:
  using Options = EarlyStoppingOptions;
  // ValueError: a negative or NaN min_delta, patience or start_from_epoch; an unknown mode.
  explicit EarlyStopping(Options options = {});

  void on_train_begin(FitState& fit) override;
  void on_epoch_end(FitState& fit, Logs& logs) override;
  void on_train_end(FitState& fit) override;
  std::vector<NamedTensor> state() override;

  // Of the fit() last seen: the epoch that was stopped after, or -1; the best one, or -1.
  std::int64_t stopped_epoch() const { return stopped_epoch_; }
  std::int64_t best_epoch() const { return best_epoch_.get(); }

 private:
  void keep_weights();

  Options options_;
  Monitor monitor_;
  optim::detail::HostNumber<double> best_;
  optim::detail::HostNumber<std::int64_t> wait_{0}, best_epoch_{-1};
  std::int64_t stopped_epoch_ = -1;
  std::vector<NamedTensor> own_, kept_;  // the model's parameters and buffers; their best copies
};

struct ReduceLROnPlateauOptions {
  std::string monitor = "val_loss";
  double factor = 0.1;
  std::int64_t patience = 10;
  int verbose = 0;
  std::string mode = "auto";
  double min_delta = 1e-4;
  std::int64_t cooldown = 0;
  double min_lr = 0;
};

// Multiplies the optimizer's learning rate by `factor` where the monitored value no longer
// improves (optim::Plateau); adds "learning_rate" to the logs.
class ReduceLROnPlateau : public Callback {
 public:
  using Options = ReduceLROnPlateauOptions;
  // ValueError as optim::Plateau.
  explicit ReduceLROnPlateau(Options options = {});
  void on_train_begin(FitState& fit) override;
  void on_epoch_end(FitState& fit, Logs& logs) override;
  std::vector<NamedTensor> state() override { return plateau_.state(); }

 private:
  Options options_;
  Monitor monitor_;
  optim::Plateau plateau_;
};

struct LearningRateSchedulerOptions {
  // The rate of this epoch, counted from 0, from the one so far.
  std::function<double(std::int64_t epoch, double learning_rate)> schedule = {};
  int verbose = 0;
};

// Sets the optimizer's learning rate at the beginning of each epoch; adds "learning_rate" to the
// logs. For a rate that changes at each step give the optimizer a schedule (optim/schedules.h).
class LearningRateScheduler : public Callback {
 public:
  using Options = LearningRateSchedulerOptions;
  // ValueError for no schedule; in training for a rate that is not positive and finite, or an
  // optimizer whose rate is a schedule's.
  explicit LearningRateScheduler(Options options);
  void on_epoch_begin(FitState& fit) override;
  void on_epoch_end(FitState& fit, Logs& logs) override;

 private:
  Options options_;
};

struct ModelCheckpointOptions {
  // {epoch}, counted from 1, and names of the logs are filled in:
  // "run-{epoch:02}-{val_loss:.3f}.h5".
  std::string filepath = {};
  std::string monitor = "val_loss";
  int verbose = 0;
  bool save_best_only = false;
  bool save_weights_only = false;
  std::string mode = "auto";
  std::int64_t save_freq = 0;  // 0: after each epoch; else after so many batches
  std::optional<double> initial_value_threshold = {};  // what save_best_only must be better than
};

// Saves the whole training state (nn/train/training_state.h), or the weights alone.
class ModelCheckpoint : public Callback {
 public:
  using Options = ModelCheckpointOptions;
  // ValueError: no filepath or a malformed one, a negative save_freq, save_best_only by batches.
  explicit ModelCheckpoint(Options options);
  void on_train_begin(FitState& fit) override;
  void on_batch_end(FitState& fit, std::int64_t batch, const Logs& logs) override;
  void on_epoch_end(FitState& fit, Logs& logs) override;
  std::vector<NamedTensor> state() override;

 private:
  void save(FitState& fit, const Logs& logs);

  Options options_;
  Monitor monitor_;
  optim::detail::HostNumber<double> best_;
  optim::detail::HostNumber<std::int64_t> batches_{0};
};

// A line an epoch: epoch, then the logs in alphabetical order; "NA" where an epoch lacks one. The
// first line names them. `append` goes on with an old file, without another first line.
class CSVLogger : public Callback {
 public:
  explicit CSVLogger(std::string filename, std::string separator = ",", bool append = false);
  // IoError if the file can't be opened or written, here and after each epoch.
  void on_train_begin(FitState& fit) override;
  void on_epoch_end(FitState& fit, Logs& logs) override;
  void on_train_end(FitState& fit) override;

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void write_line(const FitState& fit, const Logs& logs, bool header);

  std::string filename_, separator_;
  bool append_, begun_ = false;
  std::vector<std::string> names_;
  std::unique_ptr<std::FILE, Close> file_;
};

// Stops at the first batch after which the loss is NaN or infinite, and says so on stderr.
class TerminateOnNaN : public Callback {
 public:
  void on_batch_end(FitState& fit, std::int64_t batch, const Logs& logs) override;
};

struct LambdaCallbackOptions {
  std::function<void(FitState&)> on_epoch_begin = {};
  std::function<void(FitState&, Logs&)> on_epoch_end = {};
  std::function<void(FitState&)> on_train_begin = {};
  std::function<void(FitState&)> on_train_end = {};
  std::function<void(FitState&, std::int64_t batch, const Logs&)> on_batch_end = {};
};

// Functions of yours; those not given do nothing.
class LambdaCallback : public Callback {
 public:
  using Options = LambdaCallbackOptions;
  explicit LambdaCallback(Options options) : options_(std::move(options)) {}
  void on_train_begin(FitState& fit) override;
  void on_epoch_begin(FitState& fit) override;
  void on_batch_end(FitState& fit, std::int64_t batch, const Logs& logs) override;
  void on_epoch_end(FitState& fit, Logs& logs) override;
  void on_train_end(FitState& fit) override;

 private:
  Options options_;
};

}  // namespace carousel::nn
