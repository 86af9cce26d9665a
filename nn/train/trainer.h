// The training loop behind Module's members.
#pragma once

#include <optional>

#include <carousel/nn/data/dataset.h>
#include <carousel/nn/train/training.h>

namespace carousel::nn {

namespace detail {
class Progress;
// What the model takes of a batch.
Values inputs_of(const data::Batch& batch);
}  // namespace detail

// One batch's way: model, loss, backward, clip, step, metrics. A view of a compiled model, made for
// one call.
class Trainer {
 public:
  // GraphError if the model was not compiled; errors are named after `op`.
  Trainer(Module& model, const char* op);

  History fit(const data::Dataset& rows, const FitOptions& options);
  Logs evaluate(const data::Dataset& rows, const EvaluateOptions& options);
  Logs train_on_batch(const data::Batch& batch);
  // Needs no compile().
  static Tensors predict(Module& model, const Tensors& x, const PredictOptions& options);

 private:
  struct Fit;
  // Builds the model for such a batch and binds what compile() gave.
  void prepare(const data::Batch& like);
  // The loss with what regularizers add to it.
  Tensor regularized(const Tensor& loss) const;
  void step(const data::Batch& batch);
  void test(const data::Batch& batch, detail::Meter& meter);
  void test_all(const data::BatchWalker& rows, detail::Meter& meter);
  void begin(Fit& fit);
  void train_epoch(Fit& fit);
  void end_epoch(Fit& fit);

  Module& model_;
  const char* op_;
  detail::Training& training_;
  std::vector<Module*> modules_;  // the model and its parts
};

}  // namespace carousel::nn
