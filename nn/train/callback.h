// What may look on, and take part, while a model trains.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <vector>

#include <carousel/nn/module.h>
#include <carousel/nn/train/logs.h>
#include <carousel/optim/optimizer.h>
#include <carousel/tensor/named_tensor.h>

namespace carousel::nn {

// What a callback sees of a fit() under way.
struct FitState {
  Module& model;
  optim::Optimizer& optimizer;
  std::int64_t epochs = 0;   // that were asked for
  std::int64_t epoch = 0;    // the one under way, from 0
  std::int64_t batches = 0;  // an epoch
  std::int64_t rows = 0;     // of the training part
  bool has_validation = false;
  bool stop_training = false;  // set it: fit() returns after this batch
};

// Override what is wanted. `logs` holds the running means of the epoch, and at its end those of the
// validation too.
class Callback {
 public:
  virtual ~Callback() = default;
  virtual void on_train_begin(FitState&) {}
  virtual void on_epoch_begin(FitState&) {}
  virtual void on_batch_end(FitState&, std::int64_t batch, const Logs& logs);
  virtual void on_epoch_end(FitState&, Logs& logs);
  virtual void on_train_end(FitState&) {}
  // What a checkpoint of the training must hold for this callback to go on.
  virtual std::vector<NamedTensor> state() { return {}; }
};

// A callback in a list: made from a temporary, or from a shared_ptr that the caller keeps to look
// at it afterwards. Copies share the callback.
class CallbackHandle {
 public:
  template <std::derived_from<Callback> C>
  CallbackHandle(C callback) : callback_(std::make_shared<C>(std::move(callback))) {}  // NOLINT
  template <std::derived_from<Callback> C>
  CallbackHandle(std::shared_ptr<C> callback) : callback_(std::move(callback)) {}  // NOLINT
  Callback* operator->() const { return callback_.get(); }
  explicit operator bool() const { return callback_ != nullptr; }

 private:
  std::shared_ptr<Callback> callback_;
};

}  // namespace carousel::nn
