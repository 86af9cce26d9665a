// The base of everything that has parameters.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <carousel/nn/constraints.h>
#include <carousel/nn/init.h>
#include <carousel/nn/regularizers.h>
#include <carousel/nn/value.h>
#include <carousel/nn/visitor.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/tensor.h>

namespace carousel::nn {

class Symbol;
class Symbols;
struct CompileOptions;
struct FitOptions;
struct EvaluateOptions;
struct TrainOnBatchOptions;
struct PredictOptions;
class History;
struct Logs;
namespace detail {
struct Training;
struct Upkeep;
struct GraphNode;
class Build;
class CallScope;
}  // namespace detail

// Parameters' first values are functions of (seed, path below the model). Process-wide; 0 at start.
void set_seed(std::uint64_t seed);
std::uint64_t current_seed();

namespace detail {
// One call of a module. The outermost one of a thread begins anew what add_loss() gathers.
class CallScope {
 public:
  explicit CallScope(Module& module);
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;
};
}  // namespace detail

// A layer or a model. A new one gives its parts as members, names them in visit() and computes in
// forward():
//
//   struct Forecaster : nn::Module {
//     nn::LSTM lstm{{.units = 50}};
//     nn::Dense head{{.units = 1}};
//
//     nn::Value forward(const nn::Value& x) override { return head(lstm(x)); }
//     void visit(nn::Visitor& v) override { v("lstm", lstm), v("head", head); }
//   };
//
// A module with parameters of its own also overrides make_parameters(). Shapes are lazy: the first
// input, or build(), runs forward() once on the meta device, where shapes flow without data, and
// then draws the parameters. A part that this pass does not reach is built when it is first called.
// Movable, not copyable. Calls from several threads are safe while nobody trains or changes it.
class Module {
 public:
  Module() = default;
  virtual ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  Module(Module&& other) noexcept;
  Module& operator=(Module&& other) noexcept;

  // forward(), after building where that is due. Errors get this module's place in the model.
  Value operator()(const Value& x);
  Values operator()(const Values& inputs);

  // On symbols: a call in a functional graph (nn/model.h), which takes the layer over. GraphError
  // for a class of layers that the library does not know (nn::register_layer).
  Symbol operator()(const Symbol& x) &&;
  Symbols operator()(const Symbols& inputs) &&;
  template <bool owned = false>
  void operator()(const Symbols&) & {
    static_assert(owned,
                  "on symbols a layer belongs to the graph: call std::move(layer), or, to call it "
                  "more than once, make it by nn::share(...)");
  }

  // One input, one output. ValueError if only forward_many is there.
  virtual Value forward(const Value& x);
  // Several inputs or outputs; calls forward() for one input.
  virtual Values forward_many(const Values& inputs);
  // Names children, parameters and buffers; the one place that knows them.
  virtual void visit(Visitor& visitor);
  // "LSTM": the class, without namespaces.
  virtual std::string type_name() const;
  // The options as a JSON object, from which nn::make_layer builds the like; GraphError for a
  // module that is none of the library's and was not registered.
  virtual std::string config() const;

  // Builds for inputs of this shape, batch included. Nothing happens if built already.
  void build(const Shape& input, DType dtype = f32);
  void build(const Values& like);
  bool built() const { return built_; }
  // What it was built for, batch included; GraphError before.
  const Shape& input_shape() const;
  DType input_dtype() const;

  // All inputs as options promised them, on the meta device; empty if they did not.
  virtual Values promised_inputs() const;

  // Below a model the name that visit() gives, else the type's in lower case.
  std::string name() const;
  void set_name(std::string_view name) { name_ = name; }
  bool has_own_name() const { return !name_.empty(); }

  // All parameters, in visit()'s order, trainable or not, each once. GraphError if something is
  // not built and its input shape isn't known.
  std::vector<Tensor> parameters();
  std::vector<NamedTensor> named_parameters();
  // Parameters, buffers and random states: what a checkpoint holds.
  std::vector<NamedTensor> named_state();
  std::int64_t num_parameters();
  // Copies of parameters and buffers (moving means, ...), as Keras has them; and back, all or none.
  // ShapeError names the first that differs.
  std::vector<Tensor> get_weights();
  void set_weights(const std::vector<Tensor>& weights);

  // Moves or converts parameters and buffers in place: handles on them, an optimizer's too, stay
  // valid. Gradients are dropped. Returns itself.
  Module& to(Device device);
  Module& to(DType dtype);
  // Whether dropout and the like are active, here and below; a new module is not training.
  Module& train(bool on = true);
  Module& eval() { return train(false); }
  bool training() const { return training_; }
  // This module only, not those below.
  void set_training(bool on) { training_ = on; }
  // Whether the parameters here and below get gradients. Files of models remember it.
  void set_trainable(bool on);
  bool trainable() const { return trainable_; }

  // What regularizers ask of the trainable parameters here and below, and what the last call in
  // training mode left by add_loss() and activity regularizers: a scalar, 0 without any. fit() adds
  // it to the loss; a loop of your own does so before backward().
  Tensor regularization_loss();
  // Brings constrained trainable parameters back to what is allowed; fit() does it after each step.
  void apply_constraints();

  // How many outputs it gave when it was built; 0 before.
  std::size_t output_count() const { return output_count_; }
  // What training logs call them, if the module has names for them.
  virtual std::vector<std::string> output_names() const { return {}; }

