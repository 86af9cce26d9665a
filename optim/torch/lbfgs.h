// L-BFGS, with PyTorch's names, arguments, defaults and rules.
#pragma once

#include <optional>
#include <string>

#include <carousel/optim/optimizer.h>

namespace carousel::optim::torch {

struct LBFGSOptions {
  LearningRate lr = 1.0;
  std::int64_t max_iter = 20;
  std::optional<std::int64_t> max_eval = {};  // nothing: max_iter * 5 / 4
  double tolerance_grad = 1e-7;
  double tolerance_change = 1e-9;
  std::int64_t history_size = 100;
  std::optional<std::string> line_search_fn = {};  // or "strong_wolfe"
  bool maximize = false;
};

// Quasi-Newton steps from the last history_size changes of the gradient (Nocedal and Wright, 2006),
// for losses without noise: one step() makes up to max_iter iterations and calls the closure up to
// max_eval times. Works on all parameters as one vector of one dtype and device, and keeps
// 2 * history_size + 2 such vectors.
//
//   lbfgs.step([&] { lbfgs.zero_grad(); Tensor loss = ...; loss.backward(); return loss; });
class LBFGS final : public Optimizer {
 public:
  using Options = LBFGSOptions;
  // ValueError: counts below 1, negative tolerances, another line search.
  explicit LBFGS(const Options& options = {});

  // GraphError: it needs the closure.
  void step() override;
  // Returns the loss before the step. GraphError if unbound; what the closure throws.
  Tensor step(Closure closure) override;
  // ValueError: it has none.
  void add_group(const ParameterGroup& group) override;
  std::vector<NamedTensor> state() const override;

 protected:
  std::unique_ptr<Optimizer> again() const override;
  void update(Step&, std::span<const Update>) override {}
  void check_parameters(std::span<const NamedTensor> parameters) const override;
  void after_bind() override;

 private:
  // A place along the search direction: loss, slope there and gradient.
  struct Place {
    double t, loss, slope;
    Tensor gradient;
  };
  struct Search;

  double sign() const { return options_.maximize ? -1 : 1; }  // of what is minimised
  Tensor flat_gradient() const;
  void move(const Tensor& by, double t);
  Tensor flat_parameters() const;
  void set_parameters(const Tensor& x);
  Place look(Closure closure, const Tensor& x, double t);
  // At most `most` trials; `looks` counts the calls of the closure.
  Place strong_wolfe(Closure closure, const Place& here, double t, int most, int& looks);
  void remember(const Tensor& gradient);
  void choose_direction(const Tensor& gradient);
  Tensor row(const Tensor& history, std::int64_t i) const;

  Options options_;
  // What the next iteration knows of those before.
  Tensor direction_, previous_gradient_, changes_, steps_, reciprocals_;
  optim::detail::HostNumber<double> scale_{1}, length_{0}, previous_loss_{0};
  optim::detail::HostNumber<std::int64_t> iteration_{0}, oldest_{0}, kept_{0};
};

}  // namespace carousel::optim::torch
