// Gradient descent.
#pragma once

#include <carousel/optim/optimizer.h>

namespace carousel::optim {

struct SGDOptions {
  LearningRate learning_rate = 0.01;
  double momentum = 0;
  bool nesterov = false;
  std::optional<double> weight_decay = {}, clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};

// w -= lr g; with momentum v = momentum v - lr g, w += v, or with Nesterov w += momentum v - lr g.
// Slot: "momentum" (only where momentum > 0).
class SGD final : public Optimizer {
 public:
  using Options = SGDOptions;
  // ValueError: a learning rate or clip that is not positive and finite, momentum outside [0, 1].
  explicit SGD(const Options& options = {});
  std::unique_ptr<Optimizer> fresh() const override;

 protected:
  void update(std::span<const Update> updates, double learning_rate, std::int64_t step) override;

 private:
  Options options_;
};

}  // namespace carousel::optim
