// An optimizer by name or by object, as compile() takes it.
#pragma once

#include <memory>
#include <string_view>

#include <carousel/optim/optimizer.h>

namespace carousel::optim {

// Copyable: a recipe, from which each model makes its own optimizer.
class OptimizerSpec {
 public:
  // "adam", "nadam", "rmsprop", ...: any of Keras', and of PyTorch's those that Keras
  // lacks, "asgd", "lbfgs", "radam", "rprop"; in any case. ValueError for another name.
  OptimizerSpec(std::string_view name);  // NOLINT: implicit, so that .optimizer = "adam" works
  OptimizerSpec(const char* name) : OptimizerSpec(std::string_view(name)) {}  // NOLINT
  // Its options count, not what it is bound to.
  OptimizerSpec(const Optimizer& optimizer) : prototype_(optimizer.fresh()) {}  // NOLINT

  std::unique_ptr<Optimizer> make() const { return prototype_->fresh(); }

 private:
  std::shared_ptr<const Optimizer> prototype_;
};

}  // namespace carousel::optim
