// Adam and AdamW.
#pragma once

#include <carousel/optim/optimizer.h>

namespace carousel::optim {

struct AdamOptions {
  LearningRate learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {}, clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};

// Kingma and Ba, 2015, as Keras writes it: m += (1 - beta_1) (g - m), v += (1 - beta_2) (g^2 - v),
// w -= lr sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon).
// Slots: "momentum" (m), "velocity" (v).
class Adam final : public Optimizer {
 public:
  using Options = AdamOptions;
  // ValueError: a learning rate or clip that is not positive and finite, a beta outside [0, 1), a
  // negative epsilon or weight decay.
  explicit Adam(const Options& options = {});
  std::unique_ptr<Optimizer> fresh() const override;

 protected:
  void update(std::span<const Update> updates, double learning_rate, std::int64_t step) override;

 private:
  Options options_;
};

struct AdamWOptions {
  LearningRate learning_rate = 1e-3;
  std::optional<double> weight_decay = 0.004;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  std::optional<double> clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};

// Adam with decoupled weight decay (Loshchilov and Hutter, 2019), by default 0.004.
class AdamW final : public Optimizer {
 public:
  using Options = AdamWOptions;
  explicit AdamW(const Options& options = {});
  std::unique_ptr<Optimizer> fresh() const override;

 protected:
  void update(std::span<const Update> updates, double learning_rate, std::int64_t step) override;

 private:
  Options options_;
};

}  // namespace carousel::optim
