#include <carousel/nn/module.h>

#include <cxxabi.h>

#include <cstdlib>
#include <set>
#include <typeinfo>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/nn/build.h>
#include <carousel/nn/check.h>
#include <carousel/nn/make_layer.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/impl.h>

namespace carousel::nn {
namespace {

// Walks the tree; the names seen on the way make the path.
class Walker final : public Visitor {
 public:
  Walker(const detail::ModuleFunction& on_module, const detail::TensorFunction& on_tensor)
      : on_module_(on_module), on_tensor_(on_tensor) {}

  void enter(const std::string& path, Module& module) {
    const std::string outer_path = std::exchange(path_, path);
    Module* const outer_owner = std::exchange(owner_, &module);
    if (on_module_) on_module_(path_, module);
    module.visit(*this);
    path_ = outer_path, owner_ = outer_owner;
  }

 private:
  std::string join(std::string_view name) const {
    return path_.empty() ? std::string(name) : path_ + "/" + std::string(name);
  }
  void module(std::string_view name, Module& child) override { enter(join(name), child); }
  void tensor(std::string_view name, Tensor& x, Role role) override {
    if (on_tensor_) on_tensor_(join(name), x, role, *owner_);
  }

  const detail::ModuleFunction& on_module_;
  const detail::TensorFunction& on_tensor_;
  std::string path_;
  Module* owner_ = nullptr;
};

}  // namespace

void detail::walk(Module& root, const ModuleFunction& on_module, const TensorFunction& on_tensor) {
  Walker(on_module, on_tensor).enter("", root);
}

Module::~Module() = default;
Module::Module(Module&& other) noexcept = default;
Module& Module::operator=(Module&& other) noexcept = default;

std::string Module::type_name() const {
  int status = 0;
  char* text = abi::__cxa_demangle(typeid(*this).name(), nullptr, nullptr, &status);
  std::string name = status == 0 ? text : typeid(*this).name();
  std::free(text);
  const std::size_t colon = name.rfind("::");
  return colon == std::string::npos ? name : name.substr(colon + 2);
}

std::string Module::config() const {
  detail::registered_type(*this);
  return "{}";
}

std::string Module::name() const { return name_.empty() ? detail::snake_case(type_name()) : name_; }

Value Module::forward(const Value&) {
  throw ValueError("forward", type_name() + " takes a list of inputs: call it with {a, b}");
}

Values Module::forward_many(const Values& inputs) {
  if (inputs.size() != 1)
    throw ValueError("forward",
                     fmt::format("{} takes one input, got {}", type_name(), inputs.size()));
  return {forward(inputs[0])};
}

void Module::visit(Visitor&) {}
void Module::make_parameters(const Values&) {}

void Module::ensure_built(const Values& inputs) {
  if (built_) return;
  if (detail::Build* build = detail::Build::current())
    located([&] { build->enter(*this, inputs); });
  else
    detail::Build::run(*this, inputs);
}

Value Module::operator()(const Value& x) {
  if (!built_) [[unlikely]]
    ensure_built({x});
  return located([&] {
    detail::check_mask(*this, x);
    Value y = forward(x);
    note_output(y);
    return y;
  });
}

Values Module::operator()(const Values& inputs) {
  if (!built_) [[unlikely]]
    ensure_built(inputs);
  return located([&] {
    for (const Value& x : inputs) detail::check_mask(*this, x);
    Values outputs = forward_many(inputs);
    if (!outputs.empty()) note_output(outputs[0], outputs.size());
    for (std::size_t i = 1; upkeep_ && i < outputs.size(); ++i) regularize_activity(outputs[i]);
    return outputs;
  });
}

void Module::build(const Shape& input, DType dtype) {
  build({Value(carousel::detail::empty(input, dtype, DeviceKind::meta))});
}

void Module::build(const Values& like) {
  if (!built_) detail::Build::run(*this, like);
}

Values Module::promised_inputs() const {
  const std::vector<std::int64_t> promised = promised_input_shape();
  if (promised.empty()) return {};
  Shape shape{1};
  for (const std::int64_t size : promised) {
    if (size < 1) {
      ShapeError error("build", fmt::format("input_shape ({}) must be positive sizes, without the "
                                            "batch",
                                            fmt::join(promised, ", ")));
      error.add_module(name(), type_name());
      throw error;
    }
    shape.append(size);
  }
  return {Value(carousel::detail::empty(shape, f32, DeviceKind::meta))};
}

void Module::build_if_promised() {
  if (built_) return;
  if (const Values inputs = promised_inputs(); !inputs.empty()) build(inputs);
}

const Shape& Module::input_shape() const {
  if (!built_) throw GraphError("input_shape", name() + " (" + type_name() + ") is not built");
  return input_shape_;
}

DType Module::input_dtype() const {
  input_shape();
  return input_dtype_;
}

bool Module::building() { return detail::Build::current() != nullptr; }

void Module::note_output(const Value& first, std::size_t count) {
  if (building()) [[unlikely]]
    detail::Build::note_output(*this, first, count);
  else if (upkeep_)
    regularize_activity(first);
}

Tensor Module::parameter(const Shape& shape, const Initializer& initializer,
                         const Regularizer& regularizer, const Constraint& constraint) {
  return parameter(shape, DrawFunction(initializer), regularizer, constraint);
}

Tensor Module::parameter(const Shape& shape, const DrawFunction& draw,
                         const Regularizer& regularizer, const Constraint& constraint) {
  detail::Build* build = detail::Build::current();
  if (!build) throw GraphError("parameter", "may only be called from make_parameters()");
  return build->declare(shape, {draw, regularizer, constraint});
}

Tensor Module::buffer(const Shape& shape, const Initializer& initializer) {
  return parameter(shape, initializer);
}

Tensor Module::random_state(std::optional<std::uint64_t> seed) {
  detail::Build* build = detail::Build::current();
  if (!build) throw GraphError("random_state", "may only be called from make_parameters()");
  return build->declare_random_state(seed);
}

std::vector<NamedTensor> Module::named(Role last) {
  build_if_promised();
  std::vector<NamedTensor> list;
  std::set<const void*> seen;
  const auto check = [&](const std::string& path, Module& module) {
    if (module.built_) return;
    throw GraphError("parameters",
                     fmt::format("{} ({}) is not built: call the model once, or build(shape)",
                                 path.empty() ? name() : path, module.type_name()));
  };
  detail::walk(*this, check, [&](const std::string& path, Tensor& x, Role role, Module&) {
    if (!x.defined() || role > last) return;
    if (seen.insert(&x.impl()).second) list.push_back({path, x});
  });
  return list;
}

std::vector<NamedTensor> Module::named_parameters() { return named(Role::parameter); }
std::vector<NamedTensor> Module::named_state() { return named(Role::host_buffer); }

std::vector<Tensor> Module::parameters() {
  std::vector<Tensor> list;
  for (NamedTensor& each : named_parameters()) list.push_back(std::move(each.tensor));
  return list;
}

std::int64_t Module::num_parameters() {
  std::int64_t count = 0;
  for (const NamedTensor& each : named_parameters()) count += each.tensor.numel();
  return count;
}

std::vector<Tensor> Module::get_weights() {
  const NoGrad no_grad;
  std::vector<Tensor> copies;
  for (const NamedTensor& each : named(Role::buffer))
    copies.push_back(carousel::detail::run_copy(each.tensor));
  return copies;
}

void Module::set_weights(const std::vector<Tensor>& weights) {
  const NoGrad no_grad;
  const std::vector<NamedTensor> own = named(Role::buffer);
  if (own.size() != weights.size())
    throw ShapeError("set_weights", fmt::format("{} has {} weights, got {} tensors", name(),
                                                own.size(), weights.size()));
  for (std::size_t i = 0; i < own.size(); ++i)
    if (own[i].tensor.shape() != weights[i].shape())
      throw ShapeError("set_weights", fmt::format("{} has shape {}, got {}", own[i].name,
                                                  to_string(own[i].tensor.shape()),
                                                  to_string(weights[i].shape())));
  for (std::size_t i = 0; i < own.size(); ++i) Tensor(own[i].tensor).copy_(weights[i]);
}

Module& Module::train(bool on) {
  detail::walk(
      *this, [on](const std::string&, Module& module) { module.training_ = on; }, nullptr);
  return *this;
}

void Module::set_trainable(bool on) {
  detail::walk(
      *this, [on](const std::string&, Module& module) { module.trainable_ = on; },
      [on](const std::string&, Tensor& x, Role role, Module&) {
        if (x.defined() && role == Role::parameter) x.set_requires_grad(on);
      });
}

namespace {

// x's handle keeps its identity, its contents become those of `other`.
void become(Tensor& x, const Tensor& other) {
  if (x.requires_grad()) x.set_grad({});
  carousel::detail::TensorImpl& to = x.impl();
  const carousel::detail::TensorImpl& from = other.impl();
  to.storage = from.storage, to.strides = from.strides, to.offset = from.offset;
  to.dtype = from.dtype, to.device = from.device, to.dense = from.dense;
}

template <class F>
void convert(Module& root, const F& converted) {
  const NoGrad no_grad;
  std::vector<std::pair<Tensor, Tensor>> pairs;
  detail::walk(root, nullptr, [&](const std::string&, Tensor& x, Role role, Module&) {
    if (!x.defined() || role == Role::host_buffer) return;
    pairs.emplace_back(x, converted(x));
  });
  for (auto& [x, other] : pairs) become(x, other);
}

}  // namespace

Module& Module::to(Device device) {
  convert(*this, [&](const Tensor& x) { return carousel::detail::run_transfer(x, device); });
  return *this;
}

Module& Module::to(DType dtype) {
  if (!is_floating(dtype))
    throw DTypeError("to",
                     std::string("a module's parameters are f32 or f64, got ") + to_string(dtype));
  convert(*this, [&](const Tensor& x) {
    return is_floating(x.dtype()) ? carousel::detail::run_cast(x, dtype) : x;
  });
  return *this;
}

}  // namespace carousel::nn
