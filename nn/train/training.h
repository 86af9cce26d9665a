// What compile() leaves with a model; for the library's own use.
#pragma once

#include <memory>
#include <vector>

#include <carousel/nn/train/meter.h>
#include <carousel/nn/train/train.h>
#include <carousel/nn/train/weights.h>
#include <carousel/optim/host_number.h>

namespace carousel::nn::detail {

// All that training needs beside the model itself. `epoch`, `batch`, `round` and `seed` are the
// next batch's: with the sums of the epoch so far they say where a fit() stands.
struct Training {
  explicit Training(CompileOptions options);

  std::unique_ptr<optim::Optimizer> optimizer;
  CompileOptions options;
  Goals goals;  // known with the model's outputs, when it is built
  Meter meter, validation_meter;
  RowWeights row_weights;
  optim::detail::HostNumber<std::int64_t> epoch{0}, batch{0};
  // Epochs trained in all fits; the shuffle's round.
  optim::detail::HostNumber<std::int64_t> round{0}, seed{0};
  // Loaded, so that the next fit() goes on from here.
  bool resumed = false;
  // Loaded for the callbacks of the next fit(): "<position in the list>/<name>".
  std::vector<NamedTensor> callback_state;
  // Of the fit() under way.
  std::vector<CallbackHandle> callbacks;
};

// Once the model is built: what its outputs are measured by. ValueError that names `op` if
// compile() gave another number of losses than there are outputs.
void set_goals(Module& model, Training& training, const char* op);
// The same, and gives the optimizer the trainable parameters; ValueError if there are none.
void bind_training(Module& model, Training& training, const char* op);

// GraphError if the model was not compiled.
Training& training_of(Module& model, const char* op);

// Switches a model and everything below between training and not, without a walk each time.
class ModeSwitch {
 public:
  explicit ModeSwitch(Module& model);
  void train(bool on) const;

 private:
  std::vector<Module*> modules_;
};

}  // namespace carousel::nn::detail