  // A child by its path ("lstm", "encoder/lstm"), or the i-th, from the end where negative;
  // ValueError names what there is, IndexError.
  Module& get_layer(std::string_view path);
  Module& get_layer(int index);
  template <std::derived_from<Module> M>
  M& get_layer(std::string_view path) {
    Module& layer = get_layer(path);
    if (auto* found = dynamic_cast<M*>(&layer)) return *found;
    throw ValueError("get_layer", std::string(path) + " is a " + layer.type_name());
  }

  // A table of the children: name (type), output shape, parameters; "?" before building. In a
  // functional model also what each is connected to.
  std::string summary();
  void print_summary();

  // Training. Defined, with their options, in nn/train.
  void compile(CompileOptions options);
  History fit(const Tensors& x, const Tensors& y);
  History fit(const Tensors& x, const Tensors& y, const FitOptions& options);
  Logs evaluate(const Tensors& x, const Tensors& y);
  Logs evaluate(const Tensors& x, const Tensors& y, const EvaluateOptions& options);
  Tensor predict(const Tensors& x);
  Tensor predict(const Tensors& x, const PredictOptions& options);
  // Of a model with several outputs.
  Tensors predict_many(const Tensors& x);
  Tensors predict_many(const Tensors& x, const PredictOptions& options);
  Logs train_on_batch(const Tensors& x, const Tensors& y);
  Logs train_on_batch(const Tensors& x, const Tensors& y, const TrainOnBatchOptions& options);
  std::shared_ptr<detail::Training>& training_state() { return training_state_; }
  // For the library's own use: the number of the last call as the outermost module.
  std::uint64_t last_call() const { return last_call_; }

 protected:
  // Called once, with meta inputs, before the first forward(): declares own parameters.
  virtual void make_parameters(const Values& inputs);
  // The shape, without the batch, that options promised, or an empty list.
  virtual std::vector<std::int64_t> promised_input_shape() const { return {}; }
  static std::vector<std::int64_t> promised_input_shape_of(const Module& module) {
    return module.promised_input_shape();
  }

  // A parameter that gets its values when the whole model's shapes are known; in make_parameters()
  // only. It has the dtype of the input (f32 for integers). ShapeError if it would be empty.
  Tensor parameter(const Shape& shape, const Initializer& initializer,
                   const Regularizer& regularizer = {}, const Constraint& constraint = {});
  Tensor parameter(const Shape& shape, const DrawFunction& draw,
                   const Regularizer& regularizer = {}, const Constraint& constraint = {});
  // The same for a buffer.
  Tensor buffer(const Shape& shape, const Initializer& initializer);
  // (seed, counter) for a module that draws random numbers: i64, for visitor.host_buffer().
  Tensor random_state(std::optional<std::uint64_t> seed = {});

  // From now on adds regularizer(output) to the loss of each call; for constructors.
  void set_activity_regularizer(const Regularizer& regularizer);
  // In forward(): a scalar to be added to what training minimises. Kept in training mode only.
  void add_loss(const Tensor& loss);

  // A line of summary(), as text.
  struct SummaryRow {
    std::string layer, shape, parameters;
    std::vector<std::string> connected = {};
  };
  virtual std::vector<SummaryRow> summary_rows();
  static std::string parameters_text(Module& module);

  // Whether this call only seeks shapes: state must stay as it is.
  static bool building();
  // In an entry beside operator(): the first output, for summary(), and how many there are.
  void note_output(const Value& first, std::size_t count = 1);
  // For entries beside operator(): builds where due, and gives errors this module's place.
  void ensure_built(const Values& inputs);
  template <class F>
  auto located(const F& body) {
    try {
      const detail::CallScope scope(*this);
      return body();
    } catch (Error& error) {
      error.add_module(name(), type_name());
      throw;
    }
  }

 private:
  friend class detail::Build;
  friend class detail::CallScope;
  friend struct detail::Upkeep;

  // A flag that other threads may read while this one builds.
  class Flag {
   public:
    Flag() = default;
    Flag(Flag&& other) noexcept : set_(other) {}
    Flag& operator=(Flag&& other) noexcept { return *this = static_cast<bool>(other); }
    Flag& operator=(bool value) noexcept {
      set_.store(value, std::memory_order_release);
      return *this;
    }
    operator bool() const noexcept { return set_.load(std::memory_order_acquire); }

   private:
    std::atomic<bool> set_{false};
  };

  // Those of this role and the ones before it.
  std::vector<NamedTensor> named(Role last);
  std::vector<std::pair<std::string, Module*>> children();
  void build_if_promised();
  void regularize_activity(const Tensor& output);

  std::string name_, path_;
  Flag built_;
  bool training_ = false, trainable_ = true;
  Shape input_shape_, output_shape_;
  DType input_dtype_ = f32;
  bool shaped_ = false;  // output_shape_ is known
  std::size_t output_count_ = 0;
  std::shared_ptr<detail::Training> training_state_;
  std::shared_ptr<detail::Upkeep> upkeep_;  // where there is something
  std::uint64_t last_call_ = 0;             // in training mode, as the outermost module
  // In functional graphs: parameters are made for that one.
  std::weak_ptr<const detail::GraphNode> first_call_;
};

namespace detail {
// Calls both for everything at and below `root`, parents first, with paths below it ("" for root).
using ModuleFunction = std::function<void(const std::string& path, Module& module)>;
using TensorFunction =
    std::function<void(const std::string& path, Tensor& x, Role role, Module& owner)>;
void walk(Module& root, const ModuleFunction& on_module, const TensorFunction& on_tensor);
}  // namespace detail

}  // namespace carousel::nn
