// compile, fit, evaluate, predict: the options of Module's training members, in Keras' order.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <carousel/nn/losses.h>
#include <carousel/nn/metrics.h>
#include <carousel/nn/module.h>
#include <carousel/nn/train/callback.h>
#include <carousel/nn/train/logs.h>
#include <carousel/optim/optimizer_spec.h>

namespace carousel::nn {

// A loss of all outputs, or {"mse", nn::Huber{}}: one for each, in their order.
class Losses {
 public:
  Losses() = default;
  template <std::convertible_to<Loss> L>
  Losses(L&& all) : list_(1, std::forward<L>(all)) {}                    // NOLINT: .loss = "mse"
  Losses(std::initializer_list<Loss> of_outputs) : list_(of_outputs) {}  // NOLINT
  const std::vector<Loss>& list() const { return list_; }

 private:
  std::vector<Loss> list_;
};

// Each by name or as an object: {.optimizer = "adam", .loss = nn::mse, .metrics = {"mae"}}.
// ValueError for an unknown name, and by compile() for no loss. A model of several outputs is
// trained on the sum of their losses, and logs each under the output's name: "price_loss".
struct CompileOptions {
  optim::OptimizerSpec optimizer = "rmsprop";
  Losses loss = {};
  std::vector<double> loss_weights = {};      // of the outputs' losses in the sum; 1 unless given
  std::vector<Metric> metrics = {};           // of every output
  std::vector<Metric> weighted_metrics = {};  // the same, with the sample weights
  std::vector<std::vector<Metric>> output_metrics = {};  // more of each output, in their order
};

struct ValidationData {
  Tensors x, y;
  Tensor sample_weight = {};
};

struct FitOptions {
  std::int64_t batch_size = 32;
  std::int64_t epochs = 1;
  // 0 silent, 1 a progress bar on a terminal and else a line an epoch, 2 a line an epoch.
  int verbose = 1;
  std::vector<CallbackHandle> callbacks = {};
  // The last part of the rows, taken before shuffling, in [0, 1).
  double validation_split = 0;
  ValidationData validation_data = {};
  // A Philox permutation for each epoch, counted over all fits, by `seed`.
  bool shuffle = true;
  // What the losses of the rows of a class are multiplied by, 1 unless given; targets are class
  // numbers or one-hot.
  std::map<std::int64_t, double> class_weight = {};
  // The same for each row, (rows,), or each position, (rows, time). Not beside class_weight.
  Tensor sample_weight = {};
  std::int64_t initial_epoch = 0;
  std::int64_t validation_batch_size = 0;  // 0: batch_size
  std::int64_t validation_freq = 1;        // validate after every so many epochs
  std::optional<std::uint64_t> seed = {};  // nn::current_seed() unless given
};

struct EvaluateOptions {
  std::int64_t batch_size = 32;
  int verbose = 0;
  Tensor sample_weight = {};
};

// As FitOptions'.
struct TrainOnBatchOptions {
  Tensor sample_weight = {};
  std::map<std::int64_t, double> class_weight = {};
};

struct PredictOptions {
  std::int64_t batch_size = 32;
};

// Module's members, for reference:
//
// compile: takes loss, optimizer and metrics; before fit, evaluate and train_on_batch (GraphError).
//
// fit: trains for (epochs - initial_epoch) epochs; called again it goes on. Builds the model from
// the first batch where that is due. Returns each epoch's means. ValueError: no rows, batch_size <
// 1, epochs < 1, initial_epoch outside [0, epochs], validation_split outside [0, 1) or leaving a
// part empty, half of validation_data, verbose outside 0 to 2, a callback that is null, a model
// without trainable parameters; losses, weights or targets that are not as many as the outputs.
// ShapeError: x and y differ in rows. NumericError: NaN in the targets.
//
// evaluate: loss and metrics over all rows, without dropout and without gradients.
//
// predict: the outputs for all rows, likewise; predict_many where there are several.
//
// train_on_batch: one step; its loss and metrics.

}  // namespace carousel::nn
