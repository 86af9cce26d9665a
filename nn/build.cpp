#include <carousel/nn/build.h>

#include <mutex>

#include <fmt/format.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/autograd/ops/create.h>
#include <carousel/nn/graph.h>
#include <carousel/nn/upkeep.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/impl.h>

namespace carousel::nn {
namespace {

std::atomic<std::uint64_t> g_seed{0};
thread_local detail::Build* t_build = nullptr;

std::mutex& build_mutex() {
  static auto* mutex = new std::mutex;
  return *mutex;
}

using detail::meta_like;
using detail::on_meta;

Tensor data_like(const Tensor& x) {
  return on_meta(x) ? zeros(x.shape(), {.dtype = x.dtype()}) : x;
}

template <class F>
Values each_of(const Values& inputs, const F& f) {
  Values result;
  for (const Value& input : inputs) result.push_back(Value::masked(f(input), f(input.mask)));
  return result;
}

// While it lives, parts that were built before have meta tensors in place of their own.
class StandIns {
 public:
  explicit StandIns(Module& root) {
    detail::walk(root, nullptr, [&](const std::string&, Tensor& x, Role, Module&) {
      if (!x.defined() || on_meta(x)) return;
      originals_.emplace_back(&x, x);
      x = meta_like(x);
    });
  }
  // Back to front: a tensor that is named twice has its original in the first entry.
  ~StandIns() {
    for (auto it = originals_.rbegin(); it != originals_.rend(); ++it) *it->first = it->second;
  }
  StandIns(const StandIns&) = delete;
  StandIns& operator=(const StandIns&) = delete;

 private:
  std::vector<std::pair<Tensor*, Tensor>> originals_;
};

// Nothing is dropped while shapes are sought.
class NotTraining {
 public:
  explicit NotTraining(Module& root) {
    detail::walk(
        root,
        [&](const std::string& path, Module& module) {
          if (path.empty() || module.training()) modules_.emplace_back(&module, module.training());
        },
        nullptr);
    root.train(false);
  }
  ~NotTraining() {
    for (auto& [module, training] : modules_) module->set_training(training);
  }
  NotTraining(const NotTraining&) = delete;
  NotTraining& operator=(const NotTraining&) = delete;

