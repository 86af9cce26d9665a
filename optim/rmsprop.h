// RMSprop.
#pragma once

#include <carousel/optim/optimizer.h>

namespace carousel::optim {

struct RMSpropOptions {
  LearningRate learning_rate = 1e-3;
  double rho = 0.9;
  double momentum = 0;
  double epsilon = 1e-7;
  bool centered = false;
  std::optional<double> weight_decay = {}, clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};

// Tieleman and Hinton, 2012, as Keras writes it: a = rho a + (1 - rho) g^2, the step
// lr g / sqrt(a + epsilon); centered: a - mean(g)^2 in its place; momentum accumulates the steps.
// Slots: "velocity" (a), "momentum", "average_gradient".
class RMSprop final : public Optimizer {
 public:
  using Options = RMSpropOptions;
  // ValueError: a learning rate or clip that is not positive and finite, rho or momentum outside
  // [0, 1], a negative epsilon.
  explicit RMSprop(const Options& options = {});
  std::unique_ptr<Optimizer> fresh() const override;

 protected:
  void update(std::span<const Update> updates, double learning_rate, std::int64_t step) override;

 private:
  Options options_;
};

}  // namespace carousel::optim
