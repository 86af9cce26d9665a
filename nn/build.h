// Building modules: shapes first, on the meta device, then values. For the library's own use.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <carousel/nn/module.h>

namespace carousel::nn::detail {

// One pass over a model whose root is not built. At most one is under way in the process, and the
// thread that runs it finds it in current().
class Build {
 public:
  static void run(Module& root, const Values& inputs);
  static Build* current();

  // A module met in the pass: declares its parameters.
  void enter(Module& module, const Values& inputs);
  static void note_output(Module& module, const Value& output);
  Tensor declare(const Shape& shape, const Initializer& initializer);
  Tensor declare_random_state();

 private:
  Build(Module& root, Device device) : root_(root), device_(device) {}
  static void name_parts(Module& root);
  void pass(const Values& inputs);
  void materialise();
  void roll_back();

  Module& root_;
  Device device_;
  DType dtype_ = f32;  // of the module that is being entered
  std::vector<Module*> entered_;
  // By tensor: how to draw it.
  std::unordered_map<const void*, Initializer> declared_;
};

}  // namespace carousel::nn::detail
