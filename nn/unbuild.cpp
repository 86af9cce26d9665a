// The way back from a build.
#include <carousel/nn/build.h>
#include <carousel/nn/upkeep.h>

namespace carousel::nn::detail {

Build::Before Build::before(Module& root) {
  Before before;
  walk(
      root,
      [&](const std::string&, Module& module) {
        if (module.built_) before.built.insert(&module);
      },
      [&](const std::string&, Tensor& x, Role, Module&) {
        if (x.defined()) before.defined.insert(&x);
      });
  return before;
}

void Build::unbuild(Module& root, const Before& before) {
  walk(
      root,
      [&](const std::string&, Module& module) {
        if (before.built.contains(&module)) return;
        module.built_ = false, module.shaped_ = false;
        if (module.upkeep_) module.upkeep_->rules.clear();
      },
      [&](const std::string&, Tensor& x, Role, Module&) {
        if (!before.defined.contains(&x)) x = Tensor();
      });
}

}  // namespace carousel::nn::detail
