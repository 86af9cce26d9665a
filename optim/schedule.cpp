#include <carousel/optim/schedule.h>

#include <carousel/optim/check.h>
namespace carousel::optim {

void Schedule::observe(double) {}
std::vector<NamedTensor> Schedule::state() const { return {}; }

ReduceOnPlateau::ReduceOnPlateau(const Options& options)
    : options_(options),
      plateau_({.factor = options.factor,
                .patience = options.patience,
                .mode = options.mode,
                .min_delta = options.min_delta,
                .cooldown = options.cooldown,
                .min_lr = options.min_lr}),
      rate_(options.initial_learning_rate) {
  detail::check_positive("ReduceOnPlateau", "initial_learning_rate", rate_.get());
}

double ReduceOnPlateau::at(std::int64_t) const { return rate_.get(); }

void ReduceOnPlateau::observe(double value) { rate_.set(plateau_.next_rate(value, rate_.get())); }

std::vector<NamedTensor> ReduceOnPlateau::state() const {
  std::vector<NamedTensor> all = plateau_.state();
  all.push_back({"rate", rate_.tensor()});
  return all;
}

std::unique_ptr<Schedule> ReduceOnPlateau::clone() const {
  return std::make_unique<ReduceOnPlateau>(*this);
}

}  // namespace carousel::optim
