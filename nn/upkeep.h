// Regularizers and constraints of a model at work; for the library's own use.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <carousel/nn/module.h>

namespace carousel::nn::detail {

// What a module has of it.
struct Upkeep {
  struct Rule {
    Tensor parameter;
    Regularizer regularizer;
    Constraint constraint;
  };

  // The module's own; made where it has none.
  static Upkeep& of(Module& module);
  static Upkeep* find(Module& module) { return module.upkeep_.get(); }

  std::vector<Rule> rules;
  Regularizer activity;
  std::vector<Tensor> losses;  // of the call `losses_of`
  std::uint64_t losses_of = 0;
};

// A module and everything below, each once.
std::vector<Module*> all_modules(Module& root);
// Undefined where there is nothing to add. `modules` are those of `root`.
Tensor regularization_loss(Module& root, std::span<Module* const> modules);
void apply_constraints(std::span<Module* const> modules);

// While it lives, calls on this thread keep losses out of training mode, too.
class KeepLosses {
 public:
  KeepLosses();
  ~KeepLosses();
  KeepLosses(const KeepLosses&) = delete;
  KeepLosses& operator=(const KeepLosses&) = delete;

 private:
  bool before_;
};

}  // namespace carousel::nn::detail