 private:
  std::vector<std::pair<Module*, bool>> modules_;
};

}  // namespace

void set_seed(std::uint64_t seed) { g_seed = seed; }
std::uint64_t current_seed() { return g_seed; }

namespace detail {

bool on_meta(const Tensor& x) { return x.defined() && x.device().kind == DeviceKind::meta; }

Tensor meta_like(const Tensor& x) {
  return x.defined() ? carousel::detail::empty(x.shape(), x.dtype(), DeviceKind::meta) : x;
}

std::string join_path(const std::string& path, const std::string& name) {
  return path.empty() || name.empty() ? path + name : path + "/" + name;
}

Build* Build::current() { return t_build; }

Build::Build(Module& root) : root_(root), seed_(g_seed) { name_parts(); }

// Parts learn their names before anything runs, so that errors can say where.
void Build::name_parts() {
  walk(
      root_,
      [&](const std::string& path, Module& module) {
        if (!parts_.insert(&module).second || path.empty() || module.built_) return;
        module.name_ = path.substr(path.rfind('/') + 1);
        module.path_ = join_path(root_.path_, path);
      },
      nullptr);
}

namespace {

struct Current {
  explicit Current(Build* current) { t_build = current; }
  ~Current() { t_build = nullptr; }
  Current(const Current&) = delete;
  Current& operator=(const Current&) = delete;
};

}  // namespace

void Build::run(Module& root, const Values& inputs) {
  const std::lock_guard lock(build_mutex());
  if (root.built_) return;
  if (inputs.empty()) throw ShapeError("build", root.name() + " needs at least one input");
  Build build(root);
  const Current current(&build);
  build.device_ = on_meta(inputs[0]) ? Device() : inputs[0].device();
  try {
    build.pass(inputs);
    build.commit();
  } catch (...) {
    build.roll_back();
    throw;
  }
}

namespace {

void check_may_infer(const Module& root, std::size_t inputs) {
  if (t_build)
    throw GraphError("symbol",
                     "symbols can't be made while a model is being built: make the graph "
                     "in a constructor");
  if (inputs == 0) throw ShapeError("symbol", root.name() + " needs at least one input");
}

}  // namespace

Values Build::infer(Module& root, const Values& inputs) {
  check_may_infer(root, inputs.size());
  const std::lock_guard lock(build_mutex());
  return inferred(root, inputs, {});
}

void Build::infer(const std::shared_ptr<GraphNode>& call) {
  Module& layer = *call->layer;
  const Values inputs[] = {samples_of(call->inputs, 0), samples_of(call->inputs, 1)};
  check_may_infer(layer, call->inputs.size());
  std::shared_ptr<const GraphNode> first;  // let go of when others may build again
  const std::lock_guard lock(build_mutex());
  first = layer.first_call_.lock();
  if (first && first->layer != call->layer) first = nullptr;  // of a layer that was moved here
  for (const int choice : {0, 1})
    call->outputs[choice] =
        inferred(layer, inputs[choice], first ? samples_of(first->inputs, choice) : Values());
  if (!first) layer.first_call_ = call;
}

// The lock is held. As if the module were built for `first`, where that holds inputs.
Values Build::inferred(Module& root, const Values& inputs, const Values& first) {
  Build build(root);
  const Current current(&build);
  try {
    if (!first.empty()) build.pass(first);
    const Values outputs = each_of(build.pass(inputs), meta_like);
    build.roll_back();
    return outputs;
  } catch (...) {
    build.roll_back();
    throw;
  }
}

Values Build::run_forward(const Values& inputs) {
  const NoGrad no_grad;
  const NotTraining not_training(root_);
  return root_(inputs);
}

// A forward() that reads data, or mixes in tensors that no visit() names, can't run on meta: then
// once more with data.
Values Build::pass(const Values& inputs) {
  if (eager_) return run_forward(each_of(inputs, data_like));
  try {
    const StandIns stand_ins(root_);
    return run_forward(each_of(inputs, meta_like));
  } catch (const DeviceError&) {
    roll_back();
    eager_ = true;
    return run_forward(each_of(inputs, data_like));
  }
}

void Build::enter(Module& module, const Values& inputs) {
  if (entered_.contains(&module)) return;
  if (!parts_.contains(&module)) name_parts();  // another part's make_parameters() has made it
  const Tensor& x = inputs.at(0);
  dtype_ = is_floating(x.dtype()) ? x.dtype() : f32;
  const std::size_t before = declared_.size();
  module.make_parameters(inputs);
  if (!parts_.contains(&module)) {
    if (declared_.size() == before) return;
    throw GraphError("build", fmt::format("{} calls a {} that no visit() names", root_.type_name(),
                                          module.type_name()));
  }
  module.input_shape_ = x.shape();
  module.input_dtype_ = x.dtype();
  entered_.insert(&module);
  if (!eager_) return;
  for (Drawn& each : draw(module, true)) {
    hand_over(each);
    drawn_early_.push_back(each.place);
  }
}

void Build::note_output(Module& module, const Value& first, std::size_t count) {
  module.output_shape_ = first.shape();
  module.output_count_ = count;
  module.shaped_ = true;
}

void Build::roll_back() {
  for (Tensor* each : drawn_early_) *each = Tensor();
  walk(root_, nullptr, [](const std::string&, Tensor& x, Role, Module&) {
    if (on_meta(x)) x = Tensor();
  });
  for (Module* module : entered_) {
    module->shaped_ = false;
    if (module->upkeep_) module->upkeep_->rules.clear();
  }
  entered_.clear();
  declared_.clear();
  drawn_early_.clear();
}

}  // namespace detail
}  // namespace carousel::nn
