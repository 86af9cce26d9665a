// Building modules: shapes first, on the meta device, then values. For the library's own use.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <carousel/nn/module.h>

namespace carousel::nn::detail {

// One pass over a model whose root is not built. At most one is under way in the process, and the
// thread that runs it finds it in current().
class Build {
 public:
  // Nothing changes if it throws.
  static void run(Module& root, const Values& inputs);
  // What the module gives for such inputs, on the meta device; the module stays as it was.
  static Values infer(Module& root, const Values& inputs);
  // The outputs of a call in a functional graph. Its layer is as one that was built for the first
  // of its calls that there still is; if there is none, this is it.
  static void infer(const std::shared_ptr<GraphNode>& call);
  static Build* current();

  // For whoever builds and then fails: what there is at and below a module, and the way back.
  struct Before {
    std::unordered_set<Module*> built;
    std::unordered_set<Tensor*> defined;
  };
  static Before before(Module& root);
  static void unbuild(Module& root, const Before& before);

  // A module met in the pass: declares its parameters, once. GraphError if it has some, and no
  // visit() below the root names it.
  void enter(Module& module, const Values& inputs);
  static void note_output(Module& module, const Value& first, std::size_t count);
  struct Declared {
    DrawFunction draw;
    Regularizer regularizer;
    Constraint constraint;
  };
  // ShapeError for a shape without elements.
  Tensor declare(const Shape& shape, Declared how);
  Tensor declare_random_state(std::optional<std::uint64_t> seed);

 private:
  struct Drawn {
    Tensor* place;
    Tensor values;
    bool parameter, trainable;
    Module* owner;
    const Declared* how;
  };

  explicit Build(Module& root);
  static Values inferred(Module& root, const Values& inputs, const Values& first);
  void name_parts();
  Values run_forward(const Values& inputs);
  Values pass(const Values& inputs);
  // Draws what was declared at and below `at`, or by `at` alone.
  std::vector<Drawn> draw(Module& at, bool alone);
  static void hand_over(Drawn& drawn);
  void commit();
  void roll_back();

  Module& root_;
  std::uint64_t seed_;
  Device device_;
  bool eager_ = false;  // with data: parameters are drawn as soon as they are declared
  DType dtype_ = f32;   // of the module that is being entered
  std::unordered_set<Module*> parts_;
  std::unordered_set<Module*> entered_;
  // By tensor: how to draw it, and what else it was declared with.
  std::unordered_map<const void*, Declared> declared_;
  std::vector<Tensor*> drawn_early_;
};

bool on_meta(const Tensor& x);
// Its shape and dtype there; undefined if x is.
Tensor meta_like(const Tensor& x);
// "encoder/lstm"; either may be empty.
std::string join_path(const std::string& path, const std::string& name);

}  // namespace carousel::nn::detail
