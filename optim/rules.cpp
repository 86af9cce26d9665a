// The optimizers' options and which kernel each runs; the rules themselves are the kernels'.
#include <carousel/optim/adam.h>
#include <carousel/optim/check.h>
#include <carousel/optim/rmsprop.h>
#include <carousel/optim/sgd.h>

namespace carousel::optim {
namespace {

template <class Options>
CommonOptions common_of(const Options& o) {
  return {o.learning_rate, o.weight_decay, o.clipnorm, o.clipvalue, o.global_clipnorm};
}

template <class Options>
void check_moments(const char* op, const Options& options) {
  detail::check_fraction(op, "beta_1", options.beta_1);
  detail::check_fraction(op, "beta_2", options.beta_2);
  detail::check_not_negative(op, "epsilon", options.epsilon);
}

}  // namespace

SGD::SGD(const Options& options)
    : Optimizer("SGD", common_of(options), {options.momentum > 0 ? "momentum" : nullptr}),
      options_(options) {
  detail::check_fraction("SGD", "momentum", options.momentum, true);
}

std::unique_ptr<Optimizer> SGD::fresh() const { return std::make_unique<SGD>(options_); }

void SGD::update(std::span<const Update> updates, double learning_rate, std::int64_t) {
  carousel::detail::run_optimizer(
      Kernel::sgd, updates,
      {learning_rate, options_.momentum, options_.nesterov ? 1.0 : 0.0, weight_decay()});
}

Adam::Adam(const Options& options)
    : Optimizer("Adam", common_of(options), {"momentum", "velocity"}), options_(options) {
  check_moments("Adam", options);
}

std::unique_ptr<Optimizer> Adam::fresh() const { return std::make_unique<Adam>(options_); }

void Adam::update(std::span<const Update> updates, double learning_rate, std::int64_t step) {
  carousel::detail::run_optimizer(Kernel::adam, updates,
                                  {learning_rate, options_.beta_1, options_.beta_2,
                                   options_.epsilon, weight_decay(), static_cast<double>(step)});
}

AdamW::AdamW(const Options& options)
    : Optimizer("AdamW", common_of(options), {"momentum", "velocity"}), options_(options) {
  check_moments("AdamW", options);
}

std::unique_ptr<Optimizer> AdamW::fresh() const { return std::make_unique<AdamW>(options_); }

void AdamW::update(std::span<const Update> updates, double learning_rate, std::int64_t step) {
  carousel::detail::run_optimizer(Kernel::adamw, updates,
                                  {learning_rate, options_.beta_1, options_.beta_2,
                                   options_.epsilon, weight_decay(), static_cast<double>(step)});
}

RMSprop::RMSprop(const Options& options)
    : Optimizer("RMSprop", common_of(options),
                {"velocity", options.momentum > 0 ? "momentum" : nullptr,
                 options.centered ? "average_gradient" : nullptr}),
      options_(options) {
  detail::check_fraction("RMSprop", "rho", options.rho, true);
  detail::check_fraction("RMSprop", "momentum", options.momentum, true);
  detail::check_not_negative("RMSprop", "epsilon", options.epsilon);
}

std::unique_ptr<Optimizer> RMSprop::fresh() const { return std::make_unique<RMSprop>(options_); }

void RMSprop::update(std::span<const Update> updates, double learning_rate, std::int64_t) {
  carousel::detail::run_optimizer(Kernel::rmsprop, updates,
                                  {learning_rate, options_.rho, options_.momentum, options_.epsilon,
                                   options_.centered ? 1.0 : 0.0, weight_decay()});
}

}  // namespace carousel::optim
