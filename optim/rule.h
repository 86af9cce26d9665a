// An optimizer from its options and its rule, which stand in one struct:
//
//   struct PerceptronOptions {
//     LearningRate learning_rate = 0.1;
//     std::optional<double> weight_decay = {};
//     CAROUSEL_OPTIMIZER_OPTIONS;
//
//     static constexpr const char* kName = "Perceptron";
//     void check() const {}
//     void step(optim::Step& s) const { s.w -= s.learning_rate * sign(s.g); }
//   };
//   using Perceptron = optim::Rule<PerceptronOptions>;
#pragma once

#include <memory>
#include <optional>

#include <carousel/optim/optimizer.h>

namespace carousel::optim {

namespace detail {

// weight_decay as `lambda * w` in the gradient, or where the rule puts it: PyTorch's conventions.
template <class Options>
concept HasOwnDecay = requires {
  Options::kOwnWeightDecay;
};

template <class Options>
CommonOptions common_of(const Options& o) {
  CommonOptions common;
  if constexpr (requires { o.learning_rate; })
    common.learning_rate = o.learning_rate;
  else
    common.learning_rate = o.lr;
  if constexpr (requires { o.weight_decay; }) common.weight_decay = o.weight_decay;
  common.decoupled_weight_decay = !HasOwnDecay<Options>;
  common.clipnorm = o.clipnorm;
  common.clipvalue = o.clipvalue;
  common.global_clipnorm = o.global_clipnorm;
  common.use_ema = o.use_ema;
  common.ema_momentum = o.ema_momentum;
  common.ema_overwrite_frequency = o.ema_overwrite_frequency;
  common.loss_scale_factor = o.loss_scale_factor;
  common.gradient_accumulation_steps = o.gradient_accumulation_steps;
  return common;
}

}  // namespace detail

// check() throws ValueError for options outside their domain. step() is recorded anew for each
// step and group: it may compute what it likes from options, s.learning_rate and s.t, and says by
// arithmetic on s.w, s.g and slots what happens to an element. Rules that look at whole tensors
// have `update(Step&, std::span<const Update>)` in its place, and if need be `make_slot` (nothing:
// as usual) and `check_parameters`, as Optimizer's.
template <class OptionsOfRule>
class Rule final : public Optimizer {
 public:
  using Options = OptionsOfRule;
  // ValueError: a learning rate or clip that is not positive and finite, and what check() says.
  explicit Rule(const Options& options = {})
      : Optimizer(Options::kName, detail::common_of(options)), options_(options) {
    options_.check();
  }

 protected:
  std::unique_ptr<Optimizer> again() const override { return std::make_unique<Rule>(options_); }

  void update(Step& s, std::span<const Update> updates) override {
    if constexpr (requires { options_.update(s, updates); })
      options_.update(s, updates);
    else
      options_.step(s);
  }

  Tensor make_slot(const detail::Slot& slot, const NamedTensor& parameter) const override {
    if constexpr (requires { options_.make_slot(slot, parameter); }) {
      if (std::optional<Tensor> made = options_.make_slot(slot, parameter)) return *made;
    }
    return Optimizer::make_slot(slot, parameter);
  }

  void check_parameters(std::span<const NamedTensor> parameters) const override {
    Optimizer::check_parameters(parameters);
    if constexpr (requires { options_.check_parameters(parameters); })
      options_.check_parameters(parameters);
  }

 private:
  Options options_;
};

}  // namespace carousel::optim
